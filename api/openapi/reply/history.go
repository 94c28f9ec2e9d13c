package reply

import (
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// historyReply describes a page of the history of an object.
func (b *Builder) historyReply() object {
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"before", "limit"}},
		{"properties", object{
			{"before", written("only events before this version; null for all").With("nullable", true)},
			{"limit", schema.Count("largest number of events in a reply")},
		}},
	}, "HistoryMeta")
	items := object{{"type", "array"}, {"items", b.event()}, {"maxItems", 100}}
	body := b.schemas.Add(schema.Envelope(meta, "history", items, "meta", "history"), "History")
	example := object{
		{"meta", object{{"before", nil}, {"limit", 20}}},
		{"history", list{
			object{{"version", 42}, {"operation", storage.Update}, {"who", "ed"}, {"at", "2014-12-31T23-59-00"}, {"fields", list{"description"}},
				{"changes", list{object{{"field", "description"}, {"before", nil}, {"after", "A heist."}}}}, {"replaced", 41}},
			object{{"version", 41}, {"operation", storage.Create}, {"who", "ed"}, {"at", "2014-12-31T23-58-00"}, {"fields", list{}}, {"changes", list{}}, {"replaced", nil}},
		}},
	}
	return b.jsonReply("HistoryPage", "The writes to the object, latest first.", b.headers("?Link", "Cache-Control", cors), body, example)
}

// written is the schema of a version that a write made.
func written(doc string) object {
	return object{{"description", word.Sentence(doc)}, {"type", "integer"}, {"format", "int64"}, {"minimum", 1}}
}

// event adds the schema of an event of a history.
func (b *Builder) event() object {
	change := b.schemas.Add(object{
		{"description", "A field before and after an update, in the form that it has in the object."},
		{"type", "object"}, {"required", list{"field", "before", "after"}},
		{"properties", object{
			{"field", object{{"type", "string"}}},
			{"before", object{{"nullable", true}}},
			{"after", object{{"nullable", true}}},
		}},
	}, "FieldChange")
	return b.schemas.Add(object{
		{"description", "One write to the object."},
		{"type", "object"}, {"required", list{"version", "operation", "who", "at", "fields", "changes", "replaced"}},
		{"properties", object{
			{"version", written("version of the catalogue that the write made, and of the object's new state")},
			{"operation", object{{"type", "string"}, {"enum", list{storage.Create, storage.Update, storage.Delete}}}},
			{"who", object{{"description", "The user who wrote; null if unknown."}, {"type", "string"}, {"nullable", true}}},
			{"at", object{{"type", "string"}, {"pattern", schema.TimestampPattern}}},
			{"fields", object{{"description", "The fields that the update changed."}, {"type", "array"}, {"items", object{{"type", "string"}}}}},
			{"changes", object{
				{"description", "The fields before and after. Null if the states are too large for one reply: `limit=1` with `before` reads a single event."},
				{"type", "array"}, {"items", change}, {"nullable", true},
			}},
			{"replaced", written("version of the state before, which can be restored; null for a creation").With("nullable", true)},
		}},
	}, "Event")
}
