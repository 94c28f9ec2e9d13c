package reply

import (
	"marquee/api/openapi/model"
	"marquee/api/openapi/schema"
	"marquee/storage"
)

// changesReply describes a page of the change log, and the log as a stream.
func (b *Builder) changesReply() object {
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"since", "limit", "version", "next"}},
		{"properties", object{
			{"since", schema.Count("only changes after this version")},
			{"limit", schema.Count("largest number of changes in a reply")},
			{"noun", object{{"type", "string"}, {"description", "The parameter noun, only when it is given."}}},
			{"version", schema.Count("version of the catalogue when the log was read")},
			{"next", schema.Count("version at which to continue")},
		}},
	}, "ChangesMeta")
	items := object{{"type", "array"}, {"items", b.change()}}
	body := b.schemas.Add(schema.Envelope(meta, "changes", items, "meta", "changes"), "Changes")
	example := object{
		{"meta", object{{"since", 41}, {"limit", 100}, {"version", 42}, {"next", 42}}},
		{"changes", list{object{
			{"version", 42}, {"noun", storage.Genre.Name}, {"operation", storage.Create}, {"ids", list{schema.ExampleID(storage.Genre)}},
			{"at", "2014-12-31T23-59-00"}, {"object", schema.ExampleObject(storage.Genre, schema.Reply)},
		}}},
	}
	events := object{
		{"type", "string"},
		{"description", "Server-sent events. An event change has in data an entry of changes, on one line. The last event of a version has the version as its id. " +
			"An id without data says that there was nothing else up to this version. Comments come every 15 s or more often. " +
			"An event resync ends the stream: its data is {\"since\": oldest version to continue from, \"version\": version of the catalogue}, and the client reads the catalogue again."},
	}
	stream := ":\nid: 41\n\nevent: change\ndata: {\"version\":42,\"noun\":\"genre\",\"operation\":\"delete\",\"ids\":[\"western\"],\"at\":\"2014-12-31T23-59-00\",\"object\":null}\nid: 42\n\n"
	return b.Responses.Add(object{
		{"description", "A page of the change log, or a stream that does not end. A stream has neither ETag nor Link."},
		{"headers", b.headers("?ETag", "?Link", "Cache-Control", age, status, cors)},
		{"content", append(model.Content("application/json", body, example), model.Content("text/event-stream", events, stream)...)},
	}, "ChangesPage")
}

// change adds the schema of an entry of the change log.
func (b *Builder) change() object {
	var nouns list
	for _, n := range storage.Nouns {
		nouns = append(nouns, n.Name)
	}
	operations := list{storage.Create, storage.Update, storage.Delete, storage.Touch, storage.Import}
	return b.schemas.Add(object{
		{"description", "An entry of the change log. An import has only ids, and a deletion has no object. Without an editor's credentials, neither has a change after which a collection is not active; if it was not active before either, or was imported, the entry has no ids."},
		{"type", "object"}, {"required", list{"version", "noun", "operation", "ids", "at", "object"}},
		{"properties", object{
			{"version", schema.Count("version of the catalogue that the change made; changes of one write share it")},
			{"noun", object{{"type", "string"}, {"enum", nouns}}},
			{"operation", object{{"type", "string"}, {"enum", operations},
				{"description", "The kind of change. A touch changes what the object shows of another object."}}},
			{"ids", object{{"type", "array"}, {"items", object{{"type", "string"}}}}},
			{"at", object{{"type", "string"}, {"pattern", schema.TimestampPattern}}},
			{"object", object{{"description", "The object after the change, in the form of its noun, without fields that depend on the time of a read."}, {"type", "object"}, {"nullable", true}}},
		}},
	}, "Change")
}
