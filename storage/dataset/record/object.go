package record

import (
	"encoding/json"
	"regexp"
	"slices"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/strictjson"
)

// Object is a JSON object of a foreign file. A member that is absent or null is empty. A
// member of another type than the caller wants is empty too, and a fault. Record.From
// makes the faults repairs of a record.
type Object struct {
	members map[string]any
	// path is the path to the object from the outermost one, "" or such as "rating.".
	path   string
	faults *[]string
}

// ParseObject reads an item as a JSON object. The text, when not empty, is the fault.
func ParseObject(it file.Item) (Object, string) {
	o := Object{faults: new([]string)}
	if it.Fault != "" {
		return o, it.Fault
	}
	v, fault := strictjson.Parse(it.Data)
	if fault != nil {
		return o, fault.Reason
	}
	members, ok := v.(storage.Members)
	if !ok {
		return o, "is not a JSON object"
	}
	return newObject(members, "", o.faults), ""
}

func newObject(members storage.Members, path string, faults *[]string) Object {
	o := Object{members: make(map[string]any, len(members)), path: path, faults: faults}
	for _, m := range members {
		if _, twice := o.members[m.Name]; twice {
			o.fault(m.Name, "is given twice")
		}
		o.members[m.Name] = m.Value
	}
	return o
}

func (o Object) fault(name, reason string) {
	fault := "dropped " + storage.Excerpt(o.path+name) + ": " + reason
	if !slices.Contains(*o.faults, fault) && len(*o.faults) < maxRepairs {
		*o.faults = append(*o.faults, fault)
	}
}

// Value returns the value of a member, nil when there is none.
func (o Object) Value(name string) any { return o.members[name] }

// member returns a member of type T. kind is the type in words.
func member[T any](o Object, name, kind string) T {
	v, ok := o.members[name].(T)
	if !ok && o.members[name] != nil {
		o.fault(name, "is not "+kind)
	}
	return v
}

// Text returns the text of a member, "" when there is none.
func (o Object) Text(name string) string { return member[string](o, name, "a text") }

// Number returns the number of a member, "" when there is none.
func (o Object) Number(name string) json.Number { return member[json.Number](o, name, "a number") }

// Object returns the object of a member, an empty one when there is none.
func (o Object) Object(name string) Object {
	return newObject(member[storage.Members](o, name, "an object"), o.path+name+".", o.faults)
}

// Texts returns the texts in the list of a member.
func (o Object) Texts(name string) []string {
	var out []string
	for _, v := range member[[]any](o, name, "a list") {
		if s, ok := v.(string); ok {
			out = append(out, s)
		} else {
			o.fault("an item of "+name, "is not a text")
		}
	}
	return out
}

// Objects returns the objects in a list that is called name, and adds its faults to
// faults.
func Objects(name string, list []any, faults *[]string) []Object {
	var out []Object
	for _, v := range list {
		if members, ok := v.(storage.Members); ok {
			out = append(out, newObject(members, name+".", faults))
		} else {
			Object{faults: faults}.fault("an item of "+name, "is not an object")
		}
	}
	return out
}

// NumberID is the form of an id at TMDB and TVmaze.
var NumberID = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// ID returns the id of the object, "" when it has none.
func (o Object) ID() string {
	n := o.Number("id").String()
	if n != "" && !NumberID.MatchString(n) {
		o.fault("id", "is not a whole number above 0")
		return ""
	}
	return n
}
