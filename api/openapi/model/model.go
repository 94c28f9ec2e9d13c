// Package model has the parts that an OpenAPI document is built of: JSON objects
// in order, and registries of shared components.
package model

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON Object whose members keep their order: a document is read
// by people too, and is the same bytes in every process.
type Object []Member

// Member is a name, a string, and a value. It is an array so that a literal of an
// Object reads like JSON: Object{{"type", "string"}}.
type Member [2]any

// Name is the name.
func (m Member) Name() string { return m[0].(string) }

// List is a JSON array.
type List []any

// With appends a member.
func (o Object) With(name string, value any) Object { return append(o, Member{name, value}) }

// Get returns the value of a member, nil when there is none.
func (o Object) Get(name string) any {
	for _, m := range o {
		if m.Name() == name {
			return m[1]
		}
	}
	return nil
}

// MarshalJSONTo writes the members in their order.
func (o Object) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range o {
		if err := enc.WriteToken(jsontext.String(m.Name())); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, m[1]); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// Registry gathers the components of one kind, each once.
type Registry struct {
	kind    string
	members Object
}

// NewRegistry returns a registry of the kind, which is a member of "components".
func NewRegistry(kind string) *Registry { return &Registry{kind: kind} }

// Add puts a component under the first name that is free or holds the same
// already, and returns the Reference to it. When every name is taken by
// something else, numbers tell them apart.
func (r *Registry) Add(value Object, names ...string) Object {
	for i := 0; ; i++ {
		name := names[min(i, len(names)-1)]
		if more := i - len(names); more >= 0 {
			name += strconv.Itoa(more + 2)
		}
		have := r.members.Get(name)
		if have == nil {
			r.members = r.members.With(name, value)
		}
		if have == nil || reflect.DeepEqual(have, value) {
			return Reference(r.kind, name)
		}
	}
}

// Sorted lists the components by name, so that a new one moves no other.
func (r *Registry) Sorted() Object {
	return slices.SortedFunc(slices.Values(r.members), func(a, b Member) int { return strings.Compare(a.Name(), b.Name()) })
}

// Reference refers to a component.
func Reference(kind, name string) Object {
	return Object{{"$ref", "#/components/" + kind + "/" + name}}
}

// Content is the Content of a body of one media type, with an example.
func Content(media string, schema Object, example any) Object {
	return Object{{media, Object{{"schema", schema}, {"example", example}}}}
}
