package reply

import (
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
)

// prospectReply describes what a collection is going to show.
func (b *Builder) prospectReply() object {
	seconds := func(doc string) object {
		return object{{"description", word.Sentence(doc)}, {"type", "string"}, {"pattern", schema.TimestampPattern}}
	}
	period := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"from", "to"}},
		{"properties", object{{"from", seconds("first second, in UTC")}, {"to", seconds("last second, in UTC")}}},
	}, "PlanPeriod")
	page := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"url", "bytes", "kept"}},
		{"properties", object{
			{"url", object{{"description", "Path and query of the page."}, {"type", "string"}}},
			{"bytes", schema.Count("size of its body when the public sees it, without compression")},
			{"kept", object{{"description", "Whether the process has it in memory: now, or prepared for the next period."}, {"type", "boolean"}}},
		}},
	}, "PlanPage")
	plan := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"at", "movies", "periods", "pages", "problems"}},
		{"properties", object{
			{"at", seconds("the instant that the plan is about, in UTC")},
			{"movies", schema.Count("number of movies")},
			{"periods", object{{"description", "The period that holds, and the next ones."}, {"type", "array"}, {"items", period}, {"maxItems", 5}}},
			{"pages", object{{"description", "The pages that are ready before the public asks for them."}, {"type", "array"}, {"items", page}, {"maxItems", 11}}},
			{"problems", object{{"description", "What an editor should look at, in words."}, {"type", "array"}, {"items", object{{"type", "string"}}}}},
		}},
	}, "Plan")
	body := b.schemas.Add(schema.Envelope(b.schemas.EmptyMeta(), "plan", plan, "meta", "plan"), "PlanReply")
	example := object{{"meta", object{}}, {"plan", object{
		{"at", "2026-08-01T12-00-00"}, {"movies", 11},
		{"periods", list{object{{"from", "2026-08-14T18-30-00"}, {"to", "2026-08-15T18-29-59"}}}},
		{"pages", list{
			object{{"url", "/2.0/collections/independence-day"}, {"bytes", 512}, {"kept", false}},
			object{{"url", "/2.0/collections/independence-day/movies"}, {"bytes", 24310}, {"kept", false}},
			object{{"url", "/2.0/collections/independence-day/movies?offset=10"}, {"bytes", 2470}, {"kept", false}},
		}},
		{"problems", list{"pins are hidden: 12, 15"}},
	}}}
	return b.jsonReply("Plan", "What the collection is going to show.", b.headers("Cache-Control", cors), body, example)
}
