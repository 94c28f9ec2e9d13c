package elastic_test

import (
	"slices"
	"strings"
	"testing"

	"marquee/search/elastic"
	"marquee/storage"
)

// shelf is a small catalogue that shows the rules of matching.
var shelf = []*storage.Document{
	film(1, "The Who", "A band."), film(2, "It", "Seven children."), film(3, "Who Is It", "Somebody knows it."),
	film(4, "Amélie", "A waitress in Paris."), film(5, "Running Wild", "Horses."),
	film(6, "Paris", "A town."), film(7, "A Night Out", "In the streets of Paris.", "names", []string{"Paris Hilton"}),
	film(8, "Streets at Night", "Nothing else."), film(9, "Lonely", "He walks the streets. The night is cold. Nobody out there is his friend, and the town sleeps."),
	film(10, "Rocky", ""), film(11, "Rocky II", ""), film(12, "Rocky III", ""), film(13, "Spider-Man", ""), film(14, "Spiderman Returns", ""),
	film(15, "Saddle Up", "Two brothers.", "genres", []any{"western"}), film(16, "Cowgirl", "A western about a town.", "genres", []any{"drama"}),
	film(17, "!", ""), film(18, "日本", ""), film(19, "E.T. the Extra-Terrestrial", ""), film(20, "Ocean's Eleven", ""), film(21, "Ocean", ""),
	film(22, "Casablanca", "Rick's café.", "names", []string{"Humphrey Bogart", "Ingrid Bergman"}),
	film(23, "Key Largo", "A storm.", "names", []string{"Humphrey Bogart", "Lauren Bacall"}),
	film(24, "AND OR NOT", "Words."), film(25, "Straße", "Road."), film(26, "Cafe\u0301 Society", "Nice."), film(27, "X", "A letter."), film(28, "Up", "Balloons."),
	film(29, "C", ""), film(30, "C++", ""), film(31, "C#", ""), film(32, "1984", ""),
	named(storage.Person, "1", "Lauren Bacall"), named(storage.Person, "2", "Zoë Kravitz"), named(storage.Genre, "western", "Western"), named(storage.Genre, "drama", "Drama"),
}

var matchTable = []struct {
	name, query string
	first       string // ids that come first, in order
	contains    string // ids that follow, in any order
	without     string
	relaxed     bool
}{
	{"stop words", "the who", "1", "3", "", false},
	{"one stop word", "it", "2", "3", "", false},
	{"two letters", "up", "28", "15", "", false},
	{"one letter", "x", "27", "", "", false},
	{"accents", "amelie", "4", "", "", false},
	{"case", "AMÉLIE", "4", "", "", false},
	{"accents written apart", "café society", "26", "22", "", true},
	{"sharp s", "strasse", "25", "", "", false},
	{"stems", "run", "5", "", "", false},
	{"title over persons and description", "paris", "6", "7 4", "", false},
	{"all words first", "night streets", "8", "9 7", "", false},
	{"words in different fields", "casablanca bergman", "22", "", "", false},
	{"fewer words", "casablanca bacall", "", "22 23", "", true},
	{"phrase", `"night out"`, "7", "", "8 9", false},
	{"phrase and word", `"humphrey bogart" storm`, "23", "22", "", false},
	{"odd quotes", `ca"sablanca`, "", "", "", false},
	{"digits for numerals", "rocky 2", "11", "10 12", "", true},
	{"numerals for digits", "oceans 11", "20", "21", "", true},
	{"compound joined", "spiderman", "13", "14", "", false},
	{"compound split", "spider man", "13", "14", "", false},
	{"initials", "et", "19", "", "", false},
	{"noise", "casablanca movie", "22", "", "", false},
	{"genre", "western", "", "15 16", "", false},
	{"genre and noise", "western films", "", "15 16", "", false},
	{"typo", "casablnca", "22", "", "", true},
	{"two typos", "casblnca", "22", "", "", true},
	{"typo in a name", "humphry bogard", "", "22 23", "", true},
	{"a mark", "!", "17", "", "1", false},
	{"marks of a title", "c++", "30", "29 31", "", false},
	{"other marks", "C#", "31", "29 30", "", false},
	{"no typo in a number", "1994", "", "", "32", false},
	{"phrase of a stop word", `"the streets"`, "", "7 9", "8", false},
	{"no language", "and or not", "24", "", "", false},
	{"no wildcard", "*:*", "", "", "1", false},
	{"no field", "title:rocky", "10", "11 12", "", true},
	{"ideographs", "日本", "18", "", "", false},
	{"one of them", "本", "18", "", "", false},
	{"nothing", "qqqq", "", "", "1", false},
}

func TestMatchRules(t *testing.T) {
	t.Parallel()
	c, alias := openWith(t, elastic.Config{Vocabulary: wordsOf(shelf...)})
	fill(t, c, alias, shelf...)
	for _, test := range matchTable {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			page := list(t, c, matching(storage.Movie, test.query))
			got := ids(page)
			first := strings.Fields(test.first)
			if len(got) < len(first) || !slices.Equal(got[:len(first)], first) {
				t.Errorf("got %v, want %v first", got, first)
			}
			for _, id := range strings.Fields(test.contains) {
				if !slices.Contains(got, id) {
					t.Errorf("got %v, want %s in it", got, id)
				}
			}
			for _, id := range strings.Fields(test.without) {
				if slices.Contains(got, id) {
					t.Errorf("got %v, want no %s", got, id)
				}
			}
			if test.relaxed && !page.Relaxed || page.Total != len(got) {
				t.Errorf("relaxed %t, total %d of %v", page.Relaxed, page.Total, got)
			}
		})
	}
}

func matching(n *storage.Noun, text string) *storage.Query {
	return &storage.Query{Noun: n, Limit: 100, Order: sortBy(n, "relevance"), Text: &storage.TextQuery{Kind: storage.Match, Query: text}}
}

// Persons are found by their names, by the same rules.
func TestMatchFindsPersons(t *testing.T) {
	t.Parallel()
	c, alias := openWith(t, elastic.Config{Vocabulary: wordsOf(shelf...)})
	fill(t, c, alias, shelf...)
	for query, want := range map[string]string{"bacall": "1", "lauren bacal": "1", "zoe": "2", "casablanca": ""} {
		if got := ids(list(t, c, matching(storage.Person, query))); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: got %v, want %s", query, got, want)
		}
	}
}

// All pages of a query are relaxed or none is, with the same total. Offsets and cursors
// return the same objects in the same order.
func TestMatchPages(t *testing.T) {
	t.Parallel()
	c, alias := openWith(t, elastic.Config{Vocabulary: wordsOf(shelf...)})
	fill(t, c, alias, shelf...)
	for _, text := range []string{"paris streets", "rocky 2", "the", "western"} {
		whole := list(t, c, matching(storage.Movie, text))
		all := bodiesOf(whole)
		for offset := range all {
			q := matching(storage.Movie, text)
			q.Offset, q.Limit = offset, 1
			page := list(t, c, q)
			if page.Total != whole.Total || page.Relaxed != whole.Relaxed || !slices.Equal(bodiesOf(page), all[offset:offset+1]) {
				t.Errorf("%s at %d: %v of %d, want %v of %d", text, offset, bodiesOf(page), page.Total, all[offset:offset+1], whole.Total)
			}
		}
		q := matching(storage.Movie, text)
		q.Limit = 2
		if got := walk(t, c.List, *q); !slices.Equal(got, all) {
			t.Errorf("%s by cursors: %v, want %v", text, got, all)
		}
	}
}

// Long and strange queries are answered.
func TestMatchAnswersStrangeQueries(t *testing.T) {
	t.Parallel()
	c, alias := openWith(t, elastic.Config{Vocabulary: wordsOf(shelf...)})
	fill(t, c, alias, shelf...)
	for _, text := range []string{strings.Repeat("a ", 100), strings.Repeat("abcd ", 40), strings.Repeat("2 v ", 50), strings.Repeat(`"a" `, 50),
		strings.Repeat("x.y ", 50), strings.Repeat("é", 200), strings.Repeat(`"`, 200), " ", "\u0301", "🎬", "{\"match_all\":{}}", "(((", "a AND (b OR", "\\", "1980s 80s 1999"} {
		list(t, c, matching(storage.Movie, text))
	}
}
