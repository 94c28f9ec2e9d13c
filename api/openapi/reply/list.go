package reply

import (
	"marquee/api"
	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/api/param"
	"marquee/storage"
	"net/http"
)

func (b *Builder) listAnswer(r *api.Route) object {
	n, parameters := r.Noun, r.Parameters(http.MethodGet)
	headers := b.gives("ETag", "Link", "Cache-Control", surrogate, age, status, cors)
	return b.answer(word.Title(n.Name)+"Page", "A page of "+n.Plural+".", headers, b.page(n, parameters), exampleList(n, parameters))
}

// page describes the reply that holds a list. The parameters are those that the
// list takes, since meta repeats them.
func (b *Builder) page(n *storage.Noun, parameters []param.Parameter) object {
	properties := object{
		{"offset", schema.Count("objects before this page")},
		{"limit", schema.Count("most objects of a page")},
		{"total", schema.Count("objects on all pages, exactly")},
		{"sort", object{{"description", "The order applied."}, {"type", "string"}}},
	}
	required := list{"offset", "limit", "total", "sort"}
	if n == storage.Genre { // its lists had another word for the order first
		properties = properties.With("order", object{{"description", "The same as sort."}, {"type", "string"}})
		required = append(required, "order")
	}
	for _, p := range parameters {
		if properties.Get(p.Name) != nil {
			continue
		}
		doc := "The parameter " + p.Name + " as it was given."
		if p.Shown {
			doc = "The parameter " + p.Name + " as it was given, empty when it was not."
			required = append(required, p.Name)
		}
		properties = properties.With(p.Name, object{{"description", doc}, {"type", "string"}})
	}
	properties = properties.With("missing", object{
		{"description", "Those of the parameter ids that do not exist; only there with ids."},
		{"type", "array"}, {"items", object{{"type", "string"}}},
	})
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
