package document

import (
	"regexp"
	"strconv"
	"strings"

	"marquee/api/openapi/schema"
	"marquee/api/openapi/word"
	"marquee/api/param"
	"marquee/api/route"
	"marquee/storage"
)

// The parts of the patterns of ranges.
const (
	countForm   = `(?:0|[1-9][0-9]{0,18})` // the description has the exact bound
	decimalForm = `(?:[0-9](?:\.[0-9]+)?|10(?:\.0+)?)`
	timeForm    = `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}(?:-[0-9]{2})?`
)

var (
	// boundsForm matches the Allowed of a parameter that is an integer in bounds.
	boundsForm = regexp.MustCompile(`^([0-9]+)-([0-9]+)$`)
	// wordsForm matches the Allowed of a parameter that is one of a few words.
	wordsForm = regexp.MustCompile(`^-?[a-z_]+(?:, -?[a-z_]+)+$`)
)

// maxIDs is the largest number of ids in a parameter, counting repeated ones.
const maxIDs = 100

// query adds a query parameter of a route. Nouns share the component if it is the
// same for all of them.
func (b *builder) query(r *route.Route, p param.Parameter) object {
	n := r.Noun
	o := object{
		{"name", p.Name}, {"in", "query"},
		{"description", word.Sentence(p.Doc) + " Allowed: " + p.Allowed + "."},
	}
	if p.Required {
		o = o.With("required", true)
	}
	schema := b.querySchema(n, p)
	if p.List {
		o = o.With("style", "form").With("explode", false)
	}
	o = o.With("schema", schema)
	common := map[string]bool{"offset": true, "limit": true, "cursor": true}
	switch {
	case r.Kind == route.Changes:
		return b.parameters.Add(o, "Changes"+word.Camel(p.Name))
	case r.Kind == route.Bulk:
		return b.parameters.Add(o, "Bulk"+word.Camel(p.Name))
	case r.Kind == route.Suggest:
		return b.parameters.Add(o, "Suggest"+word.Camel(p.Name))
	case r.Kind == route.History:
		return b.parameters.Add(o, "History"+word.Camel(p.Name))
	case !common[p.Name]:
		return b.parameters.Add(o, word.Title(n.Name)+word.Camel(p.Name))
	}
	return b.parameters.Add(o, word.Camel(p.Name))
}

func (b *builder) querySchema(n *storage.Noun, p param.Parameter) object {
	switch {
	case p.Filter != nil:
		return filterSchema(n, p)
	case p.Name == "ids":
		return object{{"type", "array"}, {"items", schema.Identifier(n)}, {"minItems", 1}, {"maxItems", maxIDs}}
	case p.Name == "noun":
		var plurals list
		for _, n := range storage.Nouns {
			plurals = append(plurals, n.Plural)
		}
		return object{{"type", "array"}, {"items", object{{"type", "string"}, {"enum", plurals}}}, {"minItems", 1}}
	case p.Name == "facets":
		var names []string
		for _, f := range n.Facets() {
			names = append(names, f.Name)
		}
		return namesSchema(names)
	case p.List && wordsForm.MatchString(p.Allowed):
		return object{{"type", "array"}, {"items", allowedSchema(p)}, {"minItems", 1}}
	case p.List:
		item := object{{"type", "string"}, {"pattern", fieldForm(n)}}
		return object{{"type", "array"}, {"items", item}, {"minItems", 1}}
	case p.Name == "at":
		return object{{"type", "string"}, {"pattern", "^" + timeForm + "$"}}
	case p.Name == "cursor":
		return object{{"type", "string"}, {"pattern", `^[A-Za-z0-9_-]+$`}, {"maxLength", 4096}}
	case p.Name == "before":
		return object{{"type", "integer"}, {"format", "int64"}, {"minimum", 1}}
	case p.Name == "since":
		return withDefault(object{{"type", "integer"}, {"format", "int64"}, {"minimum", 0}}, p)
	}
	return withDefault(allowedSchema(p), p)
}

// fieldForm returns the pattern of an item of the parameter fields: names joined by
// dots, or the name of a map of texts with a key, which may have dots and spaces.
func fieldForm(n *storage.Noun) string {
	var maps []string
	for _, f := range n.Fields {
		if t := f.Type; t.Kind == storage.Map && t.Of.Kind == storage.Text {
			maps = append(maps, f.Name)
		}
	}
	keyed := ""
	if len(maps) > 0 {
		keyed = `|(?:` + strings.Join(maps, "|") + `)\.[^,]*[^,\s]`
	}
	return `^-?(?:[^.,\s]+(?:\.[^.,\s]+)*` + keyed + `)$`
}

// allowedSchema reads the schema from Allowed: bounds, true and false, or a few
// words. Anything else is a text.
func allowedSchema(p param.Parameter) object {
	if m := boundsForm.FindStringSubmatch(p.Allowed); m != nil {
		low, _ := strconv.ParseInt(m[1], 10, 64)
		high, _ := strconv.ParseInt(m[2], 10, 64)
		return object{{"type", "integer"}, {"format", "int32"}, {"minimum", low}, {"maximum", high}}
	}
	if p.Allowed == "true, false" {
		return object{{"type", "boolean"}}
	}
	if wordsForm.MatchString(p.Allowed) {
		var words list
		for word := range strings.SplitSeq(p.Allowed, ", ") {
			words = append(words, word)
		}
		return object{{"type", "string"}, {"enum", words}}
	}
	return object{{"type", "string"}, {"minLength", 1}}
}

// withDefault adds the default, if there is one, in the type of the schema.
func withDefault(o object, p param.Parameter) object {
	if p.Default == "" {
		return o
	}
	switch o.Get("type") {
	case "integer":
		v, _ := strconv.ParseInt(p.Default, 10, 64)
		return o.With("default", v)
	case "boolean":
		return o.With("default", p.Default == "true")
	case "array":
		return o.With("default", list{p.Default})
	}
	return o.With("default", p.Default)
}

// filterSchema returns the schema of a filter's value.
func filterSchema(n *storage.Noun, p param.Parameter) object {
	switch p.Filter.Kind {
	case storage.AnyOf, storage.AllOf:
		item := schema.Identifier(storage.NounByName(p.Filter.Target))
		if p.Default != "" {
			item = object{{"type", "string"}, {"pattern", `^(?:` + p.Default + `|[a-z0-9]+(?:-[a-z0-9]+)*)$`}, {"maxLength", schema.MaxSlug}}
		}
		return withDefault(object{{"type", "array"}, {"items", item}, {"minItems", 1}, {"maxItems", maxIDs}}, p)
	case storage.OneOf:
		return namesSchema(n.Field(p.Filter.Fields[0]).Type.Item().Enum)
	case storage.Flag, storage.Active:
		return withDefault(object{{"type", "boolean"}}, p)
	case storage.DecimalAbove:
		return object{{"type", "number"}, {"format", "double"}, {"minimum", 0}, {"maximum", 10}}
	case storage.DecimalRange:
		return ranged(decimalForm)
	case storage.TimeRange:
		return ranged(timeForm)
	default:
		return ranged(countForm)
	}
}

// namesSchema returns the schema of a list of names.
func namesSchema(names []string) object {
	var values list
	for _, name := range names {
		values = append(values, name)
	}
	item := object{{"type", "string"}, {"enum", values}}
	return object{{"type", "array"}, {"items", item}, {"minItems", 1}, {"maxItems", maxIDs}}
}

// ranged returns the schema of A, A..B, A.. and ..B.
func ranged(end string) object {
	return object{{"type", "string"}, {"pattern", `^(?:` + end + `(?:\.\.(?:` + end + `)?)?|\.\.` + end + `)$`}}
}

// variables describes the variables of the path, nil without any.
func (b *builder) variables(r *route.Route) list {
	var out list
	for _, n := range r.Variables {
		out = append(out, b.variable(n))
	}
	switch {
	case strings.Contains(r.Template, "{"+route.App.Variable+"}"):
		out = append(out, b.parameters.Add(object{
			{"name", route.App.Variable}, {"in", "path"}, {"required", true},
			{"description", "The consumer key of an app."},
			{"schema", object{{"type", "string"}}}, {"example", schema.ConsumerKey},
		}, "ConsumerKey"))
	case strings.Contains(r.Template, "{"+route.Token.Variable+"}"):
		out = append(out, b.parameters.Add(object{
			{"name", route.Token.Variable}, {"in", "path"}, {"required", true},
			{"description", "The id of a token: " + route.Token.IDForm + "."},
			{"schema", object{{"type", "string"}, {"pattern", schema.NumberPattern}}}, {"example", "7"},
		}, "TokenID"))
	}
	return out
}

// variable adds the id of a noun in a path.
func (b *builder) variable(n *storage.Noun) object {
	return b.parameters.Add(object{
		{"name", n.IDName()}, {"in", "path"}, {"required", true},
		{"description", "The id of " + word.WithArticle(n.Name) + ": " + n.IDForm() + "."},
		{"schema", schema.Identifier(n)}, {"example", schema.ExampleID(n)},
	}, word.Title(n.Name)+"ID")
}
