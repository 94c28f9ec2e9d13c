package text_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"marquee/search/text"
	"marquee/storage"
)

// dictionary is a vocabulary of words with their numbers of objects.
type dictionary map[string]int

func (d dictionary) Counts(_ context.Context, _ *storage.Noun, terms []string) (map[string]int, error) {
	counts := map[string]int{}
	for _, term := range terms {
		if n := d[strings.TrimPrefix(term, storage.WordMark)]; n > 0 {
			counts[term] = n
		}
	}
	return counts, nil
}

func (d dictionary) Words(_ context.Context, _ *storage.Noun, first rune, least, most int, visit func(string, int)) error {
	for word, objects := range d {
		r, _ := utf8.DecodeRuneInString(word)
		if n := utf8.RuneCountInString(word); r == first && least <= n && n <= most {
			visit(word, objects)
		}
	}
	return nil
}

func meant(t testing.TB, q string, d dictionary) (texts, phrased []string) {
	t.Helper()
	texts, phrased, err := text.Meant(t.Context(), q, storage.Movie, d)
	if err != nil {
		t.Fatal(err)
	}
	return texts, phrased
}

func TestMeant(t *testing.T) {
	t.Parallel()
	d := dictionary{"the": 90, "godfather": 9, "godfathers": 1, "star": 30, "stark": 2, "stare": 2, "stars": 7, "wars": 8, "wards": 1, "homme": 2, "knight": 5, "spider": 3, "maan": 0}
	for _, tt := range []struct{ q, texts, phrased string }{
		{"The GODFAHTER,  please!", "The godfather,  please!|The godfathers,  please!", ""},
		{"godfather", "", ""},
		{"stra wasr", "star wars", ""},
		{`"Stra wars" (1977)`, `"star wars" (1977)`, "stra wars"},
		{"l'homne", "l'homme", ""},
		{"L’Homne de rio", "L’homme de rio", ""},
		{"Spidr-man", "spider-man", ""},
		{"knigth KNIGTH", "knight knight", ""},
		{"xyzzyx godfahter", "xyzzyx godfather|xyzzyx godfathers", ""}, // not every word has a near one
		{"qvqv", "", ""},                                               // nothing begins like it
		{"starring film", "", ""},                                      // needs no word
		{"\"the wrs", "", ""},                                          // too short
		{"神隠しの", "", ""},
		{`"the starr"`, `"the star"|"the stars"|"the stare"|"the stark"`, "starr"},
		{"starr godfahter", "star godfather|star godfathers|stars godfather|stars godfathers|stare godfather", ""}, // the next best of one
		{strings.Repeat("x ", 97) + "godfahtr", "", ""},                                                            // longer than a text may be
	} {
		texts, phrased := meant(t, tt.q, d)
		if got := strings.Join(texts, "|"); got != tt.texts || strings.Join(phrased, " ") != tt.phrased {
			t.Errorf("%s: got %q, %q, want %q, %q", tt.q, got, phrased, tt.texts, tt.phrased)
		}
	}
}

// A text that may be meant differs in unknown words only: each of them that has a near word
// is a known one, and the rest is as it was written.
func TestMeantDiffersInUnknownWords(t *testing.T) {
	t.Parallel()
	letters := regexp.MustCompile(`[a-z]+`)
	found := 0
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.StringMatching(`[st][ar]{2,3}[st]?`)
		d := dictionary{}
		for _, w := range rapid.SliceOfN(word, 3, 9).Draw(rt, "known") {
			d[w] = 1 + len(w)
		}
		q := strings.Join(rapid.SliceOfN(rapid.OneOf(word, rapid.SampledFrom([]string{`"`, "-", "  ", ", ", "?!"})), 3, 9).Draw(rt, "text"), " ")
		texts, _ := meant(t, q, d)
		if len(texts) > text.MaxMeant || slices.Contains(texts, q) || len(slices.Compact(slices.Sorted(slices.Values(texts)))) < len(texts) {
			rt.Fatalf("%q: got %q", q, texts)
		}
		for _, other := range texts {
			found++
			was, is := letters.FindAllString(q, -1), letters.FindAllString(other, -1)
			if letters.ReplaceAllString(q, "") != letters.ReplaceAllString(other, "") || len(was) != len(is) {
				rt.Fatalf("%q: got %q", q, other)
			}
			for i, w := range was {
				hasNear := false
				for near := range d {
					hasNear = hasNear || text.NewSpeller(w).Edits(near) > 0
				}
				if replaced := d[w] == 0 && hasNear; replaced != (w != is[i]) || replaced && (d[is[i]] == 0 || text.NewSpeller(w).Edits(is[i]) == 0) {
					rt.Fatalf("%q: got %q, with %q in place of %q; known are %v", q, other, is[i], w, d)
				}
			}
		}
	})
	if found == 0 {
		t.Error("no query may have meant another text")
	}
}
