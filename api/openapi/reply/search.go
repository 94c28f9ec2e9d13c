package reply

import (
	"slices"

	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// searched adds the members of the meta of a list that only searches have.
func (b *Builder) searched(properties object, n *storage.Noun) object {
	return properties.
		With("relaxed", object{
			{"description", "Whether there are objects without all words of the text. Only present if there are."}, {"type", "boolean"},
		}).
		With("highlights", b.highlights(n)).
		With("did_you_mean", object{
			{"description", "A text that may be meant: `q` with a word of the catalogue, within typo distance, in place of each word that no object has. " +
				"Some object has all of its words, under the same filters. Only present for `match` where no object has all words of `q`, and there is such a text."},
			{"type", "string"},
		})
}

// highlights returns the schema of the places of a text in objects of a noun.
func (b *Builder) highlights(n *storage.Noun) object {
	place := b.schemas.Add(object{
		{"description", "A half-open range: the first Unicode code point, and the one after the last."},
		{"type", "array"}, {"items", schema.Count("number of code points before")}, {"minItems", 2}, {"maxItems", 2},
	}, "TextRange")
	ranges := object{{"type", "array"}, {"items", place}, {"minItems", 1}}
	var properties object
	for _, field := range n.Searched {
		properties = properties.With(field, ranges)
	}
	if showsPersons(n) {
		properties = properties.With(storage.Person.Plural, object{
			{"description", "The ranges in the names of persons, by their ids."}, {"type", "object"}, {"additionalProperties", ranges},
		})
	}
	found := b.schemas.Add(object{
		{"description", "Where the text stands in the values of an object: ranges in order, which do not overlap. A value without ranges is left out."},
		{"type", "object"}, {"properties", properties},
	}, word.Title(n.Name)+"Highlight")
	return object{
		{"description", "What the text matched in each object of the page, by its id, whatever `fields` selects: whole words for `match`, also found by stem, " +
			"typo or synonym; the whole value for `exact`; every match that is not empty for `regex`. An object without ranges, such as one found by its genre, " +
			"is left out. Only present with `highlight=true`."},
		{"type", "object"}, {"additionalProperties", found},
	}
}

// showsPersons reports whether objects of a noun refer to persons.
func showsPersons(n *storage.Noun) bool {
	return slices.ContainsFunc(n.References(), func(f storage.Field) bool { return f.Type.Of.Reference == storage.Person.Name })
}
