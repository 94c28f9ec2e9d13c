package reply

import (
	"net/http"

	"marquee/api"
	"marquee/api/openapi/schema"
	"marquee/storage"
)

// changesAnswer describes a stretch of the log.
func (b *Builder) changesAnswer() object {
	var nouns list
	for _, n := range storage.Nouns {
		nouns = append(nouns, n.Name)
	}
	change := b.schemas.Add(object{
		{"description", "One entry of the log. An import names only its ids, a deletion has no object."},
		{"type", "object"}, {"required", list{"version", "noun", "operation", "ids", "at", "object"}},
		{"properties", object{
			{"version", schema.Count("version of the catalogue that the change made; changes made together share one")},
			{"noun", object{{"type", "string"}, {"enum", nouns}}},
			{"operation", object{{"type", "string"}, {"enum", list{
				storage.Create, storage.Update, storage.Delete, storage.Touch, storage.Import,
			}}, {"description", "What was done; touch is a change of what the object shows that was written elsewhere."}}},
			{"ids", object{{"type", "array"}, {"items", object{{"type", "string"}}}, {"minItems", 1}}},
			{"at", object{{"type", "string"}, {"pattern", schema.TimestampPattern}}},
			{"object", object{{"description", "The object as it was then, in the form of its noun."}, {"type", "object"}, {"nullable", true}}},
		}},
	}, "Change")
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"since", "limit", "version", "next"}},
		{"properties", object{
			{"since", schema.Count("version behind which this reply begins")},
			{"limit", schema.Count("most changes of a reply")},
			{"version", schema.Count("version of the catalogue when the log was read")},
			{"next", schema.Count("version to go on from")},
		}},
	}, "ChangesMeta")
	items := object{{"type", "array"}, {"items", change}}
	body := b.schemas.Add(schema.Envelope(meta, "changes", items, "meta", "changes"), "Changes")
	example := object{
		{"meta", object{{"since", 41}, {"limit", 100}, {"version", 42}, {"next", 42}}},
		{"changes", list{object{
			{"version", 42}, {"noun", storage.Genre.Name}, {"operation", storage.Create}, {"ids", list{schema.ExampleID(storage.Genre)}},
			{"at", "2014-12-31T23-59-00"}, {"object", schema.ExampleObject(storage.Genre, schema.Reply)},
		}}},
	}
	return b.answer("ChangesPage", "A stretch of the log.", b.gives("ETag", "?Link", "Cache-Control", age, status, cors), body, example)
}

// healthAnswers describes the replies of the paths that probes ask.
func (b *Builder) healthAnswers(r *api.Route) object {
	state := object{{"type", "string"}, {"enum", api.States}}
	body := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"meta", "status"}},
		{"properties", object{
			{"meta", b.schemas.EmptyMeta()},
			{"status", object{{"type", "string"}, {"enum", api.Statuses}}},
			{"dependencies", object{{"description", "What answers are made with. Where something is missing, another stands in as long as it can."}, {"type", "object"}, {"additionalProperties", state}}},
			{"degraded", object{{"description", "What is done in another way than usual, because of them."}, {"type", "array"}, {"items", object{{"type", "string"}}}}},
		}},
	}, "Health")
	headers := b.givesFree("Cache-Control", cors)
	live := object{{"meta", object{}}, {"status", "live"}}
	ready := object{{"meta", object{}}, {"status", "ready"}, {"dependencies", object{{"postgresql", "up"}, {"elasticsearch", "down"}}}, {"degraded", list{"search"}}}
	not := object{{"meta", object{}}, {"status", "draining"}, {"dependencies", object{{"postgresql", "up"}}}}
	if r.Kind == api.LivePath {
		return append(object{{"200", b.answer("Live", "The process runs.", headers, body, live)}}, Problems(http.StatusInternalServerError)...)
	}
	return append(object{
		{"200", b.answer("Ready", "Requests can be answered.", headers, body, ready)},
		{"503", b.answer("NotReady", "The process should get no requests: it starts, or is about to end, or could answer nothing.", headers, body, not)},
	}, Problems(http.StatusInternalServerError)...)
}
