package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"testing/quick"

	"marquee/storage"
)

func TestFields(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for fields, want := range map[string]string{
		"id":                      `{"id":"1"}`,
		"-id,title":               `{"id":"1","title":"Heat"}`,
		"title,id,title":          `{"id":"1","title":"Heat"}`,
		"genres,title":            `{"id":"1","title":"Heat","genres":["action"]}`,
		"title,-title":            `{"id":"1"}`,
		"images":                  `{"id":"1","images":{"poster":{"342":{"width":342,"height":513,"url":"https://img.example/p"}}}}`,
		"images.poster.342.width": `{"id":"1","images":{"poster":{"342":{"width":342}}}}`,
		"images,-images.poster.342.url,-images.poster.342.height": `{"id":"1","images":{"poster":{"342":{"width":342}}}}`,
		"images.backdrop":                              `{"id":"1","images":{}}`,
		"images.anything.goes":                         `{"id":"1","images":{}}`,
		"-images.poster,images":                        `{"id":"1","images":{}}`,
		"subtitles.en":                                 `{"id":"1","subtitles":{}}`,
		"streams.720p.audio.codec":                     `{"id":"1","streams":{"720p":{"audio":[{"codec":"AAC"}]}}}`,
		"streams.720p.video.codec":                     `{"id":"1","streams":{"720p":{"video":null}}}`,
		"streams,-streams.720p.audio":                  `{"id":"1","streams":{"720p":{"type":"HLS","url":"https://s.example/1","video":null}}}`,
		"-streams.720p.audio.codec,streams.720p.audio": `{"id":"1","streams":{"720p":{"audio":[{"language":"en","type":null,"bitrate":null}]}}}`,
		"imdb_rating,views":                            `{"id":"1","imdb_rating":8.3,"views":0}`,
		"web_links.imdb.com":                           `{"id":"1","web_links":{"imdb.com":"https://imdb.example/1"}}`,
		"web_links,-web_links.imdb.com":                `{"id":"1","web_links":{"..":"https://a.example/"}}`,
		"web_links...":                                 `{"id":"1","web_links":{"..":"https://a.example/"}}`,
	} {
		a := c.get("/2.0/movies/1?fields=" + fields).want(http.StatusOK)
		if got := string(a.body); got != `{"meta":{},"movie":`+want+`}` {
			t.Errorf("%s: the body is\n%s, want the movie\n%s", fields, got, want)
		}
		list := c.get("/2.0/movies?ids=1&fields=" + fields).want(http.StatusOK)
		var page struct{ Movies []json.RawMessage }
		if err := json.Unmarshal(list.body, &page); err != nil || len(page.Movies) != 1 || string(page.Movies[0]) != want {
			t.Errorf("%s: the list: got %s, want %s", fields, page.Movies, want)
		}
	}
}

func TestFieldsSuggestTheNearest(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for fields, nearest := range map[string]string{
		"titel":                    "title",
		"-titel":                   "-title",
		"releaseYear":              "release_year",
		"streams.720p.tipe":        "streams.720p.type",
		"streams.720p.audio.codek": "streams.720p.audio.codec",
		"genres.name":              "genres",
		"title.en":                 "title",
		"zzzzzzzzz":                "",
		"a..b":                     "",
		"web_links.":               "",
		"images..342":              "",
	} {
		p := c.get("/2.0/movies/1?fields=" + fields).refused(http.StatusBadRequest)
		if len(p.Errors) != 1 || p.Errors[0].Nearest != nearest || p.Errors[0].Value != fields {
			t.Errorf("%s: got %+v, want nearest %q", fields, p.Errors, nearest)
		}
	}
}

// Every subset of a noun's fields has the noun's order and the id. Exactly the excluded
// fields are missing.
func TestFieldsKeepTheOrder(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, n := range storage.Nouns {
		id := "1"
		if n.Slug {
			id = slugs[n.Name]
		}
		names := n.FieldNames()
		check := func(mask uint32, exclude bool) bool {
			sign, query := "", ""
			if exclude {
				sign = "-"
			}
			want := []string{}
			for i, name := range names {
				chosen := mask&(1<<i) != 0
				if chosen {
					query += "," + sign + name
				}
				if chosen != exclude || name == "id" {
					want = append(want, name)
				}
			}
			if query == "" {
				return true
			}
			a := c.get("/2.0/" + n.Plural + "/" + id + "?fields=" + query[1:]).want(http.StatusOK)
			return slices.Equal(order(t, a.body, n.Name), want)
		}
		if err := quick.Check(check, &quick.Config{MaxCount: 50}); err != nil {
			t.Errorf("%s: got %v", n.Name, err)
		}
	}
}

// order returns the names of the object's members in their order.
func order(t *testing.T, body []byte, noun string) []string {
	t.Helper()
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal(body, &envelope); err != nil {
		t.Fatal(err)
	}
	var names []string
	d := json.NewDecoder(bytes.NewReader(envelope[noun]))
	_, _ = d.Token()
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
	}
	return names
}
