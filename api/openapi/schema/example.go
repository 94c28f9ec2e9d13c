package schema

import (
	"slices"

	"marquee/api/body"
	"marquee/api/openapi/model"
	"marquee/storage"
	"marquee/storage/textform"
)

// examples are the values in examples, by noun or record and field, or by field
// alone. For a map the value is its key. Other fields get a value made from their
// type.
var examples = map[string]any{
	"genre.id":               "film-noir",
	"genre.name":             "Film noir",
	"genre.description":      "Crime seen through a shadow.",
	"person.name":            "Carol Reed",
	"serie.title":            "The Lime Street Papers",
	"season.title":           "The first winter",
	"episode.title":          "A bell at noon",
	"collection.name":        "Independence Day",
	"collection.description": "Films about freedom.",
	"synonym.words":          list{"car", "automobile"},
	"synonym.from":           "car",
	"active_from":            "2027-07-04T04-00-00",
	"active_to":              "2027-07-05T03-59-59",
	"query":                  "year=1949..1959&sort=-year",
	"pins":                   "7",
	"hidden":                 "8",
	"periods.from":           "07-04T00-00",
	"periods.to":             "07-04T23-59",
	"periods.zone":           "America/New_York",
	"title":                  "The Third Man",
	"name":                   "An example",
	"description":            "A writer looks for a friend who is said to be dead.",
	"snippet":                "The Third Man – A writer looks for a friend who is said to be dead.",
	"episode.snippet":        "A bell at noon – A writer looks for a friend who is said to be dead.",
	"release_year":           1949,
	"ended_year":             1952,
	"release_month":          9,
	"imdb_rating":            8.1,
	"duration":               104,
	"birth_date":             "1906-12-30",
	"air_date":               "1949-09-02",
	"width":                  342,
	"height":                 513,
	"web_links":              "wikipedia",
	"audio.type":             "Stereo",
	"audio.codec":            "AAC",
	"audio.bitrate":          128,
	"video.codec":            "H264 Baseline",
	"video.width":            1280,
	"video.height":           720,
	"video.bitrate":          2500,
	"season.number":          1,
	"episode.number":         1,
	"seasons_count":          1,
	"episodes_count":         1,
	"likes":                  12,
	"dislikes":               1,
	"views":                  340,
	"app.name":               "Player",
	"token.user":             "ed",
	"token.app":              "Player",
	"token.expires":          "2999-12-31T23-59-00",
	"restore.version":        41,
}

// ConsumerKey is an example of a consumer key.
const ConsumerKey = "app_EXAMPLE2EXAMPLE3EXAMPLE4EX"

// fitting are texts for types that accept only certain texts. The example is the
// first text that the type accepts.
var fitting = []string{
	"342", "en", "GB", "PG", "HLS", "poster", "720p", "VTT",
	"tt0041959", "nm0715346", "https://media.example/the-third-man",
	"c9e15763f722f23e98a29decdfae341b98d53056",
}

// ExampleObject is an object of the noun as replies show it or requests give it.
func ExampleObject(n *storage.Noun, m Mode) model.Object {
	var o object
	for _, f := range n.Fields {
		wanted := m == Reply || m == Create && creatable(n, f) && f.Source != storage.Parent || m == Update && f.Source == storage.Client
		if !wanted {
			continue
		}
		o = o.With(f.Name, exampleField(n, f, m))
	}
	if m == Update { // a short patch is clearer
		o = slices.DeleteFunc(o, func(m model.Member) bool {
			return m.Name() != n.Label && m.Name() != "number" && m.Name() != "description"
		})
	}
	return o
}

// ExampleForm returns an example of the object of a form.
func ExampleForm(f *body.Form) model.Object {
	var o object
	for _, field := range f.Fields {
		o = o.With(field.Name, exampleField(&storage.Noun{Name: f.Name}, field, Create))
	}
	return o
}

func exampleField(n *storage.Noun, f storage.Field, m Mode) any {
	switch {
	case examples[n.Name+"."+f.Name] != nil:
		return examples[n.Name+"."+f.Name]
	case f.Source == storage.Identity && n.Slug:
		return ExampleID(n)
	case f.Source == storage.Identity, f.Source == storage.Parent:
		return "7"
	}
	return exampleValue(f.Type, f.Name, m)
}

// ExampleID is an id of the noun.
func ExampleID(n *storage.Noun) string {
	if !n.Slug {
		return "7"
	}
	switch label := examples[n.Name+"."+n.Label].(type) {
	case string:
		return textform.Slug(label)
	case list:
		return textform.Slug(label[0].(string))
	}
	return "an-example"
}

// exampleValue returns a value of the type.
func exampleValue(t *storage.Type, name string, m Mode) any {
	switch t.Kind {
	case storage.Text:
		return exampleText(t, name, m)
	case storage.Boolean:
		return true
	case storage.Date:
		return known(name, "1949-09-02")
	case storage.Timestamp:
		return known(name, "2014-12-31T23-59-00")
	case storage.Integer:
		return known(name, t.Min)
	case storage.Number:
		return known(name, float64(t.Min)/10)
	case storage.List:
		return list{exampleValue(t.Of, name, m)}
	case storage.Map:
		key, _ := exampleText(t.Key, name, m).(string)
		return object{{key, exampleValue(t.Of, name, m)}}
	}
	var o object
	for _, f := range t.Members {
		o = o.With(f.Name, known(name+"."+f.Name, exampleValue(f.Type, f.Name, m)))
	}
	return o
}

func exampleText(t *storage.Type, name string, m Mode) any {
	if t.Reference != "" {
		target := storage.NounByName(t.Reference)
		if m == Reply || !target.Named {
			return known(name, ExampleID(target))
		}
		return object{{"name", exampleField(target, *target.Field(target.Label), m)}}
	}
	for _, s := range fitting {
		if slices.Contains(t.Enum, s) || t.Pattern != nil && t.Pattern.MatchString(s) {
			return s
		}
	}
	if len(t.Enum) > 0 {
		return t.Enum[0]
	}
	return known(name, "example")
}

// known returns the example of a field if there is one, else the other value.
func known(name string, otherwise any) any {
	if v := examples[name]; v != nil {
		return v
	}
	return otherwise
}
