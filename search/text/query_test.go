package text_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/search/text"
	"marquee/storage"
)

// shown writes the parts of a query: groups, optional groups in parentheses, phrases.
func shown(q *text.Query) string {
	var out []string
	for _, g := range q.Groups {
		out = append(out, g.Word)
	}
	for _, g := range q.Optional {
		out = append(out, "("+g.Word+")")
	}
	for _, p := range q.Phrases {
		out = append(out, fmt.Sprintf("%q", strings.Join(p, " ")))
	}
	return strings.Join(out, " ")
}

func TestParse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                             "",
		"!!!":                          "",
		"Dark Knights":                 "dark knights",
		"the lord of the rings movies": "lord rings (the) (of) (the) (movies)",
		"the who":                      "the who",
		"movie":                        "movie",
		"the movie":                    "movie (the)",
		"godfather part 2":             "godfather 2 (part)",
		"godfather part":               "godfather part",
		"part 2":                       "part 2",
		"films set in space":           "space (films) (set) (in)",
		"set of keys":                  "set keys (of)",
		"space part":                   "space part",
		`"star wars" hope`:             `hope "star war"`,
		`„Star Wars“ hope`:             `hope "star war"`,
		`« star wars » hope`:           `hope "star war"`,
		`‹star wars› ”new hope“`:       `"star war" "new hope"`,
		`「千と千尋」`:                       `"千と と千 千尋"`,
		`＂star wars＂`:                  `"star war"`,
		`star "wars`:                   "star wars",
		`"the" "matrix"`:               "matrix (the)",
		`the "star wars"`:              `(the) "star war"`,
		`"l'homme de rio"`:             `"homm de rio"`,
		"don't 'look' now":             "dont look now",
		"千と千尋 movie":                   "千と と千 千尋 (movie)",
		"*:* AND (x OR y)":             "x y (and) (or)",
	} {
		if got := shown(text.Parse(in)); got != want {
			t.Errorf("Parse(%q): got %s, want %s", in, got, want)
		}
	}
}

// comedy is a film with genres and no words in common with the queries.
func ofGenres(year int64, genres ...any) *storage.Terms {
	d := film("Untitled")
	d.Fields["genres"], d.Fields["release_year"] = genres, year
	return text.Terms(d)
}

func TestGenresAndYears(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][]*storage.Terms{
		"sci-fi":                {ofGenres(1999, "science-fiction")},
		"scifi 90s":             {ofGenres(1999, "science-fiction")},
		"sf movies 1999":        {ofGenres(1999, "science-fiction")},
		"romcom":                {ofGenres(2001, "romance", "comedy")},
		"rom com 2000s":         {ofGenres(2001, "romance", "comedy")},
		"romantic comedies":     {ofGenres(2001, "romance", "comedy")},
		"musicals":              {ofGenres(1950, "music"), ofGenres(1950, "musical")},
		"bio pic":               {ofGenres(1950, "biography")},
		"funny animated 1920's": {ofGenres(1929, "comedy", "animation")},
	} {
		for _, terms := range want {
			if !finds(query, terms) {
				t.Errorf("%q does not find %q", query, terms.Kinds)
			}
		}
		for _, genre := range []any{"romance", "comedy", "science", "drama"} {
			if other := ofGenres(2001, genre); finds(query, other) {
				t.Errorf("%q finds %q", query, other.Kinds)
			}
		}
	}
}

func TestOfGenre(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"horror movies": true, "sci-fi": true, "romcom": true, "romantic comedy": true, "science fiction": true, "the western": true, "film noir": true, "scary movies": true,
		"horror house": false, "tom hanks comedy": false, "80s horror": false, `"romantic comedy"`: false, "": false,
	} {
		if got := text.Parse(query).OfGenre; got != want {
			t.Errorf("OfGenre of %q: got %v, want %v", query, got, want)
		}
	}
}

// A query has bounded parts, whatever its text is, and a group has few terms.
func TestQueriesAreBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "the", "of", "千", "千と", "\"", "\"x y\"", "s1m0ne", "romcom", "l'ö", "20", "one", "💣", " "}), 0, 100).Draw(t, "parts")
		in := []rune(strings.Join(parts, rapid.SampledFrom([]string{" ", ""}).Draw(t, "between")))
		q := text.Parse(string(in[:min(len(in), 200)]))
		within := 0
		for _, flags := range q.Within {
			within += len(flags)
		}
		if len(q.Groups) > 24 || len(q.Optional) > 8 || len(q.Phrases) > 8 || len(q.Pairs) > 23 || within > 120 {
			t.Errorf("%d groups, %d optional, %d phrases, %d pairs, %d within", len(q.Groups), len(q.Optional), len(q.Phrases), len(q.Pairs), within)
		}
		for _, g := range append(q.Groups, q.Optional...) {
			if terms := g.Terms(); len(terms) > 24 || slices.Contains(terms, "") {
				t.Errorf("terms %q", terms)
			}
		}
	})
}

func TestWithin(t *testing.T) {
	t.Parallel()
	q := text.Parse("the casino royale james bond")
	flags := text.Terms(film("Casino Royale")).Flags
	if !slices.ContainsFunc(q.Within[2], func(f string) bool { return slices.Contains(flags, f) }) {
		t.Error("the title of two words is not found within the query")
	}
	if within := text.Parse("shining film").Within[2]; !slices.ContainsFunc(within, func(f string) bool { return slices.Contains(text.Terms(film("The Shining")).Flags, f) }) {
		t.Error("a whole title is not found beside the word film")
	}
	if len(q.Within[1])+len(q.Within[5]) > 0 {
		t.Errorf("single words or the whole text are within: %v", q.Within)
	}
}
