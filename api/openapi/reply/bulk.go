package reply

import (
	"marquee/api/openapi/schema"
	"marquee/storage"
)

// bulkReply describes the results of a bulk.
func (b *Builder) bulkReply() object {
	var nouns list
	for _, n := range storage.Nouns {
		nouns = append(nouns, n.Name)
	}
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"created", "updated", "deleted", "dry_run"}},
		{"properties", object{
			{"created", schema.Count("number of lines that create")},
			{"updated", schema.Count("number of lines that update")},
			{"deleted", schema.Count("number of lines that delete")},
			{"dry_run", object{{"description", "Whether nothing was stored, because the request asked for that."}, {"type", "boolean"}}},
		}},
	}, "BulkMeta")
	nullable := func(doc string) object {
		return object{{"description", doc}, {"type", "string"}, {"nullable", true}}
	}
	result := b.schemas.Add(object{
		{"description", "What a line did."},
		{"type", "object"}, {"required", list{"line", "status", "noun", "id", "etag"}},
		{"properties", object{
			{"line", schema.Count("number of the line, from 1")},
			{"status", object{{"description", "The status of the single request."}, {"type", "integer"}, {"enum", list{200, 201, 204}}}},
			{"noun", object{{"type", "string"}, {"enum", nouns}}},
			{"id", nullable("The id of the object. null for a creation of a dry run.")},
			{"etag", nullable("The ETag of the object after all lines. null if it does not exist then, and in a dry run.")},
		}},
	}, "BulkResult")
	items := object{{"type", "array"}, {"items", result}}
	body := b.schemas.Add(schema.Envelope(meta, "results", items, "meta", "results"), "BulkResults")
	example := object{
		{"meta", object{{"created", 1}, {"updated", 0}, {"deleted", 1}, {"dry_run", false}}},
		{"results", list{
			object{{"line", 1}, {"status", 201}, {"noun", storage.Genre.Name}, {"id", schema.ExampleID(storage.Genre)}, {"etag", `"42-0123456789abcdef"`}},
			object{{"line", 2}, {"status", 204}, {"noun", storage.Movie.Name}, {"id", schema.ExampleID(storage.Movie)}, {"etag", nil}},
		}},
	}
	return b.jsonReply("BulkWritten", "What the lines did, in their order.", b.headers(version, "?Idempotency-Replayed", cors), body, example)
}
