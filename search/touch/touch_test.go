package touch_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search"
	engine "marquee/search/postgres"
	"marquee/search/text"
	"marquee/search/touch"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/strictjson"
)

// Words in several forms, compounds, synonyms, and words that the engines cut at
// different places.
var (
	pieces = strings.Fields(`star stars starring wars war warring run running runner runs city cities matrix godfather godfathers
		spider man spiderman spider-man rocky ii 2 two III 3 the who it is what and & science fiction sci fi scifi scary horror doc
		documentary 1984 80s M*A*S*H mash E.T. et l.a. 8½ 8 七人の侍 侍 café cafe naïve москва don't dont don´t !!! part movie film
		organizations organize sensibility sensible 3.5 a i western drama u2`)
	people = []string{"Tom Hanks", "Ann Star", "De Niro", "O'Neil", "Wars Cityman", "Running Bear"}
)

// drawText makes a text of pieces.
func drawText(t *rapid.T, name string, most int) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, most).Draw(t, name), " ")
}

// misspell changes up to two letters of a text.
func misspell(t *rapid.T, s string) string {
	runes := []rune(s)
	for range rapid.IntRange(0, 2).Draw(t, "typos") {
		i := rapid.IntRange(0, len(runes)-1).Draw(t, "at")
		switch rapid.IntRange(0, 3).Draw(t, "typo") {
		case 0:
			runes[i] = 'e'
		case 1:
			runes = slices.Insert(runes, i, 'r')
		case 2:
			if len(runes) > 1 {
				runes = slices.Delete(runes, i, i+1)
			}
		case 3:
			runes[i], runes[max(i-1, 0)] = runes[max(i-1, 0)], runes[i]
		}
	}
	if strings.TrimSpace(string(runes)) == "" {
		return s
	}
	return string(runes)
}

// drawScreen makes the body of a movie or series.
func drawScreen(t *rapid.T) string {
	body := fmt.Sprintf(`{"title": %q, "release_year": %d, "genres": [%s], "starring": [%s]`, drawText(t, "title", 3),
		rapid.IntRange(1983, 1986).Draw(t, "year"), rapid.SampledFrom([]string{"", `"drama"`, `"western"`, `"western", "drama"`}).Draw(t, "genres"),
		rapid.SampledFrom([]string{"", `"1"`, `"2", "3"`, `"4"`, `"5", "6"`}).Draw(t, "starring"))
	if languages := rapid.SampledFrom([]string{"", `"en"`, `"fr", "en"`}).Draw(t, "languages"); languages != "" {
		body += fmt.Sprintf(`, "languages": [%s]`, languages)
	}
	if rapid.Bool().Draw(t, "described") {
		body += fmt.Sprintf(`, "description": %q`, drawText(t, "description", 4))
	}
	return body + "}"
}

// shelf is a catalogue with its engine.
type shelf struct {
	t testing.TB
	*postgres.Store
	engine *engine.Engine
}

func newShelf(t testing.TB) *shelf {
	t.Helper()
	url := devstack.Postgres(t)
	if _, err := postgres.Migrate(await.Context(t), url, postgres.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(await.Context(t), url, postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &shelf{t: t, Store: s, engine: engine.New(s)}
}

// write makes a write. A refused one changes nothing.
func (s *shelf) write(op storage.Operation, n *storage.Noun, id, body string) {
	w := &edit.Write{Operation: op, Noun: n, ID: id, Cascade: true}
	if op != storage.Delete {
		v, fault := strictjson.Parse([]byte(body))
		if fault != nil {
			s.t.Fatalf("%s: %+v", body, fault)
		}
		w.Edit = edit.Check(n, v.(storage.Members))
	}
	if _, err := s.Write(await.Context(s.t), w); err != nil && storage.CodeOf(err) == storage.Internal {
		s.t.Fatalf("%s %s %s %s: %v", op, n.Name, id, body, err)
	}
}

// fill makes a small catalogue of every noun.
func (s *shelf) fill(movies []string) {
	for _, g := range []string{"Drama", "Western", "Science Fiction"} {
		s.write(storage.Create, storage.Genre, "", fmt.Sprintf(`{"name": %q}`, g))
	}
	for _, p := range people {
		s.write(storage.Create, storage.Person, "", fmt.Sprintf(`{"name": %q}`, p))
	}
	for _, m := range movies {
		s.write(storage.Create, storage.Movie, "", m)
	}
	for i := range 3 {
		s.write(storage.Create, storage.Serie, "", movies[i])
		s.write(storage.Create, storage.Season, "", fmt.Sprintf(`{"serie_id": "%d", "number": 1}`, i+1))
	}
}

// drawWrite makes a random write.
func (s *shelf) drawWrite(t *rapid.T) {
	id := fmt.Sprint(rapid.IntRange(1, 34).Draw(t, "id"))
	op := rapid.SampledFrom([]storage.Operation{storage.Create, storage.Update, storage.Update, storage.Delete}).Draw(t, "operation")
	if rapid.IntRange(0, 3).Draw(t, "describe") == 0 { // most lists are kept
		s.write(storage.Update, storage.Movie, id, fmt.Sprintf(`{"description": %q, "mpaa": "R"}`, drawText(t, "description", 4)))
		return
	}
	switch n := rapid.SampledFrom([]*storage.Noun{storage.Movie, storage.Movie, storage.Movie, storage.Serie, storage.Person, storage.Genre, storage.Season}).Draw(t, "noun"); n {
	case storage.Movie, storage.Serie:
		s.write(op, n, id, drawScreen(t))
	case storage.Person:
		s.write(op, n, fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "person")), fmt.Sprintf(`{"name": %q}`, drawText(t, "name", 2)))
	case storage.Genre:
		s.write(op, n, rapid.SampledFrom([]string{"drama", "western", "new"}).Draw(t, "genre"),
			fmt.Sprintf(`{"name": %q}`, rapid.SampledFrom([]string{"New", "Drama", "Neo Western", "Star"}).Draw(t, "name")))
	case storage.Season:
		s.write(op, n, fmt.Sprint(rapid.IntRange(1, 4).Draw(t, "season")), fmt.Sprintf(`{"number": %d}`, rapid.IntRange(1, 9).Draw(t, "number")))
	}
}

// drawQuery makes a random list.
func drawQuery(t *rapid.T) *storage.Query {
	n := rapid.SampledFrom([]*storage.Noun{storage.Movie, storage.Movie, storage.Movie, storage.Serie, storage.Person, storage.Season}).Draw(t, "noun")
	q := &storage.Query{Noun: n, Limit: rapid.SampledFrom([]int{1, 5, 100}).Draw(t, "limit"), Offset: rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "offset"),
		Order: storage.Order{Sort: &n.Sorts[0], Descending: rapid.Bool().Draw(t, "descending")}}
	if n == storage.Season {
		q.Conditions = []storage.Condition{{Filter: &n.Filters[0], IDs: []string{fmt.Sprint(rapid.IntRange(1, 4).Draw(t, "serie"))}}}
		return q
	}
	drawConditions(t, q)
	drawFacets(t, q)
	q.Lenient = rapid.Bool().Draw(t, "lenient")
	if rapid.IntRange(0, 3).Draw(t, "except") == 0 {
		q.Except = []string{"1", "2", "4", "5", "30", "32"}
	}
	if rapid.IntRange(0, 5).Draw(t, "ids") == 0 {
		q.IDs = []string{"1", "3", "30", "33", "99"}
	}
	kind := rapid.SampledFrom([]storage.TextKind{"", storage.Exact, storage.Regex, storage.Match, storage.Match, storage.Match}).Draw(t, "kind")
	switch kind {
	case "":
		return q
	case storage.Match:
		q.Text, q.Order, q.Limit, q.Offset = drawWords(t), storage.Order{Sort: &storage.Relevance}, 100, 0
		q.Highlight, q.DidYouMean = true, len(q.Except) == 0
		return q
	}
	text := drawText(t, "text", 3)
	if kind == storage.Regex {
		text = "(?i)" + regexp.QuoteMeta(text)
	}
	var err error
	if q.Text, err = search.NewText(kind, text); err != nil {
		t.Fatal(err)
	}
	return q
}

// drawWords draws the text of a search by words: misspelt or not, with or without a
// phrase.
func drawWords(t *rapid.T) *storage.TextQuery {
	words := misspell(t, drawText(t, "text", 3))
	if rapid.IntRange(0, 3).Draw(t, "quoted") == 0 {
		words = `"` + words + `" ` + drawText(t, "more", 2)
	}
	text, err := search.NewText(storage.Match, words)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// drawMatch draws a search by words.
func drawMatch(t *rapid.T) *storage.Query {
	q := &storage.Query{Noun: storage.Movie, Text: drawWords(t), Order: storage.Order{Sort: &storage.Relevance}, Limit: 100}
	drawConditions(t, q)
	drawFacets(t, q)
	return q
}

func drawFacets(t *rapid.T, q *storage.Query) {
	q.FacetLimit = 100
	for _, f := range q.Noun.Facets() {
		if rapid.IntRange(0, 3).Draw(t, "facet "+f.Name) == 0 {
			q.Facets = append(q.Facets, f)
		}
	}
}

func drawConditions(t *rapid.T, q *storage.Query) {
	for i := range q.Noun.Filters {
		f := &q.Noun.Filters[i]
		if rapid.IntRange(0, 5).Draw(t, "use "+f.Name) > 0 {
			continue
		}
		switch {
		case f.Target == "genre":
			q.Conditions = append(q.Conditions, storage.Condition{Filter: f, IDs: []string{rapid.SampledFrom([]string{"drama", "western", "new"}).Draw(t, "genre")}})
		case f.Target == "person":
			q.Conditions = append(q.Conditions, storage.Condition{Filter: f, IDs: []string{fmt.Sprint(rapid.IntRange(1, 8).Draw(t, "person"))}})
		case f.Name == "languages":
			q.Conditions = append(q.Conditions, storage.Condition{Filter: f, Values: []string{rapid.SampledFrom([]string{"en", "fr"}).Draw(t, "language")}})
		case f.Name == "year":
			from := int64(rapid.IntRange(1983, 1986).Draw(t, "from"))
			q.Conditions = append(q.Conditions, storage.Condition{Filter: f, Range: storage.Range{From: &from}})
		}
	}
}

// answer returns everything that the answer to a query shows, but for the order of a
// search by words, and what the text may have meant.
func (s *shelf) answer(q *storage.Query) (string, *storage.Meant) {
	page, err := s.engine.List(await.Context(s.t), q)
	if err != nil {
		return err.Error(), nil
	}
	out := fmt.Sprintln(page.Total, page.Missing, page.Relaxed, page.Next != nil)
	for _, f := range page.Facets {
		out += fmt.Sprintln(f.Filter.Name, f.Counts)
	}
	if page.Meant != nil {
		out += page.Meant.Text + "\n"
	}
	var bodies []string
	for i, o := range page.Objects {
		bodies = append(bodies, string(o.Body))
		if q.Highlight {
			bodies[i] += fmt.Sprint(page.Highlights[i])
		}
	}
	if q.Text != nil && q.Text.Kind == storage.Match { // every write shifts how rare a word is
		slices.Sort(bodies)
	}
	return out + strings.Join(bodies, "\n"), page.Meant
}

// changes returns the changes after a version.
func (s *shelf) changes(since int64) []storage.Change {
	c, err := s.Changes(await.Context(s.t), since, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return c.Changes
}

// page returns the objects that a page shows, and everything else that its answer shows.
func (s *shelf) page(q *storage.Query) (objects []string, rest string, m *storage.Meant) {
	page, err := s.engine.List(await.Context(s.t), q)
	if err != nil {
		return nil, err.Error(), nil
	}
	for _, o := range page.Objects {
		objects = append(objects, o.ID)
	}
	rest, m = s.answer(q)
	return objects, rest, m
}

// A write that changes the answer to a list touches the list. An answer that does not show the
// written object changes only if the write does not keep the list.
func TestWhatChangesAnAnswerTouchesIt(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.fill(rapid.SliceOfN(rapid.Custom(drawScreen), 30, 30).Example(1))
	changed, touched, all, meant := 0, 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		queries := rapid.SliceOfN(rapid.Custom(drawQuery), 12, 12).Draw(rt, "queries")
		before, shown, interests := make([]string, len(queries)), make([][]string, len(queries)), make([][]*touch.Interest, len(queries))
		for i, q := range queries {
			var m *storage.Meant
			shown[i], before[i], m = s.page(q)
			interests[i] = append(touch.Meant(q, m), touch.NewInterest(q))
			if m != nil && m.Text != "" {
				meant++
			}
		}
		version, err := s.Version(await.Context(t))
		if err != nil {
			rt.Fatal(err)
		}
		s.drawWrite(rt)
		changes := s.changes(version)
		for at, q := range queries {
			touches := slices.ContainsFunc(changes, func(c storage.Change) bool {
				return slices.ContainsFunc(interests[at], func(i *touch.Interest) bool {
					return i.Touched(&c) && (!i.Keeps(&c) || slices.Contains(shown[at], c.IDs[0]))
				})
			})
			all++
			if touches {
				touched++
			}
			if after, _ := s.answer(q); after != before[at] {
				changed++
				if !touches {
					rt.Fatalf("%s: %+v is not touched\nby %s\nbefore %s\nafter %s", q.Noun.Plural, q.Text, describe(changes), before[at], after)
				}
			}
		}
	})
	t.Logf("of %d answers %d changed, %d were touched; %d had a text that may be meant", all, changed, touched, meant)
	if touched == all || changed == 0 || meant == 0 {
		t.Error("no answer was kept, or none changed, or no text had another one that may be meant")
	}
}

// A change of an object that a condition names by its id touches a list, whether the list
// needs the object or not.
func TestNamedObjectsTouchTheirLists(t *testing.T) {
	t.Parallel()
	for _, lenient := range []bool{false, true} {
		q := &storage.Query{Noun: storage.Movie, Lenient: lenient, Conditions: []storage.Condition{{Filter: &storage.Movie.Filters[0], IDs: []string{"noir"}}}}
		for _, op := range []storage.Operation{storage.Create, storage.Delete, storage.Import} {
			for id, want := range map[string]bool{"noir": true, "drama": false} {
				c := &storage.Change{Noun: storage.Genre, Operation: op, IDs: []string{id}}
				if got := touch.NewInterest(q).Touched(c); got != want {
					t.Errorf("lenient %v: %s of %s touches: %v", lenient, op, id, got)
				}
			}
		}
	}
}

// A change of an object that a list leaves out touches only a search by words, which may
// be relaxed without it.
func TestExceptedObjectsTouchOnlyMatches(t *testing.T) {
	t.Parallel()
	film := &storage.Document{Noun: storage.Movie, ID: "7", Fields: map[string]any{"title": "Star Wars"}}
	c := &storage.Change{Noun: storage.Movie, Operation: storage.Update, IDs: []string{"7"}, Before: film, After: film}
	for _, kind := range []storage.TextKind{storage.Exact, storage.Match} {
		text, err := search.NewText(kind, "Star Wars")
		if err != nil {
			t.Fatal(err)
		}
		q := &storage.Query{Noun: storage.Movie, Text: text, Except: []string{"7"}}
		if got := touch.NewInterest(q).Touched(c); got != (kind == storage.Match) {
			t.Errorf("%s: touched %v", kind, got)
		}
		if q.Except = nil; !touch.NewInterest(q).Touched(c) {
			t.Errorf("%s without an exception is not touched", kind)
		}
	}
}

func describe(changes []storage.Change) string {
	out := ""
	for _, c := range changes {
		out += fmt.Sprintf("%s %s %v", c.Operation, c.Noun.Name, c.IDs)
		for _, d := range []*storage.Document{c.Before, c.After} {
			if d != nil {
				out += fmt.Sprintf(" %v %v;", d.Fields, d.Names)
			}
		}
	}
	return out
}
