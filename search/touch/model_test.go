package touch_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"marquee/search"
	"marquee/search/text"
	"marquee/search/touch"
	"marquee/storage"
)

// model answers searches by words in the simplest way: it compares the text with each
// document. Every engine finds the same documents.
type model []movie

type movie struct {
	*storage.Document
	terms *storage.Terms
}

var _ text.Vocabulary = model(nil)

// count returns the number of movies that have each word.
func (m model) count() map[string]int {
	counts := map[string]int{}
	for _, d := range m {
		for _, w := range d.terms.Words {
			counts[w]++
		}
	}
	return counts
}

func (m model) Counts(_ context.Context, _ *storage.Noun, terms []string) (map[string]int, error) {
	all, out := m.count(), map[string]int{}
	for _, t := range terms {
		if w, ok := strings.CutPrefix(t, storage.WordMark); ok && all[w] > 0 {
			out[t] = all[w]
		}
	}
	return out, nil
}

func (m model) Words(_ context.Context, _ *storage.Noun, first rune, least, most int, visit func(string, int)) error {
	for w, objects := range m.count() {
		r, _ := utf8.DecodeRuneInString(w)
		if n := utf8.RuneCountInString(w); r == first && n >= least && n <= most {
			visit(w, objects)
		}
	}
	return nil
}

// present are synonyms that do not change.
type present struct{ rules *storage.SynonymRules }

func (p present) Current() (*storage.SynonymRules, int64) { return p.rules, 1 }

func (p present) Reach(context.Context, int64) (*storage.SynonymRules, int64, error) {
	return p.rules, 1, nil
}

// drawSynonym draws a synonym.
func drawSynonym(t *rapid.T) *storage.Document {
	d := storage.NewDocument(storage.Synonym)
	words := []any{drawText(t, "a text", 2), drawText(t, "another text", 2), drawText(t, "a third text", 1)}
	d.Fields["words"] = words
	if rapid.IntRange(0, 3).Draw(t, "from") == 0 {
		d.Fields["from"] = words[0]
	}
	return d
}

// rulesOf returns the rules of synonyms. Nil is none.
func rulesOf(synonyms ...*storage.Document) storage.Synonyms {
	rules := &storage.SynonymRules{ByFirst: map[string][]storage.SynonymRule{}}
	for _, d := range synonyms {
		if d == nil {
			continue
		}
		for _, r := range text.SynonymRules(d) {
			first := r.Texts[r.Text][0]
			rules.ByFirst[first] = append(rules.ByFirst[first], r)
		}
	}
	return present{rules}
}

// answer returns what the answer to a search by words depends on, but for the rarity of
// words: the found documents, whether the search is relaxed, and the words by which a
// relaxed one finds more.
func (m model) answer(t *rapid.T, q *storage.Query) string {
	rules, _, _ := q.Text.Rules(context.Background(), 0)
	parsed := text.ParseWith(q.Text.Query, rules)
	if err := parsed.Correct(context.Background(), q.Noun, m); err != nil {
		t.Fatal(err)
	}
	var strict, relaxed []string
	tally, loose := storage.NewTally(q), storage.NewTally(q)
	for _, d := range m {
		if q.Common().Matches(d.Document) {
			if isStrict(parsed, d.terms) {
				tally.Add(d.Document)
			}
			if isRelaxed(parsed, d.terms) {
				loose.Add(d.Document)
			}
		}
		if !q.Matches(d.Document) {
			continue
		}
		shown := fmt.Sprintln(d.ID, d.Fields, d.Names)
		if isStrict(parsed, d.terms) {
			strict = append(strict, shown)
		}
		if isRelaxed(parsed, d.terms) {
			relaxed = append(relaxed, shown)
		}
	}
	if len(strict) >= text.RelaxBelow {
		return strings.Join(strict, "") + facets(tally)
	}
	near := ""
	for _, g := range parsed.Groups {
		near += "or"
		for _, n := range g.Near {
			near += fmt.Sprint(" ", n.Word, n.Edits)
		}
	}
	return fmt.Sprint(len(relaxed) > len(strict), near, "\n", strings.Join(relaxed, ""), facets(loose))
}

func facets(t *storage.Tally) (s string) {
	for _, f := range t.Facets() {
		s += fmt.Sprintln(f.Filter.Name, f.Counts)
	}
	return s
}

func isWhole(q *text.Query, t *storage.Terms) bool {
	return q.Whole != "" && slices.Contains(t.Flags, q.Whole)
}

func isStrict(q *text.Query, t *storage.Terms) bool {
	all := len(q.Groups)+len(q.Phrases) > 0 && hasPhrases(q, t)
	for i := range q.Groups {
		all = all && hasGroup(&q.Groups[i], t)
	}
	return all || isWhole(q, t)
}

func isRelaxed(q *text.Query, t *storage.Terms) bool {
	if isWhole(q, t) {
		return true
	}
	if len(q.Phrases) > 0 {
		return hasPhrases(q, t)
	}
	found, admitted := 0, false
	for i := range q.Groups {
		g := &q.Groups[i]
		if hasGroup(g, t) || slices.ContainsFunc(g.Near, func(n text.Near) bool { return slices.Contains(t.Words, n.Word) }) {
			found, admitted = found+1, admitted || q.Admits(g)
		}
	}
	return admitted && found >= q.Enough()
}

func hasGroup(g *text.Group, t *storage.Terms) bool {
	all := t.Distinct()
	return slices.ContainsFunc(g.Terms(), func(term string) bool { return slices.Contains(all, term) }) ||
		slices.ContainsFunc(g.Runs, func(run []string) bool { return hasRun(run, t) })
}

func hasPhrases(q *text.Query, t *storage.Terms) bool {
	return !slices.ContainsFunc(q.Phrases, func(p []string) bool { return !hasRun(p, t) })
}

// hasRun reports whether a value has terms next to each other.
func hasRun(p []string, t *storage.Terms) bool {
	run := func(in []string) bool {
		for i := range in {
			if i+len(p) <= len(in) && slices.Equal(in[i:i+len(p)], p) {
				return true
			}
		}
		return false
	}
	return run(t.Label) || run(t.Text) || slices.ContainsFunc(t.Names, run)
}

// drawMovie draws a movie.
func drawMovie(t *rapid.T, id int) movie {
	d := storage.NewDocument(storage.Movie)
	d.ID, d.Names = fmt.Sprint(id), map[string][]string{}
	d.Fields["title"] = drawText(t, "title", 3)
	if rapid.Bool().Draw(t, "described") {
		d.Fields["description"] = drawText(t, "description", 3)
	}
	d.Fields["release_year"] = int64(rapid.IntRange(1983, 1986).Draw(t, "year"))
	if genre := rapid.SampledFrom([]string{"", "western", "drama"}).Draw(t, "genre"); genre != "" {
		d.Fields["genres"], d.Names[storage.Genre.Plural] = []any{genre}, []string{genre}
	}
	if rapid.IntRange(0, 3).Draw(t, "starring") == 0 {
		d.Names[storage.Person.Plural] = []string{drawText(t, "name", 2)}
	}
	return movie{d, text.Terms(d)}
}

// drawChange draws a change of one of the movies, and returns them after it.
func drawChange(t *rapid.T, before model) (*storage.Change, model) {
	at := rapid.IntRange(0, len(before)-1).Draw(t, "movie")
	c := &storage.Change{Noun: storage.Movie, Operation: storage.Update, IDs: []string{before[at].ID}, Before: before[at].Document}
	after := slices.Clone(before)
	if rapid.IntRange(0, 3).Draw(t, "deleted") == 0 {
		c.Operation = storage.Delete
		return c, slices.Delete(after, at, at+1)
	}
	after[at] = drawMovie(t, at)
	if rapid.Bool().Draw(t, "same words") {
		for _, f := range storage.Movie.Searched {
			after[at].Fields[f] = before[at].Fields[f]
		}
		after[at].Names = before[at].Names
		after[at].terms = text.Terms(after[at].Document)
	}
	c.After = after[at].Document
	return c, after
}

// A write that changes the movies of a search touches it, as does one that changes the
// words that a misspelt word may be.
func TestWhatChangesAMatchTouchesIt(t *testing.T) {
	t.Parallel()
	changed, touched, all := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		before := make(model, rapid.IntRange(1, 30).Draw(rt, "movies"))
		for i := range before {
			before[i] = drawMovie(rt, i)
		}
		c, after := drawChange(rt, before)
		if c.Operation == storage.Delete && rapid.Bool().Draw(rt, "created") {
			before, after, c.Operation, c.Before, c.After = after, before, storage.Create, nil, c.Before
		}
		synonyms := rulesOf(rapid.SliceOfN(rapid.Custom(drawSynonym), 0, 6).Draw(rt, "synonyms")...)
		for range 8 {
			q := drawMatch(rt)
			q.Text.Synonyms = synonyms
			was, is := before.answer(rt, q), after.answer(rt, q)
			touches := touch.NewInterest(q).Touched(c)
			all++
			if touches {
				touched++
			}
			if was == is {
				continue
			}
			changed++
			if !touches {
				rt.Fatalf("%q %+v is not touched\nby %s\nbefore %s\nafter %s", q.Text.Query, q.Conditions, describe([]storage.Change{*c}), was, is)
			}
		}
	})
	t.Logf("of %d answers %d changed, %d were touched", all, changed, touched)
}

// A write of a synonym touches the searches whose answers it changes, and no search that
// holds none of its texts, before or after.
func TestWhatChangesASynonymTouchesIt(t *testing.T) {
	t.Parallel()
	changed, touched, all := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		movies := make(model, rapid.IntRange(1, 15).Draw(rt, "movies"))
		for i := range movies {
			movies[i] = drawMovie(rt, i)
		}
		c := &storage.Change{Version: 1, Noun: storage.Synonym, Operation: storage.Update, IDs: []string{"a"}}
		drawn := rapid.SliceOfN(rapid.Custom(drawSynonym), 2, 4).Draw(rt, "synonyms")
		if c.Before = drawn[0]; rapid.IntRange(0, 2).Draw(rt, "created") == 0 {
			c.Before, c.Operation = nil, storage.Create
		}
		if c.After = drawn[1]; c.Before != nil && rapid.IntRange(0, 2).Draw(rt, "deleted") == 0 {
			c.After, c.Operation = nil, storage.Delete
		}
		for range 8 {
			q := drawMatch(rt)
			q.Text.Synonyms = rulesOf(append(drawn[2:], c.Before)...)
			was := movies.answer(rt, q)
			q.Text.Synonyms = rulesOf(append(drawn[2:], c.After)...)
			is := movies.answer(rt, q)
			touches := touch.NewInterest(q).Check().Touched(c)
			all++
			if touches {
				touched++
				if !holds(q.Text.Query, c.Before) && !holds(q.Text.Query, c.After) {
					rt.Fatalf("%q is touched by %s", q.Text.Query, describe([]storage.Change{*c}))
				}
			}
			if was == is {
				continue
			}
			if changed++; !touches {
				rt.Fatalf("%q is not touched\nby %s\nbefore %s\nafter %s", q.Text.Query, describe([]storage.Change{*c}), was, is)
			}
		}
	})
	t.Logf("of %d answers %d changed, %d were touched", all, changed, touched)
	if changed == 0 || touched == all {
		t.Error("got no changed answer, or only touched ones")
	}
}

// holds reports whether every stem of one of a synonym's texts is in a text.
func holds(q string, d *storage.Document) bool {
	if d == nil {
		return false
	}
	have := text.Terms(&storage.Document{Noun: storage.Movie, Fields: map[string]any{"title": q}}).Label
	return slices.ContainsFunc(d.Fields["words"].([]any), func(word any) bool {
		wanted := text.Terms(&storage.Document{Noun: storage.Movie, Fields: map[string]any{"title": word}}).Label
		return !slices.ContainsFunc(wanted, func(term string) bool { return !slices.Contains(have, term) })
	})
}

// A synonym touches no list without words. An import of synonyms touches every search by
// words, and a film touches a search whose synonyms lag.
func TestSynonymsTouchSearchesByWords(t *testing.T) {
	t.Parallel()
	paquebot := storage.NewDocument(storage.Synonym)
	paquebot.Fields["words"] = []any{"ferry", "paquebot"}
	written := &storage.Change{Version: 1, Noun: storage.Synonym, Operation: storage.Create, After: paquebot}
	imported := &storage.Change{Version: 1, Noun: storage.Synonym, Operation: storage.Import, IDs: []string{"ferry"}}
	film := func(version int64) *storage.Change {
		return &storage.Change{Version: version, Noun: storage.Movie, Operation: storage.Create, After: &storage.Document{Noun: storage.Movie, ID: "1", Fields: map[string]any{"title": "Paquebot"}}}
	}
	query := func(kind storage.TextKind, q string, synonyms storage.Synonyms) *storage.Query {
		text, err := search.NewText(kind, q)
		if err != nil {
			t.Fatal(err)
		}
		text.Synonyms = synonyms
		return &storage.Query{Noun: storage.Movie, Text: text}
	}
	for i, tt := range []struct {
		q      *storage.Query
		change *storage.Change
		want   bool
	}{
		{query(storage.Match, "fast ferries", nil), written, true},
		{query(storage.Match, "fast bus", nil), written, false},
		{query(storage.Exact, "ferry", nil), written, false},
		{query(storage.Regex, "ferry", nil), imported, false},
		{&storage.Query{Noun: storage.Movie}, imported, false},
		{&storage.Query{Noun: storage.Synonym}, written, true},
		{query(storage.Match, "bus", nil), imported, true},
		{query(storage.Match, "ferry", rulesOf(paquebot)), film(1), true},
		{query(storage.Match, "ferry", rulesOf()), film(1), false},
		{query(storage.Match, "ferry", rulesOf()), film(2), true},
	} {
		if got := touch.NewInterest(tt.q).Check().Touched(tt.change); got != tt.want {
			t.Errorf("%d: %+v: got touched %t by %+v", i, tt.q.Text, got, tt.change)
		}
	}
}
