package openapi

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object whose members keep their order: a document is read
// by people too, and is the same bytes in every process.
type object []member

type member struct {
	name  string
	value any
}

// list is a JSON array.
type list []any

// with appends a member.
func (o object) with(name string, value any) object { return append(o, member{name, value}) }

// get returns the value of a member, nil when there is none.
func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// MarshalJSONTo writes the members in their order.
func (o object) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range o {
		if err := enc.WriteToken(jsontext.String(m.name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, m.value); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// registry gathers the components of one kind, each once.
type registry struct {
	kind    string
	members object
}

// add puts a component under the first name that is free or holds the same
// already, and returns the reference to it. When every name is taken by
// something else, numbers tell them apart.
func (r *registry) add(value object, names ...string) object {
	for i := 0; ; i++ {
		name := names[min(i, len(names)-1)]
		if more := i - len(names); more >= 0 {
			name += strconv.Itoa(more + 2)
		}
		have := r.members.get(name)
		if have == nil {
			r.members = r.members.with(name, value)
		}
		if have == nil || reflect.DeepEqual(have, value) {
			return reference(r.kind, name)
		}
	}
}

// sorted lists the components by name, so that a new one moves no other.
func (r *registry) sorted() object {
	return slices.SortedFunc(slices.Values(r.members), func(a, b member) int { return strings.Compare(a.name, b.name) })
}

func reference(kind, name string) object {
	return object{{"$ref", "#/components/" + kind + "/" + name}}
}
