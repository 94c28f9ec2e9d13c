package openapi

import (
	"slices"

	"marquee/api"
	"marquee/storage"
)

// object describes a noun in replies. Only the id is required: the parameter
// fields may leave out everything else.
func (b *builder) object(n *storage.Noun) object {
	var properties object
	for _, f := range n.Fields {
		properties = properties.with(f.Name, b.property(n, f, reply))
	}
	return b.schemas.add(object{
		{"description", n.Doc + " Every field is there unless the parameter fields left it out."},
		{"type", "object"}, {"required", list{"id"}}, {"properties", properties},
	}, upper(n.Name))
}

// created describes a noun in the body of a creation.
func (b *builder) created(n *storage.Noun) object {
	var properties object
	var required list
	for _, f := range n.Fields {
		if !creatable(n, f) {
			continue
		}
		properties = properties.with(f.Name, b.property(n, f, create))
		if f.Required {
			required = append(required, f.Name)
		}
	}
	doc := "What " + one(n.Name) + " is created from. What is left out or null stays unset."
	if n.Plural == "" { // it makes nothing
		doc = n.Doc
	}
	return b.schemas.add(object{
		{"description", doc},
		{"type", "object"}, {"required", required}, {"properties", properties}, {"additionalProperties", false},
	}, upper(n.Name)+"Create")
}

// creatable reports whether a creation may name the field.
func creatable(n *storage.Noun, f storage.Field) bool {
	return f.Source == storage.Client || f.Source == storage.Parent || f.Source == storage.Identity && n.Slug
}

// updated describes a noun in the body of an update. All fields are in it, so
// that a client may send back what it read.
func (b *builder) updated(n *storage.Noun) object {
	var properties object
	for _, f := range n.Fields {
		properties = properties.with(f.Name, b.property(n, f, update))
	}
	return b.schemas.add(object{
		{"description", "The fields of " + one(n.Name) + " to change, as a JSON merge patch."},
		{"type", "object"}, {"properties", properties}, {"additionalProperties", false},
	}, upper(n.Name)+"Update")
}

// property describes a field of a noun.
func (b *builder) property(n *storage.Noun, f storage.Field, m mode) object {
	at := place{mode: m}.field(f)
	if f.Distinct {
		at.doc += "; no two " + n.Plural + " share one"
	}
	own := f.Source == storage.Client || f.Source == storage.Derived
	at.nullable = at.nullable && (own || m != reply)
	switch {
	case m == update && f.Source != storage.Client:
		at.doc += "; read-only: taken when it equals the stored value"
	case m == create && f.Source == storage.Identity:
		at.doc = "identity; made from the " + n.Label + " when left out"
	case m == create && f.Source == storage.Parent:
		at.doc += "; needed unless the path names it"
	}
	o := b.schema(f.Type, at)
	switch f.Source {
	case storage.Identity:
		o = append(o, form(n)...)
	case storage.Parent:
		at := slices.IndexFunc(n.Parents, func(p *storage.Noun) bool { return p.IDName() == f.Name })
		o = append(o, form(n.Parents[at])...)
	case storage.Counter, storage.Count:
		o = o.with("minimum", 0)
	}
	return o
}

// form is identifier without the type.
func form(n *storage.Noun) object { return identifier(n)[1:] }

// envelope describes a body: meta and one member more.
func envelope(meta object, name string, value any, required ...any) object {
	return object{
		{"type", "object"}, {"required", list(required)},
		{"properties", object{{"meta", meta}, {name, value}}},
	}
}

// single describes the reply that holds one object.
func (b *builder) single(n *storage.Noun) object {
	return b.schemas.add(envelope(b.emptyMeta(), n.Name, b.object(n), "meta", n.Name), upper(n.Name)+"Reply")
}

// emptyMeta describes the meta of replies that say nothing there.
func (b *builder) emptyMeta() object {
	return b.schemas.add(object{{"description", "Empty in these replies."}, {"type", "object"}}, "Meta")
}

// body describes a request's body that holds one object.
func (b *builder) body(n *storage.Noun, m mode) object {
	inner := b.updated
	if m == create {
		inner = b.created
	}
	meta := b.schemas.add(object{
		{"description", "Empty; may be left out."}, {"type", "object"}, {"additionalProperties", false},
	}, "RequestMeta")
	schema := envelope(meta, n.Name, inner(n), n.Name).with("additionalProperties", false)
	named := b.schemas.add(schema, upper(n.Name)+m.suffix()+"Body")
	return b.bodies.add(object{
		{"required", true},
		{"content", content("application/json", named, object{{"meta", object{}}, {n.Name, exampleObject(n, m)}})},
	}, upper(n.Name)+m.suffix()+"Request")
}

// page describes the reply that holds a list. The parameters are those that the
// list takes, since meta repeats them.
func (b *builder) page(n *storage.Noun, parameters []api.Parameter) object {
	properties := object{
		{"offset", count("objects before this page")},
		{"limit", count("most objects of a page")},
		{"total", count("objects on all pages, exactly")},
		{"sort", object{{"description", "The order applied."}, {"type", "string"}}},
	}
	required := list{"offset", "limit", "total", "sort"}
	if n == storage.Genre { // its lists had another word for the order first
		properties = properties.with("order", object{{"description", "The same as sort."}, {"type", "string"}})
		required = append(required, "order")
	}
	for _, p := range parameters {
		if properties.get(p.Name) != nil {
			continue
		}
		doc := "The parameter " + p.Name + " as it was given."
		if p.Shown {
			doc = "The parameter " + p.Name + " as it was given, empty when it was not."
			required = append(required, p.Name)
		}
		properties = properties.with(p.Name, object{{"description", doc}, {"type", "string"}})
	}
	properties = properties.with("missing", object{
		{"description", "Those of the parameter ids that do not exist; only there with ids."},
		{"type", "array"}, {"items", object{{"type", "string"}}},
	})
	meta := b.schemas.add(object{{"type", "object"}, {"required", required}, {"properties", properties}}, upper(n.Name)+"ListMeta")
	items := object{{"type", "array"}, {"items", b.object(n)}, {"maxItems", 100}}
	return b.schemas.add(envelope(meta, n.Plural, items, "meta", n.Plural), upper(n.Name)+"List")
}

// count describes a number of the server that is never negative.
func count(doc string) object {
	return object{{"description", sentence(doc)}, {"type", "integer"}, {"format", "int64"}, {"minimum", 0}}
}

// content is the content of a body of one media type, with an example.
func content(media string, schema object, example any) object {
	return object{{media, object{{"schema", schema}, {"example", example}}}}
}
