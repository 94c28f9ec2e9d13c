package storage_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/textform"
)

// A document has every field but those that are computed when it is shown. These are the
// last ones, so that a reader appends them.
func TestDocumentsHaveEveryFieldInOrder(t *testing.T) {
	t.Parallel()
	for _, n := range storage.Nouns {
		var got []string
		for _, m := range parse(t, string(storage.NewDocument(n).AppendJSON(nil))) {
			got = append(got, m.Name)
		}
		scheduled := len(n.FieldsFrom(storage.Scheduled))
		if diff := cmp.Diff(n.FieldNames()[:len(n.Fields)-scheduled], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", n.Name, diff)
		}
	}
}

func TestUnsetFieldsAreNullOrEmpty(t *testing.T) {
	t.Parallel()
	want := map[storage.Kind]string{storage.List: "[]", storage.Map: "{}"}
	for _, n := range storage.Nouns {
		d := &storage.Document{Noun: n, ID: "7", Fields: object{}}
		var shown map[string]json.RawMessage
		if err := json.Unmarshal(d.AppendJSON(nil), &shown); err != nil {
			t.Fatal(err)
		}
		for _, f := range n.Fields {
			w, ok := want[f.Type.Kind]
			switch {
			case f.Source == storage.Scheduled:
				w = ""
			case f.Source == storage.Identity:
				w = `"7"`
			case f.Source == storage.Counter, f.Source == storage.Count:
				w = "0"
			case !ok:
				w = "null"
			}
			if got := string(shown[f.Name]); got != w {
				t.Errorf("%s.%s: got %s, want %s", n.Name, f.Name, got, w)
			}
		}
	}
}

func TestMoviesAreShownAsTheContractSays(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Movie, `{"web_links":{"b":"http://b","a":"http://a"},"title":"<M> & \"N\"","description":"a\u2028b\u0001\t\u007f/é😀",
		"imdb_id":"tt0022100","imdb_rating":8,"release_year":1931,"genres":["crime","drama"],"recommended":true,
		"images":{"poster":{"342":{"url":"http://p?a=1&b=<2>"}}},"streams":{"720p":{"type":"HLS","url":"http://s","audio":[{"language":"de"}]}},"starring":["7","10"]}`)
	d.ID, d.Fields["likes"], d.Fields["added"] = "12", int64(3), time.Date(2024, 1, 2, 4, 4, 5, 0, time.FixedZone("", 3600))
	want := `{"id":"12","title":"<M> & \"N\"","description":"a\u2028b\u0001\t` + "\u007f" + `/é😀","snippet":"<M> & \"N\" – a b\u0001 ` + "\u007f" + `/é😀","imdb_id":"tt0022100",` +
		`"release_year":1931,"release_month":null,"imdb_rating":8.0,"duration":null,"genres":["crime","drama"],"languages":[],"mpaa":null,"countries":[],` +
		`"starring":["7","10"],"directors":[],"recommended":true,"images":{"poster":{"342":{"width":null,"height":null,"url":"http://p?a=1&b=<2>"}}},` +
		`"web_links":{"a":"http://a","b":"http://b"},"magnet_hash":null,"streams":{"720p":{"type":"HLS","url":"http://s",` +
		`"audio":[{"language":"de","type":null,"codec":null,"bitrate":null}],"video":null}},"thumbnails":{},"subtitles":{},` +
		`"likes":3,"dislikes":0,"views":0,"added":"2024-01-02T03-04-05","modified":null}`
	if diff := cmp.Diff(want, string(d.AppendJSON(nil))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTextsAreWrittenAsValidJSON(t *testing.T) {
	t.Parallel()
	for r := rune(1); r <= 0x2100; r++ {
		s := "a" + string(r) + "b"
		d := &storage.Document{Noun: storage.Genre, ID: "g", Fields: object{"name": s}}
		body := d.AppendJSON(nil)
		var shown struct{ Name string }
		if err := json.Unmarshal(body, &shown); err != nil || shown.Name != s {
			t.Errorf("%U: got %s, parsed as %q, %v; want %q", r, body, shown.Name, err, s)
		}
	}
	d := &storage.Document{Noun: storage.Genre, ID: "g", Fields: object{"name": "a\xffb\xed\xa0\x80"}}
	if body := d.AppendJSON(nil); !json.Valid(body) || !bytes.Contains(body, []byte(`\ufffd`)) && !bytes.Contains(body, []byte("\ufffd")) {
		t.Errorf("invalid UTF-8: got %q, want valid JSON with U+FFFD", body)
	}
}

func TestAppendJSONKeepsThePrefix(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Genre, `{"name":"Noir"}`)
	if got := string(d.AppendJSON([]byte("before "))); got != "before "+string(d.AppendJSON(nil)) {
		t.Errorf("got %s", got)
	}
}

func TestTheStoredPartHasClientAndDerivedFields(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Season, `{"number":1,"title":"S"}`)
	d.ID, d.Fields["serie_id"] = "9", "3"
	if got, want := string(d.AppendStored(nil)), `{"number":1,"title":"S","description":null,"release_year":null,"images":{}}`; got != want {
		t.Errorf("stored part: got %s, want %s", got, want)
	}
	if got := string(create(t, storage.Movie, `{"title":"M"}`).AppendStored(nil)); !strings.HasPrefix(got, `{"title":"M","description":null,"snippet":"M",`) || strings.Contains(got, "likes") {
		t.Errorf("stored part: got %s, want snippet and no likes", got)
	}
}

func TestSearchDocumentsHoldObjectNamesAndSortKeys(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Movie, `{"title":"M","release_year":1931,"starring":["7"]}`)
	d.ID, d.Names = "12", map[string][]string{"persons": {"Peter Lorre"}}
	d.Fields["added"], d.Fields["modified"] = at("1970-01-01T00-01"), at("1970-01-01T00-02")
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Object struct{ ID, Title string }
		Names  map[string][]string
		Sort   struct {
			Key        []byte `json:"sort_key"`
			Ascending  int64  `json:"year_ascending"`
			Descending int64  `json:"year_descending"`
			Added      int64
			Modified   int64
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.Object.ID != "12" || got.Object.Title != "M" || got.Names["persons"][0] != "Peter Lorre" {
		t.Errorf("object %+v, names %v", got.Object, got.Names)
	}
	s := got.Sort
	if string(s.Key) != textform.SortKey("M") || s.Ascending != 1931*16+13 || s.Descending != 1931*16 || s.Added != 60 || s.Modified != 120 {
		t.Errorf("sort keys %+v", s)
	}
}

func TestParseDocumentRefusesMalformedDocuments(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `{`, `[]`, `7`, `{"imdb_rating":7.25}`, `{"release_year":1.5}`, `{"likes":1e3}`, `{"added":"yesterday"}`,
		`{"images":{"icon":{"16":{"width":1.5}}}}`, `{"streams":{"720p":{"audio":[{"bitrate":0.5}]}}}`} {
		if d, err := storage.ParseDocument(storage.Movie, []byte(body)); err == nil {
			t.Errorf("ParseDocument(%s): got %+v, want an error", body, d.Fields)
		}
	}
	for _, data := range []string{``, `{"object":7}`, `{"object":{"imdb_rating":7.25}}`, `{"object":{},"names":7}`} {
		if d, err := storage.ParseSearchDocument(storage.Movie, []byte(data)); err == nil {
			t.Errorf("ParseSearchDocument(%s): got %+v, want an error", data, d.Fields)
		}
	}
}

func TestLabelIsTheTitleOrName(t *testing.T) {
	t.Parallel()
	for n, want := range map[*storage.Noun]string{storage.Movie: "M", storage.Serie: "M", storage.Genre: "N", storage.Person: "N", storage.Season: "", storage.Episode: ""} {
		d := &storage.Document{Noun: n, Fields: object{"title": "M", "name": "N"}}
		if got := d.Label(); got != want {
			t.Errorf("Label of a %s: got %q, want %q", n.Name, got, want)
		}
		if got := storage.NewDocument(n).Label(); got != "" {
			t.Errorf("Label of a new %s: got %q, want none", n.Name, got)
		}
	}
}
