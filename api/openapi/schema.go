package openapi

import (
	"slices"
	"strings"

	"marquee/storage"
)

// mode says where a value stands: replies, creations and updates take
// different forms of the same type.
type mode int

const (
	reply mode = iota
	create
	update
)

// suffix tells the components of the modes apart.
func (m mode) suffix() string { return [...]string{"", "Create", "Update"}[m] }

// place is where in the document a schema stands.
type place struct {
	// name is what a component is called there.
	name string
	mode mode
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
	numberPattern    = `^[1-9][0-9]{0,17}$`
	timestampPattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}$`
	maxSlug          = 64
	// manyEnum is the size from which a set of texts becomes a component.
	manyEnum = 10
)

// schema describes the values of a type.
func (b *builder) schema(t *storage.Type, at place) object {
	switch t.Kind {
	case storage.Text:
		return b.text(t, at)
	case storage.Integer:
		return bounded(at.typed("integer").with("format", integerFormat(t)), t, t.Min, t.Max)
	case storage.Number:
		return bounded(at.typed("number").with("format", "double"), t, float64(t.Min)/10, float64(t.Max)/10)
	case storage.Boolean:
		return at.typed("boolean")
	case storage.Date:
		return at.typed("string").with("format", "date")
	case storage.Timestamp:
		return at.typed("string").with("pattern", timestampPattern)
	case storage.List:
		items := at.inside(singular(at.name), false)
		if at.mode == update { // a list is replaced whole, so its items are new
			items.mode = create
		}
		return at.typed("array").with("items", b.schema(t.Of, items)).with("maxItems", t.Max)
	case storage.Map:
		return b.mapping(t, at)
	default:
		return b.record(t, at)
	}
}

// typed begins a schema: description, type and whether null is taken.
func (p place) typed(name string) object {
	var o object
	if p.doc != "" {
		o = o.with("description", sentence(p.doc))
	}
	o = o.with("type", name)
	if p.nullable {
		o = o.with("nullable", true)
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
		o = o.with("minimum", low).with("maximum", high)
	}
	return o
}

func (b *builder) text(t *storage.Type, at place) object {
	switch {
	case t.Reference != "":
		return b.referred(t, at)
	case len(t.Enum) > 0:
		return b.enumeration(t, at)
	}
	o := at.typed("string")
	if t.Max > t.Min {
		if t.Min > 0 {
			o = o.with("minLength", t.Min)
		}
		o = o.with("maxLength", t.Max)
	}
	if t.Pattern != nil {
		o = o.with("pattern", t.Pattern.String())
	}
	return o
}

// enumeration lists the texts; null counts as one of them where it is taken.
func (b *builder) enumeration(t *storage.Type, at place) object {
	var values list
	for _, v := range t.Enum {
		values = append(values, v)
	}
	if at.nullable {
		values = append(values, nil)
	}
	if len(t.Enum) <= manyEnum {
		return at.typed("string").with("enum", values)
	}
	at.doc = t.Allowed
	name := singular(at.name)
	return b.schemas.add(at.typed("string").with("enum", values), name, name+"OrNull")
}

// referred describes an item of a list of references: an id, in requests also
// an object with the name.
func (b *builder) referred(t *storage.Type, at place) object {
	target := storage.NounByName(t.Reference)
	id := identifier(target)
	if at.mode == reply {
		return id
	}
	byName := object{
		{"description", "The " + target.Name + " of this name; it is created when there is none."},
		{"type", "object"}, {"required", list{"name"}},
		{"properties", object{{"name", b.schema(target.Field(target.Label).Type, at.inside("name", false))}}},
		{"additionalProperties", false},
	}
	named := b.schemas.add(byName, upper(target.Name)+"ByName")
	return b.schemas.add(object{
		{"description", "The id of a " + target.Name + ", or its name."},
		{"oneOf", list{id, named}},
	}, upper(target.Name)+"Reference")
}

// identifier describes the ids of a noun.
func identifier(n *storage.Noun) object {
	if n.Slug {
		return object{{"type", "string"}, {"pattern", slugPattern}, {"maxLength", maxSlug}}
	}
	return object{{"type", "string"}, {"pattern", numberPattern}}
}

// mapping describes a map. A few known keys become properties; of others the
// form can only be told in words.
func (b *builder) mapping(t *storage.Type, at place) object {
	values := b.schema(t.Of, at.inside(singular(at.name), at.mode == update))
	if at.doc == "" || len(t.Key.Enum) > manyEnum || len(t.Key.Enum) == 0 {
		at.doc = strings.TrimPrefix(at.doc+"; a key is "+t.Key.Describe(), "; ")
	}
	o := at.typed("object")
	if keys := t.Key.Enum; len(keys) > 0 && len(keys) <= manyEnum {
		var properties object
		for _, key := range keys {
			properties = properties.with(key, values)
		}
		o = o.with("properties", properties)
		return b.component(at.closed(o), at)
	}
	o = o.with("additionalProperties", values)
	if at.mode != update { // there a key with null takes one away
		o = o.with("maxProperties", t.Max)
	}
	if t.Of.Kind == storage.Record { // generators of clients need a name for it
		at.name = singular(at.name) + "Map"
		return b.component(o, at)
	}
	return o
}

func (b *builder) record(t *storage.Type, at place) object {
	var properties object
	var required list
	for _, f := range t.Members {
		properties = properties.with(f.Name, b.schema(f.Type, at.field(f)))
		if f.Required && at.mode == create {
			required = append(required, f.Name)
		}
	}
	at.doc = ""
	o := at.typed("object")
	if required != nil {
		o = o.with("required", required)
	}
	return b.component(at.closed(o.with("properties", properties)), at)
}

// closed refuses further members in requests; replies may grow.
func (p place) closed(o object) object {
	if p.mode == reply {
		return o
	}
	return o.with("additionalProperties", false)
}

// component gives a schema its name; the rarer form of the two with and
// without null is told apart by it.
func (b *builder) component(o object, at place) object {
	name := at.name + at.mode.suffix()
	if at.nullable {
		return b.schemas.add(o, name, name+"OrNull")
	}
	return b.schemas.add(o, name, name+"Value")
}

// field is the place of a field of an object or record. Whatever is not
// required may be null in requests; in replies lists and maps have an
// empty form of their own.
func (p place) field(f storage.Field) place {
	nullable := !f.Required
	if p.mode == reply {
		own := []storage.Kind{storage.List, storage.Map}
		nullable = nullable && !slices.Contains(own, f.Type.Kind)
	}
	in := p.inside(camel(f.Name), nullable)
	in.doc = f.Doc
	return in
}
