package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"marquee/storage"
)

// A seventh noun has its routes and parameters by being described.
func TestRoutesOfAnotherNoun(t *testing.T) {
	t.Parallel()
	award := &storage.Noun{Name: "award", Plural: "awards", Label: "name", Fields: storage.Genre.Fields, Sorts: storage.Genre.Sorts}
	prize := &storage.Noun{Name: "prize", Plural: "prizes", Parents: []*storage.Noun{award}, Fields: storage.Season.Fields, Sorts: storage.Season.Sorts}
	want := map[string]string{
		"/2.0/award":                               "OPTIONS POST",
		"/2.0/award/{award_id}":                    "DELETE OPTIONS PUT",
		"/2.0/awards":                              "GET HEAD OPTIONS POST",
		"/2.0/awards/{award_id}":                   "DELETE GET HEAD OPTIONS PUT",
		"/2.0/prize":                               "OPTIONS POST",
		"/2.0/prize/{prize_id}":                    "DELETE OPTIONS PUT",
		"/2.0/prizes":                              "GET HEAD OPTIONS",
		"/2.0/prizes/{prize_id}":                   "GET HEAD OPTIONS",
		"/2.0/awards/{award_id}/prizes":            "GET HEAD OPTIONS POST",
		"/2.0/awards/{award_id}/prizes/{prize_id}": "DELETE GET HEAD OPTIONS PUT",
	}
	routes := append(nounRoutes(award), nounRoutes(prize)...)
	if len(routes) != len(want) {
		t.Errorf("%d routes, want %d", len(routes), len(want))
	}
	for _, r := range routes {
		if got := strings.Join(r.Methods(), " "); got != want[r.Template] {
			t.Errorf("%s takes %q, want %q", r.Template, got, want[r.Template])
		}
	}
	for _, p := range routes[2].Parameters(http.MethodGet) {
		if p.Name == "" || p.Allowed == "" || p.Doc == "" || p.read == nil {
			t.Errorf("parameter %+v is incomplete", p)
		}
	}
}

func TestRangesOfTimes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]int64{ // 0 stands for an open end
		"2014-12-31T23-59":                      {1420070340, 1420070399},
		"2014-12-31T23-59-07":                   {1420070347, 1420070347},
		"2014-12-31T23-59..":                    {1420070340, 0},
		"..2014-12-31T23-59":                    {0, 1420070399},
		"..2014-12-31T23-59-00":                 {0, 1420070340},
		"2014-12-31T23-59-30..2014-12-31T23-59": {1420070370, 1420070399},
	} {
		c, faults := parseRange(storage.TimeRange, value)
		if len(faults) > 0 || !sameEnd(c.Range.From, want[0]) || !sameEnd(c.Range.To, want[1]) {
			t.Errorf("%s: %+v %v, want %v", value, c, faults, want)
		}
	}
}

func sameEnd(n *int64, want int64) bool { return n == nil && want == 0 || n != nil && *n == want }

func TestRangesOfDecimals(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]int64{
		"7.2": {72, 72}, "7.25": {73, 72}, "7.25..8.01": {73, 80}, "7.20..": {72, 0}, "..9.999": {0, 99}, "..10": {0, 100}, "9.91..10.0": {100, 100},
	} {
		c, faults := parseRange(storage.DecimalRange, value)
		if len(faults) > 0 || !sameEnd(c.Range.From, want[0]) || !sameEnd(c.Range.To, want[1]) {
			t.Errorf("%s: %+v %v, want %v", value, c, faults, want)
		}
	}
	for value, want := range map[string]int64{"7.2": 72, "7.25": 72, "7.29999": 72, "10": 100, "0": 0} {
		if c, faults := parseAbove(value); len(faults) > 0 || *c.Range.From != want {
			t.Errorf("%s: %+v %v, want %d", value, c, faults, want)
		}
	}
	_, faults := parseRange(storage.CountRange, "10..0")
	if len(faults) != 1 || faults[0].Reason != "FROM 10 is greater than TO 0" {
		t.Errorf("%v", faults)
	}
}

// FuzzQuery holds that no query string panics, and that what is proposed as a
// correction is taken.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"limit=0", "sort=-titel&genres=a,,b", "added=2014-12-31", "rating=9...1", "year=..", "fields=-images.poster,titel", "a;b", "%zz=1&ids=1,%20", "cursor=AQ&offset=1", "utm_x=%", "likes=007&likes=7", "recommended=TRUE"} {
		f.Add(s)
	}
	parameters := listParameters(storage.Movie)
	f.Fuzz(func(t *testing.T, raw string) {
		if len(raw) > maxQuery {
			return
		}
		pairs, faults := splitQuery(raw)
		a := ask("/2.0/movies", storage.Movie, parameters, pairs)
		a.faults = append(faults, a.faults...)
		if a.refuse() == nil {
			if a.query.Limit < 1 || a.query.Limit > 100 || a.query.Offset < 0 || a.query.Order.Sort == nil {
				t.Errorf("%q was taken as %+v", raw, a.query)
			}
			again, wrong := splitQuery(joinQuery(pairs))
			if len(wrong) > 0 || !slices.Equal(pairs, again) {
				t.Errorf("%q does not come back from %q", raw, joinQuery(pairs))
			}
			return
		}
		if fixed := a.corrected(); fixed != "" {
			_, query, _ := strings.Cut(fixed, "?")
			pairs, faults := splitQuery(query)
			if b := ask("/2.0/movies", storage.Movie, parameters, pairs); len(faults)+len(b.faults) > 0 {
				t.Errorf("%q is corrected to %q, which is refused: %v", raw, fixed, b.faults)
			}
		}
	})
}

// FuzzRange holds the forms of ranges against each other: what is taken has
// ends in order.
func FuzzRange(f *testing.F) {
	for _, s := range []string{"5", "5..10", "5..", "..10", "..", "5...10", "7.25..7.26", "2014-12-31T23-59..", "0..0", "+5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if value == "" { // refused before it comes to the form
			return
		}
		for kind := range rangeForms {
			c, faults := parseRange(kind, value)
			switch {
			case (c == nil) != (len(faults) == 1):
				t.Errorf("%q: %v, %v", value, c, faults)
			case c == nil:
			case c.Range.From == nil && c.Range.To == nil:
				t.Errorf("%q is open at both ends", value)
			case c.Range.From != nil && c.Range.To != nil && *c.Range.From > *c.Range.To+1:
				t.Errorf("%q goes from %d to %d", value, *c.Range.From, *c.Range.To)
			}
		}
	})
}

// FuzzFields holds that projections are JSON, in order, and never lose the id.
func FuzzFields(f *testing.F) {
	for _, s := range []string{"title", "-title", "images.poster,-images.poster.342", "streams.720p.audio.codec", "-id", "id.x", "web_links.a b"} {
		f.Add(s)
	}
	d := storage.NewDocument(storage.Movie)
	d.ID = "7"
	d.Fields["title"] = "Heat \" <é>"
	d.Fields["genres"] = []any{"a", "b"}
	d.Fields["images"] = map[string]any{"poster": map[string]any{"342": map[string]any{"width": int64(1)}}}
	d.Fields["streams"] = map[string]any{"720p": map[string]any{"type": "HLS", "audio": []any{map[string]any{"codec": "AAC"}, map[string]any{}}}}
	body := d.AppendJSON(nil)
	f.Fuzz(func(t *testing.T, value string) {
		p, faults := parseFields(storage.Movie, value)
		if len(faults) > 0 {
			return
		}
		out, err := p.append(nil, body)
		if err != nil || !json.Valid(out) || !bytes.HasPrefix(out, []byte(`{"id":"7"`)) || len(out) > len(body) {
			t.Errorf("%q makes %s, %v", value, out, err)
		}
	})
}

// FuzzCursor holds that no cursor panics and that every taken one is exactly
// what would be given.
func FuzzCursor(f *testing.F) {
	parameters := listParameters(storage.Movie)
	query := func(cursor string) *asked {
		return ask("/2.0/movies", storage.Movie, parameters, []pair{{name: "sort", value: "title"}, {name: "cursor", value: cursor}})
	}
	for _, key := range []storage.Key{{Text: "\x00\xff"}, {Text: ""}, {Number: 5}} {
		f.Add(query("").encodeCursor(&storage.Position{Key: key, ID: "7"}, 10))
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		a := query(cursor)
		if len(a.faults) > 0 {
			return
		}
		if again := a.encodeCursor(a.query.After, a.offset); again != cursor {
			t.Errorf("%q comes back as %q", cursor, again)
		}
	})
}
