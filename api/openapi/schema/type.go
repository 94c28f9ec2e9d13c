package schema

import (
	"slices"
	"strings"

	"marquee/api/openapi/model"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// Mode is the kind of body that a value is in. Replies, creations and updates have
// different schemas of the same type.
type Mode int

// The modes.
const (
	Reply Mode = iota
	Create
	Update
)

// Suffix is the end of the names of the mode's components.
func (m Mode) Suffix() string { return [...]string{"", "Create", "Update"}[m] }

// place is the place of a schema in the document.
type place struct {
	// name is the name of a component at this place.
	name string
	mode Mode
	// nullable allows null as well.
	nullable bool
	// doc describes the value, as a sentence fragment.
	doc string
}

// inside returns the place of a value within the value at p.
func (p place) inside(name string, nullable bool) place {
	return place{name: name, mode: p.mode, nullable: nullable}
}

// The patterns of ids and times. Packages storage and api check the same forms
// without these patterns; a test compares them.
const (
	slugPattern = `^[a-z0-9]+(?:-[a-z0-9]+)*$`
	// NumberPattern is the form of ids that are numbers.
	NumberPattern = `^[1-9][0-9]{0,17}$`
	// TimestampPattern is the form of times.
	TimestampPattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}$`
	// MaxSlug is the largest length of an id that is a slug.
	MaxSlug = 64
	// manyEnum is the largest enumeration that is written in place. A larger one
	// becomes a component.
	manyEnum = 10
)

// schema returns the schema of a type.
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
		if at.mode == Update { // an update replaces the whole list, so its items are new
			items.mode = Create
		}
		o := at.typed("array").With("items", s.schema(t.Of, items))
		if t.Min > 0 {
			o = o.With("minItems", t.Min)
		}
		o = o.With("maxItems", t.Max)
		if t.NoRepeats {
			o = o.With("uniqueItems", true)
		}
		return o
	case storage.Map:
		return s.mapping(t, at)
	default:
		return s.record(t, at)
	}
}

// typed begins a schema: its description, its type, and nullable.
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

// bounded adds the bounds, if the type has bounds.
func bounded[T int64 | float64](o object, t *storage.Type, low, high T) object {
	if t.Max > t.Min {
		o = o.With("minimum", low).With("maximum", high)
	}
	return o
}

func (s *Set) text(t *storage.Type, at place) object {
	switch {
	case t.Reference != "":
		return s.reference(t, at)
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

// enumeration lists the texts, and null if it is allowed.
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

// reference returns the schema of an item of a list of references: an id, or in
// requests also an object with a name if the noun is found by it.
func (s *Set) reference(t *storage.Type, at place) object {
	target := storage.NounByName(t.Reference)
	id := Identifier(target)
	if at.mode == Reply || !target.Named {
		return id
	}
	byName := object{
		{"description", "The " + target.Name + " of this name. It is created if there is none."},
		{"type", "object"}, {"required", list{"name"}},
		{"properties", object{{"name", s.schema(target.Field(target.Label).Type, at.inside("name", false))}}},
		{"additionalProperties", false},
	}
	named := s.Add(byName, word.Title(target.Name)+"ByName")
	return s.Add(object{
		{"description", "The id of " + word.WithArticle(target.Name) + ", or an object with its name."},
		{"oneOf", list{id, named}},
	}, word.Title(target.Name)+"Reference")
}

// Identifier returns the schema of the ids of a noun.
func Identifier(n *storage.Noun) model.Object {
	if n.Slug {
		return object{{"type", "string"}, {"pattern", slugPattern}, {"maxLength", MaxSlug}}
	}
	return object{{"type", "string"}, {"pattern", NumberPattern}}
}

// mapping returns the schema of a map. A few known keys become properties. For
// other keys only the description can give their form.
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
	if at.mode != Update { // an update may also name keys to remove, with null
		o = o.With("maxProperties", t.Max)
	}
	if t.Of.Kind == storage.Record { // client generators need a name for it
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

// closed forbids other members in requests. Replies may get new ones.
func (p place) closed(o object) object {
	if p.mode == Reply {
		return o
	}
	return o.With("additionalProperties", false)
}

// component adds a schema under the name of its place. If that name is taken, the
// suffix tells the nullable form and the other one apart.
func (s *Set) component(o object, at place) object {
	name := at.name + at.mode.Suffix()
	if at.nullable {
		return s.Add(o, name, name+"OrNull")
	}
	return s.Add(o, name, name+"Value")
}

// field returns the place of a field within an object or record. Fields that are
// not required may be null. Lists and maps are an exception in replies: they are
// empty instead.
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
