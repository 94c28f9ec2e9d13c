package schema

import (
	"slices"

	"marquee/api/body"
	"marquee/api/openapi/model"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// Noun adds the schema of a noun's objects in replies. Only the id is required: the
// parameter fields can omit all others.
func (s *Set) Noun(n *storage.Noun) model.Object {
	var properties object
	for _, f := range n.Fields {
		properties = properties.With(f.Name, s.property(n, f, Reply))
	}
	return s.Add(object{
		{"description", n.Doc + " Every field is present unless the parameter `fields` omits it."},
		{"type", "object"}, {"required", list{"id"}}, {"properties", properties},
	}, word.Title(n.Name))
}

// Excerpt adds the schema of objects of a noun with only some fields, which are always
// present.
func (s *Set) Excerpt(n *storage.Noun, name string, fields []string) model.Object {
	var properties object
	var required list
	for _, f := range n.Fields {
		if slices.Contains(fields, f.Name) {
			properties, required = properties.With(f.Name, s.property(n, f, Reply)), append(required, f.Name)
		}
	}
	return s.Add(object{
		{"description", n.Doc + " With a few of its fields."}, {"type", "object"}, {"required", required}, {"properties", properties},
	}, name)
}

// Created adds the schema of a noun in the body of a creation.
func (s *Set) Created(n *storage.Noun) model.Object {
	fields := slices.DeleteFunc(slices.Clone(n.Fields), func(f storage.Field) bool { return !creatable(n, f) })
	return s.created(n, fields, "The fields of a new "+n.Name+". A field that is absent or null is not set.")
}

// Form adds the schema of the object in the body of a request that writes no noun.
func (s *Set) Form(f *body.Form) model.Object {
	return s.created(&storage.Noun{Name: f.Name}, f.Fields, f.Doc)
}

func (s *Set) created(n *storage.Noun, fields []storage.Field, doc string) model.Object {
	var properties object
	var required list
	for _, f := range fields {
		properties = properties.With(f.Name, s.property(n, f, Create))
		if f.Required {
			required = append(required, f.Name)
		}
	}
	return s.Add(object{
		{"description", doc},
		{"type", "object"}, {"required", required}, {"properties", properties}, {"additionalProperties", false},
	}, word.Title(n.Name)+"Create")
}

// creatable reports whether a creation may set the field.
func creatable(n *storage.Noun, f storage.Field) bool {
	return f.Source == storage.Client || f.Source == storage.Parent || f.Source == storage.Identity && n.Slug
}

// Updated adds the schema of a noun in the body of an update. It has all fields, so
// that a client can send back the object that it read.
func (s *Set) Updated(n *storage.Noun) model.Object {
	var properties object
	for _, f := range n.Fields {
		properties = properties.With(f.Name, s.property(n, f, Update))
	}
	return s.Add(object{
		{"description", "The fields of " + word.WithArticle(n.Name) + " to change, as a JSON merge patch."},
		{"type", "object"}, {"properties", properties}, {"additionalProperties", false},
	}, word.Title(n.Name)+"Update")
}

// property returns the schema of a noun's field.
func (s *Set) property(n *storage.Noun, f storage.Field, m Mode) object {
	at := place{mode: m}.field(f)
	if f.Distinct {
		at.doc += "; no two " + n.Plural + " share one"
	}
	unset := f.Source == storage.Client || f.Source == storage.Derived || f.Source == storage.Scheduled && f.Type.Kind != storage.Boolean
	at.nullable = at.nullable && (unset || m != Reply)
	switch {
	case m == Update && f.Source != storage.Client:
		at.doc += "; read-only: must equal the stored value if present"
	case m == Create && f.Source == storage.Identity:
		at.doc = "identity; made from " + labelDoc(n) + " if absent"
	case m == Create && f.Source == storage.Parent:
		at.doc += "; required unless the path names it"
	}
	o := s.schema(f.Type, at)
	switch f.Source {
	case storage.Identity:
		o = append(o, idForm(n)...)
	case storage.Parent:
		at := slices.IndexFunc(n.Parents, func(p *storage.Noun) bool { return p.IDName() == f.Name })
		o = append(o, idForm(n.Parents[at])...)
	}
	return o
}

// labelDoc is the label of a noun in words.
func labelDoc(n *storage.Noun) string {
	if n.Field(n.Label).Type.Kind == storage.List {
		return "the first of " + n.Label
	}
	return "the " + n.Label
}

// idForm is Identifier without the type.
func idForm(n *storage.Noun) object { return Identifier(n)[1:] }

// Envelope returns the schema of a body: meta and one other member.
func Envelope(meta model.Object, name string, value any, required ...any) model.Object {
	return object{
		{"type", "object"}, {"required", list(required)},
		{"properties", object{{"meta", meta}, {name, value}}},
	}
}

// Single adds the schema of a reply that has one object.
func (s *Set) Single(n *storage.Noun) model.Object {
	return s.Add(Envelope(s.EmptyMeta(), n.Name, s.Noun(n), "meta", n.Name), word.Title(n.Name)+"Reply")
}

// EmptyMeta adds the schema of a meta without members.
func (s *Set) EmptyMeta() model.Object {
	return s.Add(object{{"description", "Empty in this reply."}, {"type", "object"}}, "Meta")
}

// Count returns the schema of a number in replies that is never negative.
func Count(doc string) model.Object {
	return object{{"description", word.Sentence(doc)}, {"type", "integer"}, {"format", "int64"}, {"minimum", 0}}
}
