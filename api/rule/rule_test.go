package rule_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/api/param"
	"marquee/api/rule"
	"marquee/storage"
	"marquee/storage/edit"
)

// edited returns an edit that sets the rule of a collection.
func edited(text any) *edit.Edit {
	return edit.Check(storage.Collection, storage.Members{{Name: "name", Value: "Best"}, {Name: "query", Value: text}})
}

// faults returns "parameter: nearest" of each fault, and checks their pointers.
func faults(t *testing.T, e *edit.Edit) string {
	t.Helper()
	var all []string
	for _, f := range e.Faults {
		if f.Pointer != "/query" || f.Reason == "" {
			t.Errorf("a fault at %q without a reason or another place: %+v", e.Values["query"], f)
		}
		all = append(all, strings.TrimSuffix(f.Parameter+": "+f.Nearest, ": "))
	}
	return strings.Join(all, ", ")
}

func TestRulesAreCheckedLikeRequests(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"genres=drama&sort=-year":                          "",
		"genres_all=drama,war&rating=7..&recommended=true": "",
		"q=star+wars": "",
		"languages=en,fr&countries=US&mpaa=PG-13":    "",
		"languages=EN&countries=UK&mpaa=PG13":        "languages: en, countries: GB, mpaa: PG-13",
		"q=%5EThe&q_type=regex":                      "",
		"utm_source=x":                               "",
		"persons=1&added=..2020-01-01T00-00":         "",
		"?genres=drama":                              "",
		"offset=0":                                   "offset",
		"limit=10&cursor=x&fields=id&ids=1":          "limit, cursor, fields, ids",
		"facets=genres&facet_limit=5&highlight=true": "facets, facet_limit, highlight",
		"expand=genres":                              "expand",
		"limit=":                                     "limit",
		"genre=drama":                                "genre: genres",
		"genres=drama&genres=war":                    "genres",
		"sort=yeer":                                  "sort: year",
		"sort=relevance":                             "sort",
		"q_type=exact":                               "q_type",
		"q=a&q_type=regexp":                          "q_type: regex",
		"q=%28&q_type=regex":                         "q",
		"year=2000..1990&rating=11":                  "year, rating",
		"recommended=yes":                            "recommended: true",
		"a=%zz":                                      "a",
		"a;b=1":                                      "a;b",
		"genres=":                                    "genres",
		"persons=x":                                  "persons",
		"zzzzzz=1":                                   "zzzzzz",
		" ":                                          " ",
	} {
		e := edited(text)
		if err := rule.Check(e, nil); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if text == "?genres=drama" {
			if len(e.Faults) != 1 || !strings.Contains(e.Faults[0].Reason, "?") {
				t.Errorf("%q: got %+v", text, e.Faults)
			}
			continue
		}
		if got := faults(t, e); got != want {
			t.Errorf("%q: got faults %q, want %q", text, got, want)
		}
	}
}

// A rule that is accepted finds what the request finds, but passes over unknown ids. A rule
// that is refused is a request that is refused, or has a parameter of a page.
func TestRulesAreRequests(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"genres=drama&sort=-year", "year=1990..&genres=ALL&sort=title", "q=star&sort=relevance", "q=It&q_type=exact&persons=1,2,1", "rating_from=7.5"} {
		r, err := rule.Parse(storage.Movie, text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		list, err := param.ParseList(storage.Movie, "/2.0/movies", text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		want := list.Query
		want.Limit, want.Lenient, want.DidYouMean = 0, true, false
		if want.Text != nil { // functions cannot be compared
			if r.Query.Text.Kind != want.Text.Kind || r.Query.Text.Query != want.Text.Query {
				t.Errorf("%q: got the text %+v", text, r.Query.Text)
			}
			want.Text = r.Query.Text
		}
		if r.Target != list.Target() || !reflect.DeepEqual(r.Query, want) {
			t.Errorf("%q: got %s %+v\nwant %s %+v", text, r.Target, r.Query, list.Target(), want)
		}
	}
}

func TestEmptyRulesAreNone(t *testing.T) {
	t.Parallel()
	for _, given := range []any{"", nil} {
		e := edited(given)
		if err := rule.Check(e, nil); err != nil || len(e.Faults) > 0 {
			t.Errorf("%v: %+v, %v", given, e.Faults, err)
		}
		if v, set := e.Values["query"]; v != nil || !set {
			t.Errorf("%v: stored as %v", given, v)
		}
	}
	other := edit.Check(storage.Movie, storage.Members{{Name: "title", Value: "Best"}})
	if err := rule.Check(other, func(*storage.Query) error { return errors.New("asked") }); err != nil {
		t.Error(err)
	}
}

// The store is asked only about what it alone knows. Its faults join the others, and its
// failures are returned.
func TestTheStoreFindsFaults(t *testing.T) {
	t.Parallel()
	unknown := &storage.Error{Code: storage.Invalid, Faults: []storage.Fault{{Parameter: "genres", Value: "dramma", Reason: "is not the id of a genre", Nearest: "drama"}}}
	failed := storage.Errorf(storage.Unavailable, "later")
	for _, tt := range []struct {
		text   string
		answer error
		want   string // the parameters of the faults, and the nearest ids
		asked  string // the query that the store gets, "" for none
	}{
		{"year=1990", unknown, "", ""},
		{"q=star", unknown, "", ""},
		{"genres=dramma", unknown, "genres: drama", "1 conditions, no text, 0 ids"},
		{"genres=dramma&year=x", unknown, "year, genres: drama", "1 conditions, no text, 0 ids"},
		{"genres=drama&year=1990", nil, "", "1 conditions, no text, 0 ids"},
		{"genres=drama", failed, "", "1 conditions, no text, 0 ids"},
		{"q=.&q_type=regex&genres=drama&year=1990", unknown, "genres: drama", "2 conditions, text, all"},
		{"q=.&q_type=regex", nil, "", "0 conditions, text, all"},
	} {
		asked, e := "", edited(tt.text)
		err := rule.Check(e, func(q *storage.Query) error {
			text, ids := "no text", "all"
			if q.Text != nil {
				text = "text"
			}
			if q.IDs != nil {
				ids = fmt.Sprint(len(q.IDs), " ids")
			}
			if asked = fmt.Sprintf("%d conditions, %s, %s", len(q.Conditions), text, ids); q.Lenient || q.Limit != 1 {
				t.Errorf("%q: asked leniently, or for %d objects", tt.text, q.Limit)
			}
			return tt.answer
		})
		if fails := errors.Is(tt.answer, failed); errors.Is(err, failed) != fails || !fails && err != nil {
			t.Errorf("%q: got the error %v", tt.text, err)
		}
		if diff := cmp.Diff([]string{tt.want, tt.asked}, []string{faults(t, e), asked}); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.text, diff)
		}
	}
}
