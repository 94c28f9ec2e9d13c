package reply

import (
	"marquee/api/openapi/schema"
	"marquee/storage"
)

// suggestReply describes suggestions.
func (b *Builder) suggestReply() object {
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"q", "types", "limit"}},
		{"properties", object{
			{"q", object{{"description", "The parameter `q` of the request."}, {"type", "string"}}},
			{"types", object{{"description", "The parameter `types` of the request, empty if absent."}, {"type", "string"}}},
			{"limit", schema.Count("largest number of suggestions")},
		}},
	}, "SuggestionsMeta")
	items := object{{"type", "array"}, {"items", b.suggestion()}, {"maxItems", 20}}
	body := b.schemas.Add(schema.Envelope(meta, "suggestions", items, "meta", "suggestions"), "Suggestions")
	example := object{
		{"meta", object{{"q", "god"}, {"types", ""}, {"limit", 8}}},
		{"suggestions", list{
			object{{"type", storage.Movie.Name}, {"id", "238"}, {"text", "The Godfather"}, {"match", list{list{4, 7}}}, {"release_year", 1972}},
			object{{"type", storage.Person.Name}, {"id", "7"}, {"text", "Godfrey Reggio"}, {"match", list{list{0, 3}}}},
		}},
	}
	return b.jsonReply("SuggestionsFound", "The suggestions, the best first.", b.headers("ETag", "Cache-Control", surrogate, age, status, cors), body, example)
}

// suggestion adds the schema of a suggestion.
func (b *Builder) suggestion() object {
	var nouns list
	for _, n := range storage.Suggested {
		nouns = append(nouns, n.Name)
	}
	place := object{{"type", "array"}, {"items", object{{"type", "integer"}, {"minimum", 0}}}, {"minItems", 2}, {"maxItems", 2}}
	return b.schemas.Add(object{
		{"type", "object"}, {"required", list{"type", "id", "text", "match"}},
		{"properties", object{
			{"type", object{{"description", "The noun of the object."}, {"type", "string"}, {"enum", nouns}}},
			{"id", object{{"description", "The id of the object."}, {"type", "string"}}},
			{"text", object{{"description", "Its title or name."}, {"type", "string"}}},
			{"match", object{{"description", "Where the text matches: half-open ranges in Unicode code points, in order, not overlapping."}, {"type", "array"}, {"items", place}}},
			{"release_year", object{{"description", "The year of a movie or series; absent for other nouns."}, {"type", "integer"}, {"nullable", true}}},
		}},
	}, "Suggestion")
}
