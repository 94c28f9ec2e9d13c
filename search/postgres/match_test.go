package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/storage"
	"marquee/storage/textform"
)

// shelf are films that show the rules of a match.
var shelf = []string{
	`{"title": "Jaws", "description": "A shark terrorizes a beach town.", "genres": [{"name": "Thriller"}]}`,
	`{"title": "The Shark Hunter", "description": "Jaws of steel."}`,
	`{"title": "It"}`, `{"title": "It Follows"}`, `{"title": "The Who"}`, `{"title": "W"}`, `{"title": "Up"}`, `{"title": "!!!"}`,
	`{"title": "Rocky"}`, `{"title": "Rocky II"}`, `{"title": "Rocky III"}`,
	`{"title": "WarGames"}`, `{"title": "Spider-Man"}`, `{"title": "Amélie"}`, `{"title": "S.W.A.T."}`, `{"title": "Tom & Viv"}`,
	`{"title": "Matrix", "description": "A hacker learns the truth."}`, `{"title": "The Matrix Reloaded"}`, `{"title": "Making the Matrix"}`,
	`{"title": "Apollo 13", "starring": [{"name": "Tom Hanks"}, {"name": "Kevin Bacon"}]}`,
	`{"title": "About Hanks", "description": "Tom is here."}`,
	`{"title": "Hidden", "description": "The Lord of the Rings is on television."}`,
	`{"title": "The Lord of the Rings", "description": "A ring, a lord."}`, `{"title": "Rings of the Lord"}`,
	`{"title": "Running Dogs"}`, `{"title": "七人の侍"}`, `{"title": "Москва"}`,
	`{"title": "The Godfather", "description": "A mafia family."}`, `{"title": "Movie 43"}`,
	`{"title": "C"}`, `{"title": "C++"}`, `{"title": "C#"}`, `{"title": "X"}`, `{"title": "10"}`, `{"title": "1984"}`, `{"title": "Party", "release_year": 1999}`,
}

// A match has certain titles first, must find others, and must not find others.
func TestMatchRules(t *testing.T) {
	t.Parallel()
	e, s := open(t)
	for _, f := range shelf {
		write(t, s, storage.Create, storage.Movie, "", f)
	}
	for _, rule := range []struct {
		query         string
		first         []string // in this order
		also, without []string
	}{
		{query: "jaws", first: []string{"Jaws", "The Shark Hunter"}},
		{query: "JAWS movie", first: []string{"Jaws"}},
		{query: "shark thriller", first: []string{"Jaws"}, also: []string{"The Shark Hunter"}},
		{query: "it", first: []string{"It", "It Follows"}},
		{query: "the who", first: []string{"The Who"}, without: []string{"Jaws"}},
		{query: "w", first: []string{"W"}}, {query: "up", first: []string{"Up"}}, {query: "!!!", first: []string{"!!!"}},
		{query: "rocky 2", first: []string{"Rocky II"}}, {query: "Rocky III", first: []string{"Rocky III"}}, {query: "rocky three", first: []string{"Rocky III"}},
		{query: "war games", first: []string{"WarGames"}}, {query: "spiderman", first: []string{"Spider-Man"}}, {query: "spider man", first: []string{"Spider-Man"}},
		{query: "amelie", first: []string{"Amélie"}}, {query: "AMÉLIE", first: []string{"Amélie"}}, {query: "swat", first: []string{"S.W.A.T."}},
		{query: "tom and viv", first: []string{"Tom & Viv"}},
		{query: "the matrix", first: []string{"Matrix"}, also: []string{"The Matrix Reloaded", "Making the Matrix"}},
		{query: "matrix hacker", first: []string{"Matrix"}, also: []string{"The Matrix Reloaded"}},
		{query: "tom hanks", first: []string{"Apollo 13", "About Hanks"}},
		{query: "hanks bacon apollo", first: []string{"Apollo 13"}},
		{query: `"lord of the rings"`, first: []string{"The Lord of the Rings", "Hidden"}, without: []string{"Rings of the Lord"}},
		{query: `"hanks kevin"`, without: []string{"Apollo 13"}}, {query: `apollo "hanks kevin"`, without: []string{"Apollo 13"}},
		{query: `"on television"`, first: []string{"Hidden"}}, {query: `"television on"`, without: []string{"Hidden"}},
		{query: `hacker "the truth"`, first: []string{"Matrix"}}, {query: `hacker "truth the"`, without: []string{"Matrix"}},
		{query: "c++", first: []string{"C++"}, also: []string{"C"}}, {query: "C#", first: []string{"C#"}}, {query: "10", first: []string{"10"}}, {query: "x", first: []string{"X"}},
		{query: "1999", first: []string{"Party"}, without: []string{"1984"}}, {query: "1994", without: []string{"1984", "Party"}},
		{query: "run dog", first: []string{"Running Dogs"}}, {query: "москва", first: []string{"Москва"}}, {query: "七人の侍", first: []string{"七人の侍"}},
		{query: "侍", first: []string{"七人の侍"}}, {query: `"七人"`, first: []string{"七人の侍"}}, {query: `"人七"`, without: []string{"七人の侍"}},
		{query: "godfahter", first: []string{"The Godfather"}}, {query: "matirx", also: []string{"Matrix"}}, {query: "tom hnaks", first: []string{"Apollo 13"}},
		{query: "godfather (1999)", first: []string{"The Godfather"}, without: []string{"Party"}}, {query: "1999 2049", first: []string{"Party"}},
		{query: "godfather xyzzy", first: []string{"The Godfather"}}, {query: "movie", first: []string{"Movie 43"}},
	} {
		got := labels(t, list(t, e, matching(storage.Movie, rule.query, 20)))
		if len(got) < len(rule.first) || !slices.Equal(got[:len(rule.first)], rule.first) {
			t.Errorf("%s: got %q, want first %q", rule.query, got, rule.first)
		}
		for _, title := range rule.also {
			if !slices.Contains(got, title) {
				t.Errorf("%s: got %q, want %q in it", rule.query, got, title)
			}
		}
		for _, title := range rule.without {
			if slices.Contains(got, title) {
				t.Errorf("%s: found %q, want not", rule.query, title)
			}
		}
	}
	persons := labels(t, list(t, e, matching(storage.Person, "hanks", 20)))
	if diff := cmp.Diff([]string{"Tom Hanks"}, persons); diff != "" {
		t.Errorf("persons:\n%s", diff)
	}
}

// With ten objects that have all words, the search is not relaxed. With fewer it is, with
// one total on every page.
func TestMatchRelaxesBelowTen(t *testing.T) {
	t.Parallel()
	e, s := open(t)
	for i := range 9 {
		write(t, s, storage.Create, storage.Movie, "", fmt.Sprintf(`{"title": "Blue Moon %d"}`, i))
	}
	for range 5 {
		write(t, s, storage.Create, storage.Movie, "", `{"title": "Blue"}`)
	}
	want := func(total int, relaxed bool) {
		t.Helper()
		q := matching(storage.Movie, "blue moon", 4)
		for q.Offset = 0; q.Offset < 20; q.Offset += 4 {
			if page := list(t, e, q); page.Total != total || page.Relaxed != relaxed {
				t.Errorf("from %d: got total %d, relaxed %v; want %d, %v", q.Offset, page.Total, page.Relaxed, total, relaxed)
			}
		}
	}
	want(14, true)
	write(t, s, storage.Create, storage.Movie, "", `{"title": "Moon", "description": "It is blue."}`)
	want(10, false)
}

// No text is an operator, and none is an error.
func TestHostileTextsAreAnswered(t *testing.T) {
	t.Parallel()
	e, s := open(t)
	for _, f := range shelf {
		write(t, s, storage.Create, storage.Movie, "", f)
	}
	for _, text := range []string{
		`"`, `""`, `"""`, `" "`, `"a`, `a"b"c"`, `'`, `\`, `\\'`, `''`, "%", "_", "*:*", "a & b | !c", "(", ")", "<->", "a:*", ":A", "star:AB", "$1", "$$", ";", "--",
		"AND", "NOT it", "OR", "0gap0", "a\tb\nc", "½ ²  ①", "\u0301", "🎬", "ﬁlm", "a.b.c.d", "http://x.example/a?b=c", "a@b.example", "1e5 0x10 -1 1/2", "<b>x</b>", "&amp;",
		strings.Repeat("a ", 100), strings.Repeat("ab", 100), strings.Repeat("星", 200), strings.Repeat(`"a b" `, 33), "i ii iii iv v vi vii viii ix x 1 2 3 4 5 6 7 8 9 10",
		"٣ ३ Ⅷ", "\u200b", "ſ ı İ ß ẞ", "\ufffd",
	} {
		for _, kind := range []storage.TextKind{storage.Match, storage.Exact} {
			q := matching(storage.Movie, text, 3)
			if q.Text.Kind = kind; kind == storage.Exact {
				q.Order = storage.Order{Sort: &storage.Movie.Sorts[0]}
				q.Text.Accepts = func(v string) bool { return textform.Fold(v) == textform.Fold(text) }
			}
			if _, err := e.List(await.Context(t), q); err != nil {
				t.Errorf("%s %q: %v", kind, text, err)
			}
		}
	}
}
