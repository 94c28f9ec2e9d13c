package dataset

import (
	"encoding/json"
	"regexp"

	"marquee/storage"
	"marquee/storage/strictjson"
)

// object is a JSON object of a foreign file, read leniently: a member of
// another type than asked for counts as absent.
type object map[string]any

// parseObject reads an item that is to be a JSON object.
func parseObject(it item) (object, string) {
	if it.fault != "" {
		return nil, it.fault
	}
	v, fault := strictjson.Parse(it.data)
	if fault != nil {
		return nil, fault.Reason
	}
	members, ok := v.(storage.Members)
	if !ok {
		return nil, "is not a JSON object"
	}
	return toObject(members), ""
}

func toObject(members storage.Members) object {
	o := make(object, len(members))
	for _, m := range members {
		o[m.Name] = m.Value
	}
	return o
}

func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

func (o object) object(name string) object {
	members, _ := o[name].(storage.Members)
	return toObject(members)
}

func toObjects(list []any) []object {
	var out []object
	for _, v := range list {
		if members, ok := v.(storage.Members); ok {
			out = append(out, toObject(members))
		}
	}
	return out
}

func (o object) texts(name string) []string {
	list, _ := o[name].([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// numberID is the form of TMDB's and TVmaze's ids.
var numberID = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// id is the object's id, "" when it has none.
func (o object) id() string {
	n, _ := o["id"].(json.Number)
	if !numberID.MatchString(n.String()) {
		return ""
	}
	return n.String()
}
