package reply

import (
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/storage"
)

// facets adds the schema of the facets of a list.
func (b *Builder) facets(n *storage.Noun) object {
	properties := object{}
	for _, f := range n.Facets() {
		value := object{{"type", "string"}}
		if f.Kind == storage.CountRange {
			value = object{{"type", "integer"}, {"format", "int32"}}
		}
		item := object{
			{"type", "object"}, {"required", list{"value", "count"}}, {"additionalProperties", false},
			{"properties", object{{"value", value}, {"count", schema.Count("number of objects with the value")}}},
		}
		properties = properties.With(f.Name, object{{"type", "array"}, {"items", item}, {"maxItems", 100}})
	}
	return b.schemas.Add(object{
		{"description", "The parameter `facets` of the request: the values by falling number of objects, ties by value. Each number is exact, and counted without the filter of the same name. Only present with that parameter."},
		{"type", "object"}, {"additionalProperties", false}, {"properties", properties},
	}, word.Title(n.Name)+"Facets")
}
