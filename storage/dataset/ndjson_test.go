package dataset_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/dataset/ndjson"
	"marquee/storage/edit"
	"marquee/storage/incoming"
)

func catalogue(t testing.TB, lines ...string) string {
	t.Helper()
	return write(t, "catalogue.ndjson", strings.Join(lines, "\n")+"\n")
}

// full returns a document of the noun with every field set.
func full(n *storage.Noun) *storage.Document {
	members := map[string]any{
		"title": "A <b>&</b> \"ü\"\u2028", "name": "N", "description": "Two\nlines", "imdb_id": "tt1234567", "release_year": 1990, "release_month": 2,
		"ended_year": 1991, "imdb_rating": json.Number("7.0"), "duration": 90, "genres": []string{"drama"}, "languages": []string{"en"}, "mpaa": "PG",
		"countries": []string{"US"}, "starring": []string{"2", "1"}, "directors": []string{"3"}, "recommended": true, "birth_date": "1950-01-31", "number": 3,
		"air_date": "1990-02-01", "magnet_hash": strings.Repeat("a", 40), "query": "genres=drama&sort=-year", "pins": []string{"8", "7"}, "hidden": []string{"9"},
		"words": []string{"sci-fi", "science fiction"}, "from": "sci-fi",
		"periods": []any{storage.Members{{Name: "from", Value: "07-04T00-00"}, {Name: "to", Value: "07-04T23-59"}, {Name: "every", Value: "year"}, {Name: "zone", Value: "America/New_York"}}},
	}
	var object storage.Members
	for _, f := range n.FieldsFrom(storage.Client) {
		if v, ok := members[f.Name]; ok {
			if n == storage.Person && f.Name == "imdb_id" {
				v = "nm1"
			}
			object = append(object, storage.Member{Name: f.Name, Value: jsonValue(v)})
		}
	}
	d, faults := edit.Check(n, object).Apply(storage.NewDocument(n), true)
	if len(faults) > 0 {
		panic(fmt.Sprintf("%s: %+v", n.Name, faults))
	}
	d.ID = "12"
	if n.Slug {
		d.ID = "slug"
	}
	for i, f := range n.FieldsFrom(storage.Counter, storage.Count) {
		d.Fields[f.Name] = int64(i + 3)
	}
	for i, f := range n.FieldsFrom(storage.Clock) {
		d.Fields[f.Name] = time.Date(2020, 1, 2, 3, 4, 5+i, 0, time.UTC)
	}
	for i, f := range n.FieldsFrom(storage.Parent) {
		d.Fields[f.Name] = fmt.Sprint(i + 40)
	}
	return d
}

func jsonValue(v any) any {
	switch v := v.(type) {
	case int:
		return json.Number(fmt.Sprint(v))
	case []string:
		items := make([]any, len(v))
		for i, s := range v {
			items[i] = s
		}
		return items
	}
	return v
}

func TestExportedLinesAreRestored(t *testing.T) {
	t.Parallel()
	for _, n := range storage.Nouns {
		for _, sources := range []map[string]string{nil, {"tmdb": "603", "imdb": "tt\u2028<"}} {
			d := full(n)
			line := ndjson.AppendLine(nil, n, d.AppendJSON(nil), sources)
			in := one(t, "ndjson", write(t, "e.ndjson", string(line)))
			if in.Refused != "" {
				t.Errorf("%s: refused: %s", n.Name, in.Refused)
				continue
			}
			got := in.Exact
			if n == storage.Genre { // has nothing that only the server sets
				got, _ = in.Edit.Apply(storage.NewDocument(n), true)
				got.ID, _ = in.Edit.Asserted["id"].(string)
			}
			again := ndjson.AppendLine(nil, n, got.AppendJSON(nil), in.Sources)
			if diff := cmp.Diff(string(line), string(again)); diff != "" {
				t.Errorf("%s: exported, imported, exported (-want +got):\n%s", n.Name, diff)
			}
			if in.Key != "" || in.Noun != n {
				t.Errorf("%s: got key %q, noun %s", n.Name, in.Key, in.Noun.Name)
			}
		}
	}
}

func TestAppendLine(t *testing.T) {
	t.Parallel()
	got := string(ndjson.AppendLine([]byte("x"), storage.Genre, []byte(`{"id":"a"}`), map[string]string{"b": `"<`, "a": "1"}))
	if want := `x{"noun":"genre","object":{"id":"a"},"sources":{"a":"1","b":"\"<"}}` + "\n"; got != want {
		t.Errorf("got the line %s, want %s", got, want)
	}
	if got := string(ndjson.AppendLine(nil, storage.Movie, []byte(`{}`), nil)); got != `{"noun":"movie","object":{}}`+"\n" {
		t.Errorf("got the line %s without sources", got)
	}
}

func TestHandWrittenLines(t *testing.T) {
	t.Parallel()
	path := catalogue(t,
		`{"noun":"genre","object":{"id":"noir","name":"Film noir"}}`,
		``, "  ",
		`{"noun":"movie","object":{"title":"A","genres":["noir",{"name":"New"}],"starring":[{"name":"Ann"},"7"],"likes":null}}`,
		` {"noun":"movie","key":"b","object":{"title":"B","imdb_rating":7.5},"sources":{"tmdb":"1"}} `+"\r",
		`{"noun":"serie","key":"s","object":{"title":"S"}}`,
		`{"noun":"season","key":"s/1","parent":"s","object":{"number":1}}`,
		`{"noun":"season","object":{"serie_id":"7","number":2}}`,
	)
	var got []string
	for _, in := range read(t, "ndjson", path) {
		if len(in.Key) == 64 {
			in.Key = "digest"
		}
		got = append(got, fmt.Sprint(in.Line, " ", in.Noun.Name, " ", in.Key, " ", in.ParentKey, " ", in.Edit.Values, in.Edit.Asserted, in.Sources))
	}
	want := []string{
		`1 genre   map[name:Film noir] map[id:noir] map[]`,
		`4 movie digest  map[genres:[noir {New }] starring:[{Ann } 7] title:A] map[likes:<nil>] map[]`,
		`5 movie b  map[imdb_rating:7.5 title:B] map[] map[tmdb:1]`,
		`6 serie s  map[title:S] map[] map[]`,
		`7 season s/1 s map[number:1] map[] map[]`,
		`8 season digest  map[number:2] map[serie_id:7] map[]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// Lines may stand in any order. An object comes after those that it may refer to, and a
// restored one before the new ones.
func TestLinesInAnyOrder(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, n := range []*storage.Noun{storage.Episode, storage.Collection, storage.Movie, storage.Serie, storage.Person, storage.Season, storage.Genre} {
		d := full(n)
		lines = append(lines, strings.TrimSpace(string(ndjson.AppendLine(nil, n, d.AppendJSON(nil), nil))))
	}
	lines = append(lines, `{"object":{"name":"New","id":"new"},"noun":"collection"}`, `{"object":{"title":"New","id":null},"noun":"movie"}`, `{"noun":"person","object":{"name":"New"}}`, `{`)
	rapid.Check(t, func(r *rapid.T) {
		shuffled := rapid.Permutation(lines).Draw(r, "lines")
		var got []string
		for _, in := range read(t, "ndjson", catalogue(t, shuffled...)) {
			if shuffled[in.Line-1] == "{" {
				continue // refused, wherever it stands
			}
			got = append(got, fmt.Sprint(in.Noun.Name, " ", in.Exact != nil, " ", in.Refused))
		}
		want := []string{"genre false ", "person true ", "person false ", "movie true ", "movie false ", "serie true ", "season true ", "episode true ", "collection true ", "collection false "}
		if diff := cmp.Diff(want, got); diff != "" {
			r.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

func TestTheDigestOfALineIsItsKey(t *testing.T) {
	t.Parallel()
	a := read(t, "ndjson", catalogue(t, `{"noun":"movie","object":{"title":"A"}}`, `{"noun":"movie","object":{"title":"B"}}`))
	b := read(t, "ndjson", catalogue(t, ``, ` {"noun":"movie","object":{"title":"A"}}`))
	if a[0].Key == "" || a[0].Key == a[1].Key || a[0].Key != b[0].Key {
		t.Errorf("got the keys %q, %q, %q", a[0].Key, a[1].Key, b[0].Key)
	}
}

func TestBadLines(t *testing.T) {
	t.Parallel()
	exact := func(change string) string {
		return strings.Replace(strings.TrimSpace(string(ndjson.AppendLine(nil, storage.Season, full(storage.Season).AppendJSON(nil), nil))), `"number":3`, change, 1)
	}
	tests := []struct{ name, line, want string }{
		{"not JSON", `{"noun"`, "is not JSON: it ends too early (line 1, byte 8 of it)"},
		{"not an object", `[]`, "is not a JSON object"},
		{"nothing", `{}`, "noun is required; object is required"},
		{"unknown members", `{"nouns":"movie","object":{"title":"A"},"noun":"movie","noun":"movie"}`,
			"nouns is not a member of a line; did you mean noun?; noun is given twice"},
		{"unknown noun", `{"noun":"movies","object":{}}`, `noun must be one of genre, person, movie, serie, season, episode, collection, synonym, not "movies"; did you mean movie?`},
		{"bad members", `{"noun":"movie","object":3,"key":"","sources":[],"parent":7}`,
			"object must be an object; key must be a text of 1 to 500 bytes; sources must be an object of keys by source; parent must be a text of 1 to 500 bytes"},
		{"bad sources", `{"noun":"movie","object":{"title":"A"},"sources":{"a":1,"":"x","b":"1","b":"2"}}`,
			"sources/a must be a text of 1 to 500 bytes; sources/ must be a text of 1 to 500 bytes; sources/b is given twice"},
		{"every fault of the object", `{"noun":"movie","object":{"titel":"A","duration":"1","countries":["US","XX"]}}`,
			`object/titel is not a field of this object; did you mean title?; object/duration must be a whole number from 0 to 100000, not "1"; ` +
				`object/countries/1 must be an ISO 3166-1 alpha-2 code such as US, not "XX"; object/title is required`},
		{"NUL", `{"noun":"movie","object":{"title":"A\u0000"}}`, `object/title must not hold the character NUL, not "A␀"`},
		{"part without parent", `{"noun":"season","object":{"number":1}}`, "parent is required: the key of the serie that this is part of; or give serie_id in the object"},
		{"read-only fields", `{"noun":"movie","object":{"title":"A","likes":3,"added":"2020-01-02T03-04-05"}}`,
			`object/likes is read-only: "3": the server makes it; leave it out; object/added is read-only: "2020-01-02T03-04-05": the server makes it; leave it out`},
		{"parent of an object that is not a part", `{"noun":"movie","parent":"a","object":{"title":"A"}}`, "parent is given, but a movie is part of nothing"},
		{"bad slug", `{"noun":"genre","object":{"id":"A b","name":"A"}}`, "object/id must be a slug such as science-fiction: a-z, 0-9 and single hyphens, at most 64"},
		{"id without the rest", `{"noun":"movie","object":{"id":"7","title":"A","likes":1,"dislikes":1,"views":-1,"added":"2020-01-02T03-04-05"}}`,
			"object/views must be a whole number from 0 to 9007199254740991, not \"-1\"; object/modified is required in a line with an id, which is restored; leave the id out for a new object"},
		{"bad id", strings.Replace(exact(`"number":3`), `"id":"12"`, `"id":"012"`, 1), "object/id must be a decimal number above 0 of at most 18 digits, without leading zeros"},
		{"bad id of the parent", strings.Replace(exact(`"number":3`), `"serie_id":"40"`, `"serie_id":"x"`, 1), "object/serie_id cannot be an id"},
		{"exact with key", strings.Replace(exact(`"number":3`), `{"noun"`, `{"key":"a","noun"`, 1), "object/id cannot be given with key or parent"},
		{"exact that lacks what is required", exact(`"number":null`), "object/number is required"},
		{"exact with a counter that is none", strings.Replace(exact(`"number":3`), `"episodes_count":3`, `"episodes_count":"3"`, 1), `object/episodes_count must be a whole number from 0 to 9007199254740991, not "3"`},
		{"exact with a name", strings.Replace(string(ndjson.AppendLine(nil, storage.Movie, full(storage.Movie).AppendJSON(nil), nil)), `["drama"]`, `[{"name":"X"}]`, 1),
			"object/genres must be ids in a line with an id"},
		{"too many faults to name", `{"noun":"movie","object":{"title":"A"` + strings.Repeat(`,"title":"A"`, 50) + `}}`,
			strings.Repeat("object/title is given twice; ", 20) + "and 30 more"},
		{"too long", `{"noun":"movie","object":{"title":"` + strings.Repeat("x", 8<<20) + `"}}`, "is longer than 8 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			records := read(t, "ndjson", catalogue(t, ``, tt.line, `{"noun":"movie","object":{"title":"After"}}`))
			slices.SortFunc(records, func(a, b *incoming.Record) int { return a.Line - b.Line })
			if len(records) != 2 || records[1].Refused != "" || records[0].Line != 2 {
				t.Fatalf("got the records %+v", records)
			}
			if diff := cmp.Diff(tt.want, records[0].Refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheSampleIsValid(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("../sample/sample.ndjson"); err != nil {
		t.Skip(err)
	}
	for _, in := range read(t, "ndjson", "../sample/sample.ndjson") {
		if in.Refused != "" {
			t.Errorf("%s: %s", in.Place(), in.Refused)
		}
	}
}
