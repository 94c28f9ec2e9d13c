package document

import (
	"marquee/api/openapi/model"
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// body describes the body of a request that has one object.
func (b *builder) body(n *storage.Noun, m schema.Mode) object {
	inner := b.schemas.Updated
	if m == schema.Create {
		inner = b.schemas.Created
	}
	meta := b.schemas.Add(object{
		{"description", "Empty. May be absent."}, {"type", "object"}, {"additionalProperties", false},
	}, "RequestMeta")
	envelope := schema.Envelope(meta, n.Name, inner(n), n.Name).With("additionalProperties", false)
	named := b.schemas.Add(envelope, word.Title(n.Name)+m.Suffix()+"Body")
	return b.bodies.Add(object{
		{"required", true},
		{"content", model.Content("application/json", named, object{{"meta", object{}}, {n.Name, schema.ExampleObject(n, m)}})},
	}, word.Title(n.Name)+m.Suffix()+"Request")
}
