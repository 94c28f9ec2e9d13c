package document

import (
	"fmt"
	"strings"

	"marquee/api/body"
	"marquee/api/openapi/model"
	"marquee/storage"
)

// bulkExample are the lines of a bulk. A later one names what earlier ones make.
var bulkExample = strings.Join([]string{
	`{"op": "create", "noun": "genre", "object": {"name": "Film noir"}}`,
	`{"op": "create", "noun": "movie", "object": {"title": "The Third Man", "genres": ["film-noir"], "directors": [{"name": "Carol Reed"}]}}`,
	`{"op": "update", "noun": "movie", "id": "7", "if_match": "\"41-0123456789abcdef\"", "object": {"duration": 104}}`,
	`{"op": "delete", "noun": "episode", "id": "7"}`,
}, "\n") + "\n"

// lines describes the body of a bulk. OpenAPI 3.0 has no schema of the lines of a body, so
// the body is a text, and x-itemSchema describes a line.
func (b *builder) lines() object {
	var nouns, objects list
	for _, n := range storage.Nouns {
		nouns = append(nouns, n.Name)
		objects = append(objects, b.schemas.Created(n), b.schemas.Updated(n))
	}
	text := func(doc string) object { return object{{"description", doc}, {"type", "string"}} }
	line := b.schemas.Add(object{
		{"description", "A line of a bulk: one write, as the single request would have it."},
		{"type", "object"}, {"additionalProperties", false}, {"required", list{"op", "noun"}},
		{"properties", object{
			{"op", object{{"type", "string"}, {"enum", list{storage.Create, storage.Update, storage.Delete}}}},
			{"noun", object{{"type", "string"}, {"enum", nouns}}},
			{"id", text("The object to update or delete. A creation has an id only if its noun has slugs.")},
			{"if_match", text("The ETag that the object must have, as in `If-Match`. Not for creations.")},
			{"object", object{{"description", "The object, or the fields to change. A new season or episode names its parent. Not for deletions."}, {"anyOf", objects}}},
		}},
	}, "BulkLine")
	content := model.Content(body.Lines.Media, object{
		{"type", "string"}, {"maxLength", body.Lines.MaxBytes},
		{"description", fmt.Sprintf("1 to %d lines, each a JSON object.", body.MaxLines)}, {"x-itemSchema", line},
	}, bulkExample)
	return b.bodies.Add(object{{"required", true}, {"content", content}}, "BulkRequest")
}
