package schema

import (
	"slices"
	"strings"

	"marquee/api/openapi/model"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// Mode says where a value stands: replies, creations and updates take
// different forms of the same type.
type Mode int

// The modes.
const (
	Reply Mode = iota
	Create
	Update
)

// Suffix tells the components of the modes apart.
func (m Mode) Suffix() string { return [...]string{"", "Create", "Update"}[m] }

// place is where in the document a schema stands.
type place struct {
	// name is what a component is called there.
	name string
	mode Mode
	// nullable says that null is taken too.
	nullable bool
	// doc is a sentence fragment.
	doc string
}

// inside is the place of a value within one that stands at p.
func (p place) inside(name string, nullable bool) place {
	return place{name: name, mode: p.mode, nullable: nullable}
}

// The patterns of ids, datetimes and cursors. They repeat what packages storage
// and api check by other means; a test holds them together.
const (
	slugPattern      = `^[a-z0-9]+(?:-[a-z0-9]+)*$`
	NumberPattern    = `^[1-9][0-9]{0,17}$`
	TimestampPattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}$`
	MaxSlug          = 64
	// manyEnum is the size from which a set of texts becomes a component.
	manyEnum = 10
)

// schema describes the values of a type.
func (s *Set) schema(t *storage.Type, at place) object {
	switch t.Kind {
	case storage.Text:
		return s.text(t, at)
	case storage.Integer:
		return bounded(at.typed("integer").With("format", integerFormat(t)), t, t.Min, t.Max)
	case storage.Number:
		return bounded(at.typed("number").With("format", "double"), t, float64(t.Min)/10, float64(t.Max)/10)
	case storage.Boolean:
		return at.typed("boolean")
	case storage.Date:
		return at.typed("string").With("format", "date")
	case storage.Timestamp:
		return at.typed("string").With("pattern", TimestampPattern)
	case storage.List:
		items := at.inside(word.Singular(at.name), false)
		if at.mode == Update { // a list is replaced whole, so its items are new
			items.mode = Create
		}
		return at.typed("array").With("items", s.schema(t.Of, items)).With("maxItems", t.Max)
	case storage.Map:
		return s.mapping(t, at)
	default:
		return s.record(t, at)
	}
}

// typed begins a schema: description, type and whether null is taken.
func (p place) typed(name string) object {
	var o object
	if p.doc != "" {
		o = o.With("description", word.Sentence(p.doc))
	}
	o = o.With("type", name)
	if p.nullable {
		o = o.With("nullable", true)
	}
	return o
}

func integerFormat(t *storage.Type) string {
	if t.Max > t.Min && t.Max < 1<<31 {
		return "int32"
	}
	return "int64"
}

// bounded adds the bounds that the type has.
func bounded[T int64 | float64](o object, t *storage.Type, low, high T) object {
	if t.Max > t.Min {
		o = o.With("minimum", low).With("maximum", high)
	}
	return o
}

func (s *Set) text(t *storage.Type, at place) object {
	switch {
	case t.Reference != "":
		return s.referred(t, at)
	case len(t.Enum) > 0:
		return s.enumeration(t, at)
	}
	o := at.typed("string")
	if t.Max > t.Min {
		if t.Min > 0 {
			o = o.With("minLength", t.Min)
		}
		o = o.With("maxLength", t.Max)
	}
	if t.Pattern != nil {
		o = o.With("pattern", t.Pattern.String())
	}
	return o
}

// enumeration lists the texts; null counts as one of them where it is taken.
func (s *Set) enumeration(t *storage.Type, at place) object {
	var values list
	for _, v := range t.Enum {
		values = append(values, v)
	}
	if at.nullable {
		values = append(values, nil)
	}
	if len(t.Enum) <= manyEnum {
		return at.typed("string").With("enum", values)
	}
	at.doc = t.Allowed
	name := word.Singular(at.name)
	return s.Add(at.typed("string").With("enum", values), name, name+"OrNull")
}

// referred describes an item of a list of references: an id, in requests also
// an object with the name.
func (s *Set) referred(t *storage.Type, at place) object {
	target := storage.NounByName(t.Reference)
	id := Identifier(target)
	if at.mode == Reply {
		return id
	}
	byName := object{
		{"description", "The " + target.Name + " of this name; it is created when there is none."},
		{"type", "object"}, {"required", list{"name"}},
		{"properties", object{{"name", s.schema(target.Field(target.Label).Type, at.inside("name", false))}}},
		{"additionalProperties", false},
	}
	named := s.Add(byName, word.Title(target.Name)+"ByName")
	return s.Add(object{
		{"description", "The id of a " + target.Name + ", or its name."},
		{"oneOf", list{id, named}},
	}, word.Title(target.Name)+"Reference")
}

// Identifier describes the ids of a noun.
func Identifier(n *storage.Noun) model.Object {
	if n.Slug {
		return object{{"type", "string"}, {"pattern", slugPattern}, {"maxLength", MaxSlug}}
	}
	return object{{"type", "string"}, {"pattern", NumberPattern}}
}

// mapping describes a map. A few known keys become properties; of others the
// form can only be told in words.
func (s *Set) mapping(t *storage.Type, at place) object {
	values := s.schema(t.Of, at.inside(word.Singular(at.name), at.mode == Update))
	if at.doc == "" || len(t.Key.Enum) > manyEnum || len(t.Key.Enum) == 0 {
		at.doc = strings.TrimPrefix(at.doc+"; a key is "+t.Key.Describe(), "; ")
	}
	o := at.typed("object")
	if keys := t.Key.Enum; len(keys) > 0 && len(keys) <= manyEnum {
		var properties object
		for _, key := range keys {
			properties = properties.With(key, values)
		}
		o = o.With("properties", properties)
		return s.component(at.closed(o), at)
	}
	o = o.With("additionalProperties", values)
	if at.mode != Update { // there a key with null takes one away
		o = o.With("maxProperties", t.Max)
	}
	if t.Of.Kind == storage.Record { // generators of clients need a name for it
		at.name = word.Singular(at.name) + "Map"
		return s.component(o, at)
	}
	return o
}

func (s *Set) record(t *storage.Type, at place) object {
	var properties object
	var required list
	for _, f := range t.Members {
		properties = properties.With(f.Name, s.schema(f.Type, at.field(f)))
		if f.Required && at.mode == Create {
			required = append(required, f.Name)
		}
	}
	at.doc = ""
	o := at.typed("object")
	if required != nil {
		o = o.With("required", required)
	}
	return s.component(at.closed(o.With("properties", properties)), at)
}

// closed refuses further members in requests; replies may grow.
func (p place) closed(o object) object {
	if p.mode == Reply {
		return o
	}
	return o.With("additionalProperties", false)
}

// component gives a schema its name; the rarer form of the two with and
// without null is told apart by it.
func (s *Set) component(o object, at place) object {
	name := at.name + at.mode.Suffix()
	if at.nullable {
		return s.Add(o, name, name+"OrNull")
	}
	return s.Add(o, name, name+"Value")
}

// field is the place of a field of an object or record. Whatever is not
// required may be null in requests; in replies lists and maps have an
// empty form of their own.
func (p place) field(f storage.Field) place {
	nullable := !f.Required
	if p.mode == Reply {
		own := []storage.Kind{storage.List, storage.Map}
		nullable = nullable && !slices.Contains(own, f.Type.Kind)
	}
	in := p.inside(word.Camel(f.Name), nullable)
	in.doc = f.Doc
	return in
}
