package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestSuggestions(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t) // Heat (1995), Alien (1979), Zodiac; Dark; Ann Person; Action, Drama, Film Noir; Heist night
	c.post("/2.0/movies", `{"movie":{"title":"The Älien","release_year":null}}`)
	for q, want := range map[string]string{
		"q=hea":                         `{"meta":{"q":"hea","types":"","limit":8},"suggestions":[{"type":"movie","id":"1","text":"Heat","match":[[0,3]],"release_year":1995}]}`,
		"q=ALI&types=movies&limit=20":   `{"meta":{"q":"ALI","types":"movies","limit":20},"suggestions":[{"type":"movie","id":"2","text":"Alien","match":[[0,3]],"release_year":1979},{"type":"movie","id":"4","text":"The Älien","match":[[4,7]],"release_year":null}]}`,
		"q=the-ali":                     `{"meta":{"q":"the-ali","types":"","limit":8},"suggestions":[{"type":"movie","id":"4","text":"The Älien","match":[[0,3],[4,7]],"release_year":null}]}`,
		"types=persons,series&q=d":      `{"meta":{"q":"d","types":"persons,series","limit":8},"suggestions":[{"type":"serie","id":"1","text":"Dark","match":[[0,1]],"release_year":null}]}`,
		"q=noir+fi&types=genres,genres": `{"meta":{"q":"noir fi","types":"genres","limit":8},"suggestions":[{"type":"genre","id":"film-noir","text":"Film Noir","match":[[0,2],[5,9]]}]}`,
		"q=%21%21":                      `{"meta":{"q":"!!","types":"","limit":8},"suggestions":[]}`,
	} {
		a := c.get("/2.0/suggest?" + q).want(http.StatusOK)
		if got := string(a.body); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", q, got, want)
		}
	}
}

func TestBadSuggestRequests(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, tt := range []struct{ q, places, corrected string }{
		{"", "q", ""},
		{"q=", "q", ""},
		{"q=" + strings.Repeat("x", 101), "q", ""},
		{"q=a&types=movie,person", "types types", "/2.0/suggest?q=a&types=movies,persons"},
		{"q=a&types=films", "types", ""},
		{"q=a&types=movies,,genres", "types", "/2.0/suggest?q=a&types=movies,genres"},
		{"q=a&types=movies,%20genres", "types", "/2.0/suggest?q=a&types=movies,genres"},
		{"q=a&limit=21", "limit", ""},
		{"q=a&limit=0", "limit", ""},
		{"q=a&offset=1", "offset", ""},
		{"q=a&q=b", "q", ""},
		{"typs=movies&q=a", "typs", "/2.0/suggest?types=movies&q=a"},
	} {
		p := c.get("/2.0/suggest?" + tt.q).refused(http.StatusBadRequest)
		if got := strings.Join(p.places(), " "); got != tt.places {
			t.Errorf("%s: faults at %s, want %s", tt.q, got, tt.places)
		}
		if tt.corrected != "" && p.Corrected != tt.corrected {
			t.Errorf("%s: corrected to %q, want %q", tt.q, p.Corrected, tt.corrected)
		}
	}
	// The bound is one of characters after NFC.
	for _, q := range []string{strings.Repeat("e\u0301", 100), strings.Repeat("é", 100), "a;b", "*:* AND"} {
		c.get("/2.0/suggest?q=" + strings.NewReplacer(" ", "+", ";", "%3B").Replace(q)).want(http.StatusOK)
	}
}

// Nobody is suggested a collection that the public does not see, and an answer ends with the
// period of any.
func TestSuggestedCollectionsAreActive(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	c.post("/2.0/collections", `{"collection":{"name":"Heist past","periods":[{"from":"2001-01-01T00-00","to":"2001-12-31T23-59"}]}}`)
	for _, token := range []string{"", "Bearer " + editorToken} {
		a := c.get("/2.0/suggest?q=heist", "Authorization", token).want(http.StatusOK)
		list, _ := a.at("suggestions").([]any)
		if len(list) != 1 || !strings.Contains(string(a.body), "heist-night") {
			t.Errorf("token %q: got %s", token, a.body)
		}
	}
	a := c.get("/2.0/suggest?q=heist&types=collections").want(http.StatusOK)
	if keys := strings.Fields(a.header.Get("Surrogate-Key")); !slices.Equal(keys, []string{"collections", "collection-heist-night"}) {
		t.Errorf("got the keys %s", fmt.Sprint(keys))
	}
}
