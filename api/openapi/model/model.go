// Package model has the parts of which an OpenAPI document is built: JSON objects
// that keep their order, and registries of shared components.
package model

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON object whose members keep their order. People read the document,
// and every process must make the same bytes.
type Object []Member

// Member is a name, which is a string, and a value. It is an array so that literals
// read like JSON: Object{{"type", "string"}}.
type Member [2]any

// Name returns the name.
func (m Member) Name() string { return m[0].(string) }

// List is a JSON array.
type List []any

// With returns the object with one more member.
func (o Object) With(name string, value any) Object { return append(o, Member{name, value}) }

// Get returns the value of a member, nil if there is none.
func (o Object) Get(name string) any {
	for _, m := range o {
		if m.Name() == name {
			return m[1]
		}
	}
	return nil
}

// MarshalJSONTo writes the members in order.
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

// Content returns the content of a body of one media type, with an example.
func Content(media string, schema Object, example any) Object {
	return Object{{media, Object{{"schema", schema}, {"example", example}}}}
}

// Registry holds the components of one kind, each once.
type Registry struct {
	kind    string
	members Object
}

// NewRegistry returns an empty registry. The kind is its name in "components".
func NewRegistry(kind string) *Registry { return &Registry{kind: kind} }

// Add stores a component under the first of the names that is free or already has
// an equal component, and returns a reference to it. If all names are taken, a
// number is appended to the last one.
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

// Sorted returns the components by name, so that a new one moves no other.
func (r *Registry) Sorted() Object {
	return slices.SortedFunc(slices.Values(r.members), func(a, b Member) int { return strings.Compare(a.Name(), b.Name()) })
}

// Reference returns a reference to a component.
func Reference(kind, name string) Object {
	return Object{{"$ref", "#/components/" + kind + "/" + name}}
}
