package schema

import (
	"slices"

	"marquee/api/openapi/model"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// Noun describes a noun in replies. Only the id is required: the parameter
// fields may leave out everything else.
func (s *Set) Noun(n *storage.Noun) model.Object {
	var properties object
	for _, f := range n.Fields {
		properties = properties.With(f.Name, s.property(n, f, Reply))
	}
	return s.Add(object{
		{"description", n.Doc + " Every field is there unless the parameter fields left it out."},
		{"type", "object"}, {"required", list{"id"}}, {"properties", properties},
	}, word.Title(n.Name))
}

// Created describes a noun in the body of a creation.
func (s *Set) Created(n *storage.Noun) model.Object {
	var properties object
	var required list
	for _, f := range n.Fields {
		if !creatable(n, f) {
			continue
		}
		properties = properties.With(f.Name, s.property(n, f, Create))
		if f.Required {
			required = append(required, f.Name)
		}
	}
	doc := "What " + word.WithArticle(n.Name) + " is created from. What is left out or null stays unset."
	if n.Plural == "" { // it makes nothing
		doc = n.Doc
	}
	return s.Add(object{
		{"description", doc},
		{"type", "object"}, {"required", required}, {"properties", properties}, {"additionalProperties", false},
	}, word.Title(n.Name)+"Create")
}

// creatable reports whether a creation may name the field.
func creatable(n *storage.Noun, f storage.Field) bool {
	return f.Source == storage.Client || f.Source == storage.Parent || f.Source == storage.Identity && n.Slug
}

// Updated describes a noun in the body of an update. All fields are in it, so
// that a client may send back what it read.
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

// property describes a field of a noun.
func (s *Set) property(n *storage.Noun, f storage.Field, m Mode) object {
	at := place{mode: m}.field(f)
	if f.Distinct {
		at.doc += "; no two " + n.Plural + " share one"
	}
	own := f.Source == storage.Client || f.Source == storage.Derived
	at.nullable = at.nullable && (own || m != Reply)
	switch {
	case m == Update && f.Source != storage.Client:
		at.doc += "; read-only: taken when it equals the stored value"
	case m == Create && f.Source == storage.Identity:
		at.doc = "identity; made from the " + n.Label + " when left out"
	case m == Create && f.Source == storage.Parent:
		at.doc += "; needed unless the path names it"
	}
	o := s.schema(f.Type, at)
	switch f.Source {
	case storage.Identity:
		o = append(o, form(n)...)
	case storage.Parent:
		at := slices.IndexFunc(n.Parents, func(p *storage.Noun) bool { return p.IDName() == f.Name })
		o = append(o, form(n.Parents[at])...)
	case storage.Counter, storage.Count:
		o = o.With("minimum", 0)
	}
	return o
}

// form is Identifier without the type.
func form(n *storage.Noun) object { return Identifier(n)[1:] }

// Envelope describes a body: meta and one member more.
func Envelope(meta model.Object, name string, value any, required ...any) model.Object {
	return object{
		{"type", "object"}, {"required", list(required)},
		{"properties", object{{"meta", meta}, {name, value}}},
	}
}

// Single describes the reply that holds one object.
func (s *Set) Single(n *storage.Noun) model.Object {
	return s.Add(Envelope(s.EmptyMeta(), n.Name, s.Noun(n), "meta", n.Name), word.Title(n.Name)+"Reply")
}

// EmptyMeta describes the meta of replies that say nothing there.
func (s *Set) EmptyMeta() model.Object {
	return s.Add(object{{"description", "Empty in these replies."}, {"type", "object"}}, "Meta")
}

// Count describes a number of the server that is never negative.
func Count(doc string) model.Object {
	return object{{"description", word.Sentence(doc)}, {"type", "integer"}, {"format", "int64"}, {"minimum", 0}}
}
