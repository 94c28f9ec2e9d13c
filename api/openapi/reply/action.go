package reply

import (
	"marquee/api"
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// actionAnswers describes the replies of writes that are not written objects:
// votes, views, restoring, apps and tokens.
func (b *Builder) actionAnswers(r *api.Route) object {
	switch r.Kind {
	case api.RestorePath:
		return object{{"200", b.updatedAnswer(r.Noun)}, {"204", b.emptyAnswer()}}
	case api.GrantsPath:
		return object{{"201", b.secretsAnswer(r.Noun, "Created", "Created, with its secrets.", "Location")}}
	case api.RotatePath:
		return object{{"200", b.secretsAnswer(r.Noun, "Rotated", "Its new secrets.")}}
	case api.GrantPath:
		return object{{"204", b.Responses.Add(object{
			{"description", "Revoked."}, {"headers", b.gives("Cache-Control", cors)},
		}, "Revoked")}}
	}
	return object{{"204", b.Responses.Add(object{{"description", "Counted."}, {"headers", b.gives("?Catalogue-Version", cors)}}, "Counted")}}
}

// historyAnswer describes what was done to an object.
func (b *Builder) historyAnswer() object {
	version := func(doc string) object {
		return object{{"description", word.Sentence(doc)}, {"type", "integer"}, {"format", "int64"}, {"minimum", 1}}
	}
	change := b.schemas.Add(object{
		{"description", "What a field was and what an update made of it, in the form that it has in the object."},
		{"type", "object"}, {"required", list{"field", "before", "after"}},
		{"properties", object{
			{"field", object{{"type", "string"}}},
			{"before", object{{"nullable", true}}},
			{"after", object{{"nullable", true}}},
		}},
	}, "FieldChange")
	event := b.schemas.Add(object{
		{"description", "What one write did to the object."},
		{"type", "object"}, {"required", list{"version", "operation", "who", "at", "fields", "changes", "replaced"}},
		{"properties", object{
			{"version", version("version of the catalogue that the write made, and of the object's state behind it")},
			{"operation", object{{"type", "string"}, {"enum", list{storage.Create, storage.Update, storage.Delete}}}},
			{"who", object{{"description", "The user who wrote; null when unknown."}, {"type", "string"}, {"nullable", true}}},
			{"at", object{{"type", "string"}, {"pattern", schema.TimestampPattern}}},
			{"fields", object{{"description", "The fields that an update changed."}, {"type", "array"}, {"items", object{{"type", "string"}}}}},
			{"changes", object{
				{"description", "Their values before and after. Null where the states are too large for one reply: limit=1 and before read any event by itself."},
				{"type", "array"}, {"items", change}, {"nullable", true},
			}},
			{"replaced", version("version of the state before, which can be restored; null for a creation").With("nullable", true)},
		}},
	}, "Event")
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"before", "limit"}},
		{"properties", object{
			{"before", version("version before which the events are; null for all").With("nullable", true)},
			{"limit", schema.Count("most events of a reply")},
		}},
	}, "HistoryMeta")
	items := object{{"type", "array"}, {"items", event}, {"maxItems", 100}}
	body := b.schemas.Add(schema.Envelope(meta, "history", items, "meta", "history"), "History")
	example := object{
		{"meta", object{{"before", nil}, {"limit", 20}}},
		{"history", list{
			object{{"version", 42}, {"operation", storage.Update}, {"who", "ed"}, {"at", "2014-12-31T23-59-00"}, {"fields", list{"description"}},
				{"changes", list{object{{"field", "description"}, {"before", nil}, {"after", "A heist."}}}}, {"replaced", 41}},
			object{{"version", 41}, {"operation", storage.Create}, {"who", "ed"}, {"at", "2014-12-31T23-58-00"}, {"fields", list{}}, {"changes", list{}}, {"replaced", nil}},
		}},
	}
	return b.answer("HistoryPage", "What was done to the object, the latest first.", b.gives("?Link", "Cache-Control", cors), body, example)
}
