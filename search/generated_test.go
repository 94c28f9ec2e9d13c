package search_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/strictjson"
)

// agreeWords are the words of titles, descriptions, names and expressions in the
// generated catalogue. They fold, contain each other, and are syntax to an engine.
var agreeWords = []string{"Star", "star", "STÄR", "Wars", "war", "Straße", "strasse", "Kelvin", "\u212aelvin", "100%", "under_score", `back\slash`, "七人の侍", "The", "of", "O'Neil", "ſtar"}

// generated yields films and series that often share values, more of each than a shallow
// page has.
func generated(yield func(*incoming.Record, error) bool) {
	r := rand.New(rand.NewPCG(7, 7))
	words := func(n int, between ...string) string {
		var w []string
		for range n {
			w = append(w, pick(r, agreeWords))
		}
		return strings.Join(w, pick(r, between))
	}
	line := 0
	for _, kind := range []struct {
		noun  *storage.Noun
		count int
	}{{storage.Movie, 240}, {storage.Serie, 140}} {
		for range kind.count {
			fields := map[string]string{"title": words(1+r.IntN(3), " ", "  ", "-"), "description": words(r.IntN(8), " ", "-", "\n")}
			e := edit.Check(kind.noun, members(fields, pick(r, []string{"", `"release_year": 1950`, `"release_year": 1951, "imdb_rating": 7.2`, `"release_year": 2000, "imdb_rating": 7.3, "recommended": true`})))
			for field, names := range map[string][]string{"genres": {"Drama", "War", "Noir"}, "starring": {"Ann Star", "Béa Wars", "100%"}, "directors": {"Ann Star", "O'Neil"}} {
				e.Values[field] = references(r, names)
			}
			for field, values := range map[string][]string{"languages": {"en", "fr", "cy"}, "countries": {"US", "FR", "GB", "LI"}} {
				e.Values[field] = some(r, values)
			}
			if rating := pick(r, []any{nil, "PG", "PG-13", "R", "NR"}); rating != nil && kind.noun == storage.Movie {
				e.Values["mpaa"] = rating
			}
			line++
			if !yield(&incoming.Record{Position: incoming.Position{File: "generated", Line: line}, Noun: kind.noun, Key: fmt.Sprint(line), Edit: e}, nil) {
				return
			}
		}
	}
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// members makes a JSON object of the texts that are not empty, and more members.
func members(texts map[string]string, more string) storage.Members {
	var parts []string
	for name, text := range texts {
		if text != "" {
			parts = append(parts, fmt.Sprintf("%q: %s", name, storage.AppendJSON(nil, &storage.Type{Kind: storage.Text}, text)))
		}
	}
	if more != "" {
		parts = append(parts, more)
	}
	v, fault := strictjson.Parse([]byte("{" + strings.Join(parts, ", ") + "}"))
	if fault != nil {
		panic(fault)
	}
	return v.(storage.Members)
}

// references returns some of the names.
func references(r *rand.Rand, names []string) []any {
	list := []any{}
	for _, name := range names {
		if r.IntN(3) == 0 {
			list = append(list, edit.Reference{Name: name})
		}
	}
	return list
}

// some returns some of the values.
func some(r *rand.Rand, values []string) []any {
	list := []any{}
	for _, v := range values {
		if r.IntN(3) == 0 {
			list = append(list, v)
		}
	}
	return list
}

// counts gives the generated objects different times, and counters to most of them.
const counts = `
UPDATE movies SET added = to_timestamp(1700000000 + id % 7), modified = to_timestamp(1700000100 + id % 5);
UPDATE series SET added = to_timestamp(1700000000 + id % 7), modified = to_timestamp(1700000100 + id % 5);
INSERT INTO movie_counters (id, likes, dislikes, views) SELECT id, id % 4, id % 3, id * 7 % 5 FROM movies WHERE id % 6 > 0;
INSERT INTO serie_counters (id, likes, dislikes, views) SELECT id, id % 4, id % 3, id * 7 % 5 FROM series WHERE id % 6 > 0`

// drawPattern draws a pattern of the words, as clients write them.
func drawPattern(r *rand.Rand, depth int) string {
	piece := func() string {
		runes := []rune(pick(r, agreeWords))
		from := r.IntN(len(runes))
		return regexp.QuoteMeta(string(runes[from : from+1+r.IntN(len(runes)-from)]))
	}
	if depth == 0 {
		return pick(r, []string{piece(), piece(), piece(), ".", "[a-z]", `\pL`, "[0-9]", `\b`, ""})
	}
	a, b := drawPattern(r, depth-1), drawPattern(r, depth-1)
	switch r.IntN(9) {
	case 0:
		return "(" + a + "|" + b + ")"
	case 1:
		return a + ".*" + b
	case 2:
		return "(?:" + a + ")?" + b
	case 3:
		return "(?:" + a + "){1,2}" + b
	case 4:
		return "(?i)" + a
	case 5:
		return pick(r, []string{"^", `\A`, "(?m)^"}) + a
	case 6:
		return a + pick(r, []string{"$", `\z`, "(?m:$)"})
	}
	return a + b
}

// drawSought draws an exact text or an expression within the limits, or nil.
func drawSought(r *rand.Rand, kind storage.TextKind, docs []*storage.Document) *storage.TextQuery {
	for {
		var q string
		switch kind {
		case "":
			return nil
		case storage.Exact:
			q = pick(r, pick(r, docs).SearchedValues())
			q = pick(r, []string{q, strings.ToUpper(q), " " + q + "  "})
		case storage.Regex:
			q = drawPattern(r, r.IntN(4))
		}
		if text, err := search.NewText(kind, q); err == nil && q != "" {
			return text
		}
	}
}

// drawOf draws a value for a filter that selects some of the generated objects.
func drawOf(r *rand.Rand, f *storage.Filter, docs []*storage.Document) storage.Condition {
	c := storage.Condition{Filter: f}
	values := []int64{0, 1, 2, 4, 5}
	switch {
	case f.Kind == storage.AnyOf || f.Kind == storage.AllOf:
		for range 1 + r.IntN(2) {
			of, _ := pick(r, docs).Fields[f.Fields[0]].([]any)
			for _, id := range of[:min(1, len(of))] {
				c.IDs = append(c.IDs, id.(string))
			}
		}
		if len(c.IDs) == 0 {
			return drawOf(r, f, docs)
		}
		slices.Sort(c.IDs)
		c.IDs = slices.Compact(c.IDs)
		return c
	case f.Kind == storage.OneOf:
		of := map[string][]string{"languages": {"en", "fr", "cy", "de"}, "countries": {"US", "FR", "GB", "LI"}, "mpaa": {"PG", "PG-13", "NR", "G"}}[f.Name]
		for range 1 + r.IntN(2) {
			c.Values = append(c.Values, pick(r, of))
		}
		return c
	case f.Kind == storage.Flag:
		return c
	case f.Kind == storage.TimeRange:
		values = []int64{1700000002, 1700000004, 1700000102, 1700000103}
	case f.Kind == storage.DecimalRange || f.Kind == storage.DecimalAbove:
		values = []int64{0, 71, 72, 73, 100}
	case f.Name == "year":
		values = []int64{1949, 1950, 1951, 2000}
	}
	from, to := pick(r, values), pick(r, values)
	if from > to {
		from, to = to, from
	}
	if c.Range.From = &from; f.Kind != storage.DecimalAbove && r.IntN(2) == 0 {
		c.Range.To = &to
	}
	return c
}

// shown describes a query.
func shown(q *storage.Query) string {
	s := fmt.Sprintf("%s by %s, descending %v, from %d", q.Noun.Plural, q.Order.Sort.Name, q.Order.Descending, q.Offset)
	if q.Text != nil {
		s += fmt.Sprintf(", %s %q", q.Text.Kind, q.Text.Query)
	}
	if len(q.Except) > 0 {
		s += fmt.Sprintf(", except %v", q.Except)
	}
	for _, c := range q.Conditions {
		s += fmt.Sprintf(", %s %v", c.Filter.Name, slices.Concat(c.IDs, c.Values))
		for _, end := range []*int64{c.Range.From, c.Range.To} {
			if end != nil {
				s += fmt.Sprintf(" %d", *end)
			}
		}
	}
	return s
}
