package search_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"marquee/search"
	standin "marquee/search/postgres"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
)

// matchWords are words of titles, descriptions, names and queries: in several scripts and
// spellings, with numbers, elisions and marks.
var matchWords = strings.Fields(`star Stars STÄR wars war the of who rocky II 2 two 1984 80s spider-man spiderman spider man
	l'amour amour don't dont E.T. M*A*S*H 七人の侍 侍 スター スターウォーズ 한국 영화 Straße strasse naïve cafe\u0301 🎬 8½ horror western knight knights
	night under_score title:star AND !!! Москва ﬁlm`)

// worded yields films and series of these words.
func worded(yield func(*incoming.Record, error) bool) {
	r := rand.New(rand.NewPCG(11, 5))
	for i := range 260 {
		n := []*storage.Noun{storage.Movie, storage.Serie}[i%2]
		e := edit.Check(n, members(map[string]string{"title": drawWords(r, 1+r.IntN(3)), "description": drawWords(r, r.IntN(6))},
			pick(r, []string{"", `"release_year": 1984`, `"release_year": 1990`})))
		e.Values["languages"] = some(r, []string{"en", "fr", "ja"})
		for field, names := range map[string][]string{"genres": {"Horror", "Western"}, "starring": {"Ann Star", "Spider Man", "侍 ふじこ"}} {
			e.Values[field] = references(r, names)
		}
		if !yield(&incoming.Record{Position: incoming.Position{File: "worded", Line: i + 1}, Noun: n, Key: string(rune('a'+i%26)) + strings.Repeat("x", i/26), Edit: e}, nil) {
			return
		}
	}
}

func drawWords(r *rand.Rand, n int) string {
	var words []string
	for range n {
		words = append(words, pick(r, matchWords))
	}
	return strings.Join(words, " ")
}

// drawText draws a text of words, perhaps with a typo, a phrase or an odd quote.
func drawText(r *rand.Rand) string {
	words := strings.Fields(drawWords(r, 1+r.IntN(3)))
	if w := []rune(words[0]); r.IntN(3) == 0 && len(w) > 3 {
		w[1+r.IntN(len(w)-1)] = 'z'
		words[0] = string(w)
	}
	return pick(r, []string{"", "", "", `"`}) + strings.Join(words, " ") + pick(r, []string{"", "", `"`, `" star`, " 1984", " 1984 1990"})
}

// Engines find the same objects by words, with typos and without, as the terms of the
// objects say.
func TestEnginesAgreeOnWords(t *testing.T) {
	t.Parallel()
	s, _ := imported(t, worded)
	docs := map[*storage.Noun][]*storage.Document{}
	for _, n := range []*storage.Noun{storage.Movie, storage.Serie, storage.Person} {
		docs[n] = documents(t, s, n)
	}
	words := wordsOf(docs)
	engines := map[string]search.Engine{"Elasticsearch": shardsOf(t, s, words, 3), "PostgreSQL": standin.New(s)}
	r := rand.New(rand.NewPCG(3, 3))
	relaxed, found, alternated, corrected := 0, 0, 0, 0
	for range 150 {
		n := pick(r, []*storage.Noun{storage.Movie, storage.Movie, storage.Serie, storage.Person})
		q := &storage.Query{Noun: n, Limit: 300, Highlight: true, DidYouMean: true, Order: pick(r, []storage.Order{{Sort: &storage.Relevance}, {Sort: &n.Sorts[0]}}), Text: matchText(t, drawText(r)), Lenient: true, FacetLimit: 100}
		for _, f := range n.Facets() {
			if r.IntN(3) == 0 {
				q.Facets = append(q.Facets, f)
			}
		}
		if len(q.Facets) > 0 && r.IntN(2) == 0 {
			q.Conditions = append(q.Conditions, drawOwn(r, pick(r, n.Facets())))
		}
		q.Text.Synonyms = drawSynonyms(r)
		want, isRelaxed := expected(t, q, docs[n], words)
		places := wordsIn(t, q, isRelaxed, words)
		meant := expectedMeant(t, q, docs[n], words)
		decided := relaxes(t, q, docs[n], words)
		facets := countFacets(q, docs[n], func(q *storage.Query) []string { return matching(t, q, docs[n], words, decided) })
		orders := map[string][]string{}
		eachAnswer(t, q, engines, func(name string, page *storage.Page, got []string) {
			orders[name] = slices.Clone(got)
			checkHighlights(t, name, q, page, docs[n], places)
			if got := page.Meant; !cmp.Equal(got, meant, cmpopts.EquateEmpty()) {
				t.Errorf("%s: %s: got %+v, want %+v", name, shown(q), got, meant)
			}
			if diff := cmp.Diff(facets, namedFacets(page)); diff != "" {
				t.Errorf("%s: %s, relaxed %v: facets (-want +got):\n%s", name, shown(q), isRelaxed, diff)
			}
			if literal := literally(t, q, docs[n]); literal != nil && q.Order.Sort == &storage.Relevance {
				alternated++
				wantFirst(t, name, q, got, literal)
			}
			if slices.Sort(got); !slices.Equal(got, want) || page.Total != len(want) || page.Relaxed != isRelaxed {
				t.Errorf("%s: %s: got %v of %d, relaxed %v, want %v, relaxed %v", name, shown(q), got, page.Total, page.Relaxed, want, isRelaxed)
			}
		})
		if meant != nil && meant.Text != "" {
			corrected++
		}
		q.DidYouMean = false
		for i, id := range want { // half of them, so that fewer are left than a search that is not relaxed has
			if i%2 == 0 {
				q.Except = append(q.Except, id)
			}
		}
		eachAnswer(t, q, engines, func(name string, page *storage.Page, got []string) {
			left := slices.DeleteFunc(slices.Clone(orders[name]), func(id string) bool { return slices.Contains(q.Except, id) })
			if !slices.Equal(got, left) || page.Total != len(left) {
				t.Errorf("%s: %s: got %v of %d, want %v", name, shown(q), got, page.Total, left)
			}
		})
		if isRelaxed {
			relaxed++
		}
		if len(want) > 0 {
			found++
		}
	}
	if relaxed < 15 || found < 75 || alternated < 20 || corrected < 8 {
		t.Errorf("%d queries found an object, %d were relaxed, %d had synonyms and %d were corrected, too few to prove anything", found, relaxed, alternated, corrected)
	}
}

func matchText(t *testing.T, q string) *storage.TextQuery {
	t.Helper()
	found, err := search.NewText(storage.Match, q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// wantFirst checks that the objects with the words themselves come first.
func wantFirst(t *testing.T, name string, q *storage.Query, got, literal []string) {
	t.Helper()
	first := slices.Sorted(slices.Values(got[:min(len(got), len(literal))]))
	if !slices.Equal(first, literal) {
		t.Errorf("%s: %s: got %v, want %v first", name, shown(q), got, literal)
	}
}

// present are synonyms that do not change.
type present struct{ rules *storage.SynonymRules }

func (p present) Current() (*storage.SynonymRules, int64) { return p.rules, 1 }

func (p present) Reach(context.Context, int64) (*storage.SynonymRules, int64, error) {
	return p.rules, 1, nil
}

// drawSynonyms draws synonyms of the words that titles and queries have, or none.
func drawSynonyms(r *rand.Rand) storage.Synonyms {
	if r.IntN(3) == 0 {
		return nil
	}
	rules := &storage.SynonymRules{ByFirst: map[string][]storage.SynonymRule{}}
	for range 25 {
		d := storage.NewDocument(storage.Synonym)
		var texts []any
		for range 2 + r.IntN(2) {
			texts = append(texts, drawWords(r, pick(r, []int{1, 1, 2})))
		}
		d.Fields["words"] = texts
		if r.IntN(3) == 0 {
			d.Fields["from"] = texts[0]
		}
		for _, rule := range text.SynonymRules(d) {
			first := rule.Texts[rule.Text][0]
			rules.ByFirst[first] = append(rules.ByFirst[first], rule)
		}
	}
	return present{rules}
}

// parse reads the text of a query with its synonyms.
func parse(t *testing.T, q *storage.Query) *text.Query {
	t.Helper()
	rules, _, err := q.Text.Rules(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return text.ParseWith(q.Text.Query, rules)
}

// literally returns the ids of the objects that have the words themselves, sorted, nil where
// no synonym applies.
func literally(t *testing.T, q *storage.Query, docs []*storage.Document) (ids []string) {
	t.Helper()
	parsed := parse(t, q)
	if !parsed.HasAlternatives() {
		return nil
	}
	for _, d := range docs {
		terms := text.Terms(d)
		all := slices.Collect(terms.All())
		lacks := func(g text.Group) bool {
			return !slices.ContainsFunc(g.Literal(), func(term string) bool { return slices.Contains(all, term) })
		}
		phrases := !slices.ContainsFunc(parsed.Phrases, func(p []string) bool { return !hasRun(terms, p) })
		if q.Matches(d) && (phrases && !slices.ContainsFunc(parsed.Groups, lacks) || slices.Contains(terms.Flags, parsed.Whole)) {
			ids = append(ids, d.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// expected returns the ids of the objects that match, sorted, and whether the search is
// relaxed.
func expected(t *testing.T, q *storage.Query, docs []*storage.Document, words vocabulary) (ids []string, relaxed bool) {
	t.Helper()
	strict := matching(t, q, docs, words, false)
	if !relaxes(t, q, docs, words) {
		return strict, false
	}
	loose := matching(t, q, docs, words, true)
	return loose, len(loose) > len(strict)
}

// relaxes reports whether objects without all words are searched for, too.
func relaxes(t *testing.T, q *storage.Query, docs []*storage.Document, words vocabulary) bool {
	t.Helper()
	return len(parse(t, q).Groups) > 0 && len(matching(t, q, docs, words, false)) < text.RelaxBelow
}

// matching returns the ids of the objects that match strictly, or enough for a relaxed
// search, sorted.
func matching(t *testing.T, q *storage.Query, docs []*storage.Document, words vocabulary, relaxed bool) []string {
	t.Helper()
	parsed := parse(t, q)
	if err := parsed.Correct(t.Context(), q.Noun, words); err != nil {
		t.Fatal(err)
	}
	var strict, loose []string
	for _, d := range docs {
		if !q.Matches(d) {
			continue
		}
		terms := text.Terms(d)
		whole := slices.Contains(terms.Flags, parsed.Whole)
		hasPhrases := !slices.ContainsFunc(parsed.Phrases, func(p []string) bool { return !hasRun(terms, p) })
		all := slices.Collect(terms.All())
		has, near, admitted := 0, 0, len(parsed.Phrases) > 0
		for i := range parsed.Groups {
			g := &parsed.Groups[i]
			present := func(term string) bool { return slices.Contains(all, term) }
			if slices.ContainsFunc(g.Terms(), present) || slices.ContainsFunc(g.Runs, func(run []string) bool { return hasRun(terms, run) }) {
				has, admitted = has+1, admitted || parsed.Admits(g)
			} else if slices.ContainsFunc(g.Near, func(n text.Near) bool { return slices.Contains(terms.Words, n.Word) }) {
				near, admitted = near+1, admitted || parsed.Admits(g)
			}
		}
		something := len(parsed.Groups)+len(parsed.Phrases) > 0
		if something && hasPhrases && has == len(parsed.Groups) || whole {
			strict = append(strict, d.ID)
		}
		if something && hasPhrases && admitted && has+near >= parsed.Enough() || whole {
			loose = append(loose, d.ID)
		}
	}
	if relaxed {
		strict = loose
	}
	slices.Sort(strict)
	return strict
}

// expectedMeant returns what a text may have meant, nil if an object has all of its words.
func expectedMeant(t *testing.T, q *storage.Query, docs []*storage.Document, words vocabulary) *storage.Meant {
	t.Helper()
	finds := func(query string) bool {
		other, asked := *q.Text, *q
		other.Query, asked.Text = query, &other
		return len(matching(t, &asked, docs, words, false)) > 0
	}
	if finds(q.Text.Query) {
		return nil
	}
	texts, phrased, err := text.Meant(t.Context(), q.Text.Query, q.Noun, words)
	if err != nil {
		t.Fatal(err)
	}
	m := &storage.Meant{Words: phrased, Asked: texts}
	for i, other := range texts {
		if finds(other) {
			m.Text, m.Asked = other, texts[:i+1]
			break
		}
	}
	return m
}

// hasRun reports whether a value has a phrase.
func hasRun(t *storage.Terms, phrase []string) bool {
	for _, run := range append(slices.Clone(t.Names), t.Label, t.Text) {
		for i := range run {
			if i+len(phrase) <= len(run) && slices.Equal(run[i:i+len(phrase)], phrase) {
				return true
			}
		}
	}
	return false
}

// vocabulary counts the objects of each noun by word.
type vocabulary map[*storage.Noun]map[string]int

func wordsOf(docs map[*storage.Noun][]*storage.Document) vocabulary {
	v := vocabulary{}
	for n, list := range docs {
		v[n] = map[string]int{}
		for _, d := range list {
			for _, w := range append(text.Terms(d).Words, "") {
				v[n][w]++
			}
		}
	}
	return v
}

func (vocabulary) Version() int64 { return 1 }

func (v vocabulary) Counts(_ context.Context, n *storage.Noun, terms []string) (map[string]int, error) {
	counts := map[string]int{}
	for _, term := range terms {
		if word, ok := strings.CutPrefix(term, storage.WordMark); ok && v[n][word] > 0 {
			counts[term] = v[n][word]
		}
	}
	return counts, nil
}

func (v vocabulary) Words(_ context.Context, n *storage.Noun, first rune, least, most int, visit func(word string, objects int)) error {
	for word, objects := range v[n] {
		begin, _ := utf8.DecodeRuneInString(word)
		if length := utf8.RuneCountInString(word); begin == first && least <= length && length <= most {
			visit(word, objects)
		}
	}
	return nil
}
