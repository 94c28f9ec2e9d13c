package document

import (
	"marquee/api/body"
	"marquee/api/openapi/model"
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// write describes the body of a request that writes an object of the noun.
func (b *builder) write(n *storage.Noun, m schema.Mode) object {
	inner := b.schemas.Updated
	if m == schema.Create {
		inner = b.schemas.Created
	}
	return b.body(n.Name, m, inner(n), schema.ExampleObject(n, m))
}

// form describes the body of a request that writes no noun.
func (b *builder) form(f *body.Form) object {
	return b.body(f.Name, schema.Create, b.schemas.Form(f), schema.ExampleForm(f))
}

// body describes the body of a request that has one object.
func (b *builder) body(name string, m schema.Mode, inner, example model.Object) object {
	meta := b.schemas.Add(object{
		{"description", "Empty. May be absent."}, {"type", "object"}, {"additionalProperties", false},
	}, "RequestMeta")
	envelope := schema.Envelope(meta, name, inner, name).With("additionalProperties", false)
	named := b.schemas.Add(envelope, word.Title(name)+m.Suffix()+"Body")
	return b.bodies.Add(object{
		{"required", true},
		{"content", model.Content("application/json", named, object{{"meta", object{}}, {name, example}})},
	}, word.Title(name)+m.Suffix()+"Request")
}
