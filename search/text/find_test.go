package text_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"marquee/search/text"
	"marquee/storage"
)

// marked returns a value with brackets around places.
func marked(value string, spans []text.Span) string {
	var b strings.Builder
	at := 0
	for _, s := range spans {
		b.WriteString(value[at:s.From] + "[" + value[s.From:s.To] + "]")
		at = s.To
	}
	return b.String() + value[at:]
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ query, label, want string }{
		{"knights", "The Dark Knight Rises", "The Dark [Knight] Rises"},
		{"the dark knight", "A Dark, dark Knight", "A [Dark], [dark] [Knight]"},
		{"the godfather", "The Godfather", "[The] [Godfather]"}, // the whole title
		{"spiderman", "The Spider-Man!", "The [Spider-Man]!"},
		{"spider man", "Spiderman 2", "[Spiderman] 2"},
		{"homme", "L’Homme de Rio", "[L’Homme] de Rio"},
		{"connor", "Sinéad O'Connor", "Sinéad [O'Connor]"},
		{"swat", "The S.W.A.T. Team", "The [S.W.A.T]. Team"},
		{"mash", "(M*A*S*H)", "([M*A*S*H])"},
		{"four hundred blows", "The 400 Blows", "The [400] [Blows]"},
		{"rocky 4", "Rocky Ⅳ", "[Rocky] [Ⅳ]"},
		{"seven", "Se7en", "[Se7en]"},
		{"mueller", "Frau Müller", "Frau [Müller]"},
		{"naive cafe", "Nai\u0308ve Café", "[Nai\u0308ve] [Café]"},
		{"80s", "The ’80's and 1980s", "The ’[80's] and 1980s"},
		{"wwii", "A World War II Story", "A [World] [War] [II] Story"},
		{`"star wars"`, "Wars of Stars, Star Wars", "Wars of Stars, [Star] [Wars]"},
		{"and", "Tom & Viv", "Tom [&] Viv"},
		{"h2o", "H₂O: Just Add Water", "[H₂O]: Just Add Water"},
		{"b", "snake_b_case", "snake_[b]_case"},
		{"1000", "Land of 1\u202f000", "Land of [1\u202f000]"},
		{"神隠し", "千と千尋の神隠し", "千と千尋の[神隠し]"},
		{"侍", "七人の侍", "七人の[侍]"},
		{"ウォーズ", "スター・ウォーズ", "スター・[ウォーズ]"},
		{"ガンダム", "機動戦士ｶﾞﾝﾀﾞﾑ!", "機動戦士[ｶﾞﾝﾀﾞﾑ]!"},
		{"株式", "日㍿本", "日[㍿]本"},
		{"parallel", "El paral·lel", "El [paral·lel]"},
		{"💣", "💣💣 Boom", "[💣][💣] Boom"},
		{"!", "!", "[!]"},
		{"western", "A Western", "A [Western]"},
		{"starwars", "A Star Wars", "A [Star Wars]"},
		{"zebra", "The Lion", "The Lion"},
	} {
		found := text.Parse(tt.query).Finder(false).Find(tt.label, nil, nil)
		if got := marked(tt.label, found.Label); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.query, got, tt.want)
		}
	}
}

// A word within typo distance counts in relaxed searches only.
func TestFindTypos(t *testing.T) {
	t.Parallel()
	q := text.Parse("godfahter")
	q.Groups[0].Near = []text.Near{{Word: "godfather", Edits: 1}}
	for relaxed, want := range map[bool]string{false: "The Godfather's", true: "The [Godfather's]"} {
		if relaxed {
			q.Groups[0].Near = append(q.Groups[0].Near, text.Near{Word: "godfathers", Edits: 2})
		}
		if got := marked("The Godfather's", q.Finder(relaxed).Find("The Godfather's", nil, nil).Label); got != want {
			t.Errorf("relaxed %v: got %s, want %s", relaxed, got, want)
		}
	}
}

// Every term by which a document is found has a place in it.
func TestTermsHavePlaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		label, description, name := cutText().Draw(rt, "label"), cutText().Draw(rt, "description"), cutText().Draw(rt, "name")
		d := &storage.Document{Noun: storage.Movie, Fields: map[string]any{"title": label, "description": description},
			Names: map[string][]string{"persons": {name, "Ann", name}}}
		terms := text.Terms(d)
		names := d.Names["persons"]
		for of, lists := range map[string][][]string{"label": {terms.Label, terms.LabelForms}, "name": append(terms.Names, terms.NameForms), "text": {terms.Text, terms.TextForms}} {
			for _, term := range slices.Concat(lists...) {
				q := &text.Query{Groups: []text.Group{{Stem: term}}}
				found := q.Finder(false).Find(label, names, []string{description})
				where := map[string][]text.Span{"label": found.Label, "name": slices.Concat(found.Names...), "text": found.Texts[0]}[of]
				if len(where) == 0 {
					rt.Fatalf("the term %q of the %s of %+v has no place", term, of, d)
				}
				checkPlaces(rt, label, found.Label)
				checkPlaces(rt, description, found.Texts[0])
				checkPlaces(rt, name, found.Names[0])
				if !slices.Equal(found.Names[0], found.Names[2]) {
					rt.Fatalf("%q: got %v and %v in one name", name, found.Names[0], found.Names[2])
				}
			}
		}
		for _, word := range terms.Words {
			q := &text.Query{Groups: []text.Group{{Near: []text.Near{{Word: word}}}}}
			if found := q.Finder(true).Find(label, names, []string{description}); len(slices.Concat(append(found.Names, found.Label, found.Texts[0])...)) == 0 {
				rt.Fatalf("the word %q of %+v has no place", word, d)
			}
		}
	})
}

// checkPlaces checks that places are whole words in order.
func checkPlaces(t *rapid.T, value string, spans []text.Span) {
	end := 0
	for _, s := range spans {
		if s.From < end || s.To <= s.From || s.To > len(value) {
			t.Fatalf("%q: got the places %v", value, spans)
		}
		end = s.To
		for _, at := range []int{s.From, s.To} {
			before, _ := utf8.DecodeLastRuneInString(value[:at])
			after, _ := utf8.DecodeRuneInString(value[at:])
			if at < len(value) && !utf8.RuneStart(value[at]) || unicode.In(before, unicode.Latin) && unicode.In(after, unicode.Latin) {
				t.Fatalf("%q: the places %v cut a word", value, spans)
			}
		}
	}
}

// BenchmarkFind reports the time for a film that has the words of a query.
func BenchmarkFind(b *testing.B) {
	d := usual()
	label, description := d.Label(), d.Fields["description"].(string)
	for _, q := range []string{"luke skywalker", "empire strikes back", `"star wars" droids capture of the princess`} {
		f := text.Parse(q).Finder(true)
		b.Run(q, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f.Find(label, d.Names["persons"], []string{description})
			}
		})
	}
}
