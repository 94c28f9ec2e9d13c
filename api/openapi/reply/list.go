package reply

import (
	"net/http"

	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/api/param"
	"marquee/api/route"
	"marquee/storage"
)

func (b *Builder) listReply(r *route.Route) object {
	n, parameters := r.Noun, r.Parameters(http.MethodGet)
	headers := b.headers("ETag", "Link", "Cache-Control", surrogate, age, status, cors)
	return b.jsonReply(word.Title(n.Name)+"Page", "A page of "+n.Plural+".", headers, b.page(n, parameters), exampleList(n, parameters))
}

// page adds the schema of a reply with a list. Its meta repeats the list's parameters.
func (b *Builder) page(n *storage.Noun, parameters []param.Parameter) object {
	properties := object{
		{"offset", schema.Count("number of objects before this page")},
		{"limit", schema.Count("largest number of objects on a page")},
		{"total", schema.Count("exact number of objects on all pages")},
		{"sort", object{{"description", "The order of the list."}, {"type", "string"}}},
	}
	required := list{"offset", "limit", "total", "sort"}
	if n == storage.Genre { // for clients that know the older name
		properties = properties.With("order", object{{"description", "The same as sort."}, {"type", "string"}})
		required = append(required, "order")
	}
	for _, p := range parameters {
		if properties.Get(p.Name) != nil || p.Answered {
			continue
		}
		doc := "The parameter `" + p.Name + "` of the request."
		if p.Shown {
			doc = "The parameter `" + p.Name + "` of the request, empty if absent."
			required = append(required, p.Name)
		}
		properties = properties.With(p.Name, object{{"description", doc}, {"type", "string"}})
	}
	properties = properties.With("missing", object{
		{"description", "The ids in the parameter `ids` that do not exist. Only present with that parameter."},
		{"type", "array"}, {"items", object{{"type", "string"}}},
	})
	if len(n.Facets()) > 0 {
		properties = properties.With("facets", b.facets(n))
	}
	if len(n.Searched) > 0 {
		properties = b.searched(properties, n)
	}
	if expanded := b.expanded(n); expanded != nil {
		properties = properties.With("expanded", expanded)
	}
	meta := b.schemas.Add(object{{"type", "object"}, {"required", required}, {"properties", properties}}, word.Title(n.Name)+"ListMeta")
	items := object{{"type", "array"}, {"items", b.schemas.Noun(n)}, {"maxItems", 100}}
	return b.schemas.Add(schema.Envelope(meta, n.Plural, items, "meta", n.Plural), word.Title(n.Name)+"List")
}

func exampleList(n *storage.Noun, parameters []param.Parameter) object {
	sort := n.Sorts[0].Name
	meta := object{{"offset", 0}, {"limit", 10}, {"total", 1}, {"sort", sort}}
	if n == storage.Genre {
		meta = meta.With("order", sort)
	}
	for _, p := range parameters {
		if p.Shown {
			meta = meta.With(p.Name, "")
		}
	}
	return object{{"meta", meta}, {n.Plural, list{schema.ExampleObject(n, schema.Reply)}}}
}
