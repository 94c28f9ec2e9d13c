package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"marquee/api/problem"
	"marquee/storage"
	"marquee/storage/edit"
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

// grammar is what the value of a parameter must match.
func grammar(p Parameter, kind Kind) *regexp.Regexp {
	form := `(?s).+`
	switch {
	case p.List:
		form = items
	case p.Name == "limit" && kind == ListPath:
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
	case p.Filter.Kind == storage.Flag:
		form = `true|false`
	}
	return regexp.MustCompile(`^(?:` + form + `)$`)
}

// FuzzQuery holds, for every path that is read, that a query string is refused
// with reasons or is in the contract's grammar and has a normal form, and that
// what is proposed as a correction is taken.
func FuzzQuery(f *testing.F) {
	for i, s := range []string{
		"limit=0", "limit=100&offset=2147483647", "limit=101&offset=2147483648", "sort=-titel&genres=a,,b", "added=2014-12-31", "rating=9...1", "year=..", "fields=-images.poster,titel",
		"a;b", "%zz=1&ids=1,%20", "cursor=AQ&offset=1", "utm_x=%", "likes=007&likes=7", "recommended=TRUE", "rating_from=10.0", "rating=0.0..10", "views=5...10", "year=10..0", "dislikes=-1",
		"modified=2014-02-30T00-00", "added=2014-12-31T23:59:00Z", "q=*:*&q_type=exact", "q=(&q_type=regex", "q_type=match", "q=%00", "q=%ff", "since=0&limit=1000", "before=1&limit=100", "genres=ALL,drama",
		"ids=1,1,2&fields=id,-id", "genres_all=drama&persons=7,x", "oauth_token=1&gclid=2", "sort=relevance", "title=&title=",
	} {
		f.Add(uint8(i), s)
	}
	routes := readRoutes()
	f.Fuzz(func(t *testing.T, which uint8, raw string) {
		if len(raw) > maxQuery {
			return
		}
		route := routes[int(which)%len(routes)]
		a := askRaw(route, raw)
		if err := a.refuse(); err != nil {
			checkRefusal(t, route, raw, a)
			return
		}
		for _, p := range a.pairs {
			for _, known := range a.parameters {
				if known.Name == p.name && !grammar(known, route.Kind).MatchString(p.value) {
					t.Errorf("%s?%s: %s=%q was taken", route.Template, raw, p.name, p.value)
				}
			}
		}
		again := askRaw(route, joinQuery(a.pairs))
		if len(again.faults) > 0 || !reflect.DeepEqual(a.pairs, again.pairs) || !reflect.DeepEqual(a.query.Conditions, again.query.Conditions) {
			t.Errorf("%s?%s is %q, which reads as %q: %v", route.Template, raw, joinQuery(a.pairs), joinQuery(again.pairs), again.faults)
		}
	})
}

// readRoutes are those whose GET takes parameters.
func readRoutes() []Route {
	var out []Route
	for _, r := range Routes() {
		if len(r.Parameters(http.MethodGet)) > 0 {
			out = append(out, r)
		}
	}
	return out
}

func askRaw(route Route, raw string) *asked {
	pairs, faults := splitQuery(raw)
	a := ask(route.Template, route.Noun, route.Parameters(http.MethodGet), pairs)
	a.faults = append(faults, a.faults...)
	return a
}

func checkRefusal(t *testing.T, route Route, raw string, a *asked) {
	t.Helper()
	for _, wrong := range a.faults {
		if wrong.Reason == "" {
			t.Errorf("%s?%s: a fault of %q without reason", route.Template, raw, wrong.Parameter)
		}
	}
	if body := problem.From(a.refuse()).Encode("x"); !json.Valid(body) {
		t.Errorf("%s?%s is answered by %s", route.Template, raw, body)
	}
	fixed := a.corrected()
	if _, query, _ := strings.Cut(fixed, "?"); fixed != "" && len(askRaw(route, query).faults) > 0 {
		t.Errorf("%s?%s is corrected to %q, which is refused", route.Template, raw, fixed)
	}
}

// FuzzRange holds that what is taken as a range of numbers, ratings or datetimes
// has ends in order, and means the same when it is written anew.
func FuzzRange(f *testing.F) {
	for _, s := range []string{
		"5", "5..10", "5..", "..10", "..", "5...10", "7.25..7.26", "2014-12-31T23-59..", "0..0", "+5", "10..0", "9223372036854775808", "10.0", "10.1", "07", "1.5", "0x1", "1_0",
		"2014-12-31T23-59-59", "..2016-02-29T00-00", "2015-02-29T00-00", "2014-99-01T00-00", "2014-12-31T24-00", "2014-12-31T23-59-60", "9999-12-31T23-59", "0000-01-01T00-00..0001-01-01T00-00", "٢",
	} {
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
			case c.Range.From != nil && c.Range.To != nil && *c.Range.From > *c.Range.To:
				if kind != storage.DecimalRange || *c.Range.From > *c.Range.To+1 { // between two tenths lies nothing
					t.Errorf("%q goes from %d to %d", value, *c.Range.From, *c.Range.To)
				}
			default:
				written := written(kind, c.Range.From) + ".." + written(kind, c.Range.To)
				if again, faults := parseRange(kind, written); len(faults) > 0 || !reflect.DeepEqual(c, again) {
					t.Errorf("%q is written as %q, which is %v, %v", value, written, again, faults)
				}
			}
		}
	})
}

// written is an end of a range, "" when it is open.
func written(kind storage.FilterKind, n *int64) string {
	switch {
	case n == nil:
		return ""
	case kind == storage.DecimalRange:
		return fmt.Sprintf("%d.%d", *n/10, *n%10)
	case kind == storage.TimeRange:
		return storage.FormatTime(time.Unix(*n, 0))
	}
	return fmt.Sprint(*n)
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

// FuzzBody holds that a body is refused with reasons that have their place in it,
// or makes an object which, sent back as GET shows it, is taken and changes
// nothing.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"meta":{},"movie":{"title":"Heat","imdb_rating":7.2,"release_month":12,"genres":["drama",{"name":"Film noir"}],"languages":["en"],"countries":["US"],"mpaa":"PG-13"}}`,
		`{"movie":{"title":"Heat","imdb_rating":7.25,"release_month":13,"duration":-1,"mpaa":"X","languages":["xx"]}}`,
		`{"movie":{"title":"a","images":{"poster":{"342":{"width":342,"height":513,"url":"https://e.example/a.jpg"}}},"streams":{"720p":{"type":"HLS"}},"web_links":{"a":null}}}`,
		`{"movie":{"TITLE":"a","title":"b","title":"c","titel":1}}`, `{"movie":{"title":"\u0000"}}`, `{"movie":{"title":"\ud800"}}`, "{\"movie\":{\"title\":\"\xff\"}}", `{"movie":{"title":"a"}} x`,
		`{"movie":{"id":"1","likes":1,"snippet":null,"title":"a"}}`, `{"movie":{"imdb_id":"tt1234567","magnet_hash":"` + strings.Repeat("a", 40) + `","title":" "}}`, `{"movies":{}}`, `{"meta":{"a":1},"movie":[]}`,
		`{"genre":{"name":"Film noir","id":"film-noir"}}`, `{"person":{"name":"Ann","birth_date":"1960-02-30"}}`, `{"season":{"number":1,"serie_id":"1"}}`, `{"episode":{"number":0.5,"air_date":"2014-12-31"}}`,
		`{"serie":{"title":"A","ended_year":1}}`, `[]`, `null`, strings.Repeat("[", 40),
	} {
		for i := range storage.Nouns {
			f.Add(uint8(i), []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		n := storage.Nouns[int(which)%len(storage.Nouns)]
		d, faults := made(n, data)
		for _, wrong := range faults {
			if wrong.Reason == "" || wrong.Pointer != "" && wrong.Pointer[0] != '/' {
				t.Errorf("%s: %+v", data, wrong)
			}
		}
		if len(faults) > 0 || d == nil {
			return
		}
		body := d.AppendJSON(nil)
		object, faults := readEnvelope(fmt.Appendf(nil, `{"meta":{},"%s":%s}`, n.Name, body), n.Name)
		if object == nil {
			t.Fatalf("%s makes %s: %v", data, body, faults)
		}
		again, more := edit.Check(n, object).Apply(d, false)
		if len(faults)+len(more) > 0 || !bytes.Equal(again.AppendJSON(nil), body) {
			t.Errorf("%s makes %s, sent back it makes %s: %v %v", data, body, again.AppendJSON(nil), faults, more)
		}
	})
}

// made is the object that a body makes, nil when it has one only with the
// store's help, which gives references by name an id.
func made(n *storage.Noun, data []byte) (*storage.Document, []storage.Fault) {
	object, faults := readEnvelope(data, n.Name)
	if object == nil {
		return nil, faults
	}
	d, more := edit.Check(n, object).Apply(storage.NewDocument(n), true)
	if faults = append(faults, more...); len(faults) > 0 {
		return nil, faults
	}
	if !n.Slug {
		d.ID = "7"
	}
	for _, f := range n.References() {
		list, _ := d.Fields[f.Name].([]any)
		for _, item := range list {
			if _, named := item.(edit.Reference); named {
				return nil, nil
			}
		}
	}
	return d, nil
}
