package text_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"marquee/search/text"
	"marquee/storage"
)

// rulesOf returns the rules of synonyms, each written as words between bars. The mark >
// before a word makes it the value of from.
func rulesOf(synonyms ...string) *storage.SynonymRules {
	out := &storage.SynonymRules{ByFirst: map[string][]storage.SynonymRule{}}
	for _, s := range synonyms {
		d := storage.NewDocument(storage.Synonym)
		var words []any
		for w := range strings.SplitSeq(s, "|") {
			word, from := strings.CutPrefix(w, ">")
			if words = append(words, word); from {
				d.Fields["from"] = word
			}
		}
		d.Fields["words"] = words
		for _, r := range text.SynonymRules(d) {
			first := r.Texts[r.Text][0]
			out.ByFirst[first] = append(out.ByFirst[first], r)
		}
	}
	return out
}

// alternatives describes the needed words that have alternatives.
func alternatives(q *text.Query) string {
	var out []string
	for _, g := range q.Groups {
		var all []string
		all = append(all, g.Alternatives...)
		for _, r := range g.Runs {
			all = append(all, strings.Join(r, "+"))
		}
		if len(all) > 0 {
			out = append(out, g.Word+"="+strings.Join(all, ","))
		}
	}
	return strings.Join(out, " ")
}

func TestParseWithSynonyms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, query, want string
		synonyms          []string
	}{
		{"one word", "fast car", "car=automobil", []string{"car|automobile"}},
		{"the other way", "fast automobile", "automobile=car", []string{"car|automobile"}},
		{"stems, case and accents", "CAFÉS", "cafes=bistro", []string{"cafe|bistros"}},
		{"the same stem", "cars", "", []string{"car|cars"}},
		{"the same stem in three", "cars", "cars=motor", []string{"car|cars|motor"}},
		{"several words", "new york taxi", "new=nyc york=nyc", []string{"New York|nyc"}},
		{"for several words", "nyc taxi", "nyc=new+york", []string{"New York|nyc"}},
		{"from several words to several", "big apple", "big=nyc,new+york apple=nyc,new+york", []string{"New York|nyc|big apple"}},
		{"not neighbours", "new taxi york", "", []string{"New York|nyc"}},
		{"another order", "york new", "", []string{"New York|nyc"}},
		{"twice", "nyc and nyc", "nyc=new+york nyc=new+york", []string{"New York|nyc"}},
		{"words that are not needed between", "lord of the rings", "lord=lotr rings=lotr", []string{"lord of the rings|LOTR"}},
		{"words that are not needed are words", "lord rings", "", []string{"lord of the rings|LOTR"}},
		{"from", "auto", "auto=car", []string{">auto|car"}},
		{"not from", "car", "", []string{">auto|car"}},
		{"from several words", "the big apple", "big=nyc apple=nyc", []string{"nyc|>big apple"}},
		{"several synonyms of one word", "car", "car=automobil,wagon", []string{"car|automobile", "wagon|car"}},
		{"no chain", "automobile", "automobile=car", []string{"car|automobile", "wagon|car"}},
		{"overlapping", "new york city", "new=nyc york=nyc,metropoli city=metropoli", []string{"new york|nyc", "york city|metropolis"}},
		{"one within another", "new york city", "new=nyc,gotham york=nyc,gotham city=gotham", []string{"new york|nyc", "new york city|gotham"}},
		{"the same alternative twice", "car", "car=automobil", []string{"car|automobile", "cars|automobiles"}},
		{"an alternative that is a word of the text", "new york", "new=york york=new+york", []string{"new york|york"}},
		{"a phrase is literal", `"new york" taxi`, "taxi=cab", []string{"new york|nyc", "taxi|cab"}},
		{"a quoted word is literal", `"taxi" driver`, "", []string{"taxi|cab"}},
		{"a quote without its pair", `"new york`, "new=nyc york=nyc", []string{"new york|nyc"}},
		{"nothing reaches across a phrase", `new "fast car" york`, "", []string{"new york|nyc"}},
		{"numbers and years", "1984", "1984=orwel", []string{"1984|Orwell"}},
		{"genres", "scifi", "scifi=space+opera scifi=space+opera", []string{"scifi|space opera"}},
		{"scripts without spaces", "七人の侍", "七人=samurai 人の=samurai の侍=samurai", []string{"七人の侍|samurai"}},
		{"pictographs", "🎬 night", "🎬=cinema", []string{"🎬|cinema"}},
		{"no word", "car", "", []string{"™|car"}},
		{"all words are common", "it", "it=clown", []string{"it|clown"}},
		{"a common word beside others", "it returns", "", []string{"it|clown"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := text.ParseWith(tt.query, rulesOf(tt.synonyms...))
			if got := alternatives(q); got != tt.want || q.HasAlternatives() != (tt.want != "") {
				t.Errorf("%q with %q: got %q, want %q", tt.query, tt.synonyms, got, tt.want)
			}
			if got := alternatives(text.Parse(tt.query)); got != "" {
				t.Errorf("%q without synonyms: got %q", tt.query, got)
			}
		})
	}
}

// The terms of a group have its alternatives of one term, and its literal ones have none.
func TestAlternativesAreTerms(t *testing.T) {
	t.Parallel()
	g := text.ParseWith("car", rulesOf("car|automobile|motor vehicle")).Groups[0]
	if !slices.Contains(g.Terms(), "automobil") || slices.Contains(g.Literal(), "automobil") || g.Terms()[0] != "car" {
		t.Errorf("got the terms %q, literal %q", g.Terms(), g.Literal())
	}
	if got := fmt.Sprint(g.Runs); got != "[[motor vehicl]]" {
		t.Errorf("got the runs %s", got)
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query, text string
		want        bool
	}{
		{"the New Yorkers", "new yorker", true}, {"new york", "york", true}, {"new york", "york new", false},
		{`"new york"`, "new york", false}, {`new "x y" york`, "new york", false}, {"", "new", false}, {"new", "new york", false},
	} {
		if got := text.Parse(tt.query).Holds(strings.Fields(tt.text)); got != tt.want {
			t.Errorf("%q holds %q: got %t", tt.query, tt.text, got)
		}
	}
}

// However many synonyms a word has, a query has a bounded number of alternatives.
func TestAlternativesAreBounded(t *testing.T) {
	t.Parallel()
	var synonyms []string
	for i := range 300 {
		synonyms = append(synonyms, fmt.Sprintf("car|word%d", i))
	}
	rules := rulesOf(synonyms...)
	q := text.ParseWith("car "+strings.Repeat("car ", 30), rules)
	n := 0
	for _, g := range q.Groups {
		n += len(g.Alternatives)
	}
	if n != 100 {
		t.Errorf("got %d alternatives, want 100", n)
	}
	if again := text.ParseWith("car "+strings.Repeat("car ", 30), rules); alternatives(again) != alternatives(q) {
		t.Error("the same query has other alternatives")
	}
	data, _ := json.Marshal(q.Groups[0].Alternatives[:2])
	if string(data) != `["word0","word1"]` {
		t.Errorf("the first alternatives: got %s", data)
	}
}

// BenchmarkParse compares a text without synonyms, with synonyms that do not apply, and
// with one that does.
func BenchmarkParseWithSynonyms(b *testing.B) {
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf("word%d|other%d", i, i))
	}
	for _, bb := range []struct {
		name  string
		rules *storage.SynonymRules
	}{{"none", nil}, {"others", rulesOf(many...)}, {"one", rulesOf("taxi driver|cabbie")}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				text.ParseWith("taxi driver in new york", bb.rules)
			}
		})
	}
}
