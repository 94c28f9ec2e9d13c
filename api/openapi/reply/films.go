package reply

import (
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/api/route"
)

// filmsReply describes a page of the objects that an object selects by its rule.
func (b *Builder) filmsReply(r *route.Route) object {
	n, by := r.Noun, r.Variables[0]
	name := word.Title(by.Name) + word.Title(n.Plural)
	meta := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"offset", "limit", "total", "sort", "fields", by.Name, "pinned"}},
		{"properties", object{
			{"offset", schema.Count("number of objects before this page")},
			{"limit", schema.Count("largest number of objects on a page")},
			{"total", schema.Count("exact number of objects on all pages")},
			{"sort", object{{"description", "The order of the query, empty without one."}, {"type", "string"}}},
			{"fields", object{{"description", "The parameter `fields` of the request, empty if absent."}, {"type", "string"}}},
			{"expand", object{{"description", "The parameter `expand` of the request."}, {"type", "string"}}},
			{by.Name, object{{"description", "The id of the " + by.Name + "."}, {"type", "string"}}},
			{"pinned", schema.Count("number of pinned objects on all pages, which come first")},
			{"expanded", b.expanded(n)},
		}},
	}, name+"Meta")
	items := object{{"type", "array"}, {"items", b.schemas.Noun(n)}, {"maxItems", 100}}
	body := b.schemas.Add(schema.Envelope(meta, n.Plural, items, "meta", n.Plural), name)
	example := object{
		{"meta", object{{"offset", 0}, {"limit", 10}, {"total", 1}, {"sort", n.Sorts[0].Name}, {"fields", ""}, {by.Name, "summer"}, {"pinned", 1}}},
		{n.Plural, list{schema.ExampleObject(n, schema.Reply)}},
	}
	headers := b.headers("ETag", "Link", "Cache-Control", surrogate, age, status, cors)
	return b.jsonReply(name+"Page", "A page of the "+n.Plural+" of the "+by.Name+".", headers, body, example)
}
