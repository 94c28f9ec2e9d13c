package param

import (
	"encoding/json"
	"marquee/api/cursor"
	"marquee/api/problem"
	"marquee/api/querystring"
	"marquee/storage"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// The forms of the contract (section 4), apart from how they are read.
const (
	wholeNumber = `(?:0|[1-9][0-9]*)`
	rating      = wholeNumber + `(?:\.[0-9]+)?`
	datetime    = `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}(?:-[0-9]{2})?`
	items       = `[^\s,](?:[^,]*[^\s,])?(?:,[^\s,](?:[^,]*[^\s,])?)*`
)

func rangeOf(form string) string {
	return form + `|` + form + `\.\.|\.\.` + form + `|` + form + `\.\.` + form
}

// grammar returns the form of a parameter's accepted values.
func grammar(p Parameter, ofList bool) *regexp.Regexp {
	form := `(?s).+`
	switch {
	case p.List:
		form = items
	case p.Name == "limit" && ofList:
		form = `[1-9][0-9]?|100`
	case p.Name == "offset", p.Name == "since":
		form = wholeNumber
	case p.Name == "limit", p.Name == "before":
		form = `[1-9][0-9]*`
	case p.Name == "sort":
		form = `-?[a-z_]+`
	case p.Filter == nil:
	case p.Filter.Kind == storage.CountRange:
		form = rangeOf(wholeNumber)
	case p.Filter.Kind == storage.DecimalRange:
		form = rangeOf(rating)
	case p.Filter.Kind == storage.DecimalAbove:
		form = rating
	case p.Filter.Kind == storage.TimeRange:
		form = rangeOf(datetime)
	case p.Filter.Kind == storage.Flag, p.Filter.Kind == storage.Active:
		form = `true|false`
	}
	return regexp.MustCompile(`^(?:` + form + `)$`)
}

// endpoint is an endpoint that has parameters.
type endpoint struct {
	path string
	list *storage.Noun // nil for other endpoints
	// parse returns the request and, for a list, its parameters.
	parse func(path, raw string) (*Request, *List, error)
}

func endpoints() []endpoint {
	var out []endpoint
	for _, n := range storage.Nouns {
		out = append(out,
			endpoint{"/2.0/" + n.Plural, n, func(path, raw string) (*Request, *List, error) {
				p, err := ParseList(n, path, raw)
				return &p.Request, p, err
			}},
			endpoint{"/2.0/" + n.Plural + "/1", nil, func(path, raw string) (*Request, *List, error) {
				p, err := ParseObject(n, path, raw)
				return &p.Request, nil, err
			}},
			endpoint{"/2.0/" + n.Plural + "/1", nil, func(path, raw string) (*Request, *List, error) {
				p, err := ParseDeletion(n, path, raw)
				return &p.Request, nil, err
			}})
	}
	return append(out,
		endpoint{"/2.0/changes", nil, func(path, raw string) (*Request, *List, error) {
			p, err := ParseChanges(path, raw)
			return &p.Request, nil, err
		}},
		endpoint{"/2.0/movies/1/history", nil, func(path, raw string) (*Request, *List, error) {
			p, err := ParseHistory(path, raw)
			return &p.Request, nil, err
		}},
		endpoint{"/2.0/apps", nil, func(path, raw string) (*Request, *List, error) {
			p, err := ParsePage(path, raw)
			return &p.Request, nil, err
		}})
}

// FuzzQuery checks, for every endpoint, that a query string is either refused with
// reasons or matches the grammar of the contract and has a canonical form, and that
// a proposed correction is accepted.
func FuzzQuery(f *testing.F) {
	for i, s := range []string{
		"limit=0", "limit=100&offset=2147483647", "limit=101&offset=2147483648", "sort=-titel&genres=a,,b", "added=2014-12-31", "rating=9...1", "year=..", "fields=-images.poster,titel",
		"a;b", "%zz=1&ids=1,%20", "cursor=AQ&offset=1", "utm_x=%", "likes=007&likes=7", "recommended=TRUE", "rating_from=10.0", "rating=0.0..10", "views=5...10", "year=10..0", "dislikes=-1",
		"modified=2014-02-30T00-00", "added=2014-12-31T23:59:00Z", "q=*:*&q_type=exact", "q=(&q_type=regex", "q_type=match", "q=%00", "q=%ff", "since=0&limit=1000", "before=1&limit=100", "genres=ALL,drama",
		"ids=1,1,2&fields=id,-id", "genres_all=drama&persons=7,x", "oauth_token=1&gclid=2", "sort=relevance", "title=&title=",
	} {
		f.Add(uint8(i), s)
	}
	all := endpoints()
	f.Fuzz(func(t *testing.T, which uint8, raw string) {
		if len(raw) > maxQuery {
			return
		}
		e := all[int(which)%len(all)]
		r, list, err := e.parse(e.path, raw)
		if err != nil {
			checkRefusal(t, &e, raw, r, err)
			return
		}
		for _, p := range r.pairs {
			for _, known := range r.parameters {
				if known.Name == p.Name && !grammar(known, e.list != nil).MatchString(p.Value) {
					t.Errorf("%s?%s: %s=%q was accepted", e.path, raw, p.Name, p.Value)
				}
			}
		}
		canonical := querystring.Join(r.pairs)
		again, listAgain, err := e.parse(e.path, canonical)
		if err != nil || !reflect.DeepEqual(r.pairs, again.pairs) || list != nil && !reflect.DeepEqual(list.Query.Conditions, listAgain.Query.Conditions) {
			t.Errorf("%s?%s has the canonical form %q, which is parsed as %q: %v", e.path, raw, canonical, querystring.Join(again.pairs), err)
		}
	})
}

func checkRefusal(t *testing.T, e *endpoint, raw string, r *Request, err error) {
	t.Helper()
	for _, f := range r.faults {
		if f.Reason == "" {
			t.Errorf("%s?%s: the fault of %q has no reason", e.path, raw, f.Parameter)
		}
	}
	if body := problem.From(err).Encode("x"); !json.Valid(body) {
		t.Errorf("%s?%s: the problem is not JSON: %s", e.path, raw, body)
	}
	corrected := r.corrected()
	if _, query, _ := strings.Cut(corrected, "?"); corrected != "" {
		if _, _, err := e.parse(e.path, query); err != nil {
			t.Errorf("%s?%s is corrected to %q, which is refused: %v", e.path, raw, corrected, err)
		}
	}
}

// FuzzCursor checks that no cursor panics, and that an accepted cursor is exactly
// the cursor that Links returns.
func FuzzCursor(f *testing.F) {
	parse := func(cursor string) (*List, error) {
		return ParseList(storage.Movie, "/2.0/movies", "sort=title&cursor="+url.QueryEscape(cursor))
	}
	p, err := ParseList(storage.Movie, "/2.0/movies", "sort=title")
	if err != nil {
		f.Fatal(err)
	}
	for _, key := range []storage.Key{{Text: "\x00\xff"}, {Text: ""}, {Number: 5}} {
		c := cursor.Cursor{Query: p.hash(), Offset: 10, Position: storage.Position{Key: key, ID: "7"}}
		f.Add(c.String())
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parse(text)
		if err != nil || text == "" {
			return
		}
		again := cursor.Cursor{Query: p.hash(), Offset: p.Offset, Position: *p.Query.After}
		if again.String() != text {
			t.Errorf("%q is encoded again as %q", text, again.String())
		}
	})
}
