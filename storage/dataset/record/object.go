package record

import (
	"encoding/json"
	"regexp"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/strictjson"
)

// Object is a JSON object of a foreign file, read leniently: a member of another type
// than the caller wants counts as absent.
type Object map[string]any

// ParseObject reads an item as a JSON object. The text, when not empty, is the fault.
func ParseObject(it file.Item) (Object, string) {
	if it.Fault != "" {
		return nil, it.Fault
	}
	v, fault := strictjson.Parse(it.Data)
	if fault != nil {
		return nil, fault.Reason
	}
	members, ok := v.(storage.Members)
	if !ok {
		return nil, "is not a JSON object"
	}
	return toObject(members), ""
}

func toObject(members storage.Members) Object {
	o := make(Object, len(members))
	for _, m := range members {
		o[m.Name] = m.Value
	}
	return o
}

// Text returns the text of a member, "" when there is none.
func (o Object) Text(name string) string {
	s, _ := o[name].(string)
	return s
}

// Object returns the object of a member, an empty one when there is none.
func (o Object) Object(name string) Object {
	members, _ := o[name].(storage.Members)
	return toObject(members)
}

// Objects returns the objects in a list.
func Objects(list []any) []Object {
	var out []Object
	for _, v := range list {
		if members, ok := v.(storage.Members); ok {
			out = append(out, toObject(members))
		}
	}
	return out
}

// Texts returns the texts in the list of a member.
func (o Object) Texts(name string) []string {
	list, _ := o[name].([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// NumberID is the form of an id at TMDB and TVmaze.
var NumberID = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// ID returns the id of the object, "" when it has none.
func (o Object) ID() string {
	n, _ := o["id"].(json.Number)
	if !NumberID.MatchString(n.String()) {
		return ""
	}
	return n.String()
}
