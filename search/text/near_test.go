package text_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/spelling"
)

func TestEdits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		word, other string
		edits       int
	}{
		{"fargo", "fargo", 0}, {"fago", "fargo", 1}, {"fagro", "fargo", 1}, {"farggo", "fargo", 1}, {"fxrxo", "fargo", 0},
		{"cat", "cut", 0}, {"targo", "fargo", 0}, {"1999", "1990", 0}, {"termintor", "terminator", 1}, {"jurrasic", "jurassic", 2}, {"jurrasix", "jurassic", 0},
		{"matrxi", "matrix", 1}, {"амелии", "амелия", 1}, {"神隠しの神", "神隠しの紙", 0},
		{strings.Repeat("a", 41), strings.Repeat("a", 40), 0}, {"a", "", 0}, {"abcd", "", 0},
	} {
		if got := text.NewSpeller(tt.word).Edits(tt.other); got != tt.edits {
			t.Errorf("Edits(%q, %q): got %d, want %d", tt.word, tt.other, got, tt.edits)
		}
	}
}

// The letters that words share never hide a typo.
func TestEditsEqualDistances(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abcяé]{1,12}`).Draw(t, "word")
		other := word[:1] + rapid.StringMatching(`[abcяé]{0,12}`).Draw(t, "other")
		want := spelling.Distance(word, other)
		if !strings.HasPrefix(other, string([]rune(word)[:1])) || want > text.MaxEdits(word) {
			want = 0
		}
		if got := text.NewSpeller(word).Edits(other); got != want {
			t.Errorf("Edits(%q, %q): got %d, want %d", word, other, got, want)
		}
	})
}

// known is a vocabulary of words and terms with their numbers of objects.
type known map[string]int

func (k known) Counts(_ context.Context, _ *storage.Noun, terms []string) (map[string]int, error) {
	out := map[string]int{}
	for _, t := range terms {
		if k[t] > 0 {
			out[t] = k[t]
		}
	}
	return out, nil
}

func (k known) Words(_ context.Context, _ *storage.Noun, first rune, least, most int, visit func(string, int)) error {
	for term, objects := range k {
		w, isWord := strings.CutPrefix(term, storage.WordMark)
		if n := len([]rune(w)); isWord && strings.HasPrefix(w, string(first)) && least <= n && n <= most {
			visit(w, objects)
		}
	}
	return nil
}

func TestCorrect(t *testing.T) {
	t.Parallel()
	v := known{
		"termin": 3, ":terminator": 6, ":termination": 2, ":termintors": 9, ":termite": 1, ":termini": 1,
		"matrix": 7, ":matrix": 7, ":matra": 2, ":matry": 3, "matrx": 1, ":matrx": 1, ":it": 9,
	}
	q := text.Parse("termintor matrix it matrx")
	if err := q.Correct(context.Background(), storage.Movie, v); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range q.Groups {
		var near []string
		for _, n := range g.Near {
			near = append(near, n.Word)
		}
		got = append(got, g.Word+":"+strings.Join(near, ","))
	}
	if want := "termintor:termintors,terminator matrix: matrx:matrix,matry,matra"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, " "), want)
	}
}

type failing struct{ known }

func (failing) Counts(context.Context, *storage.Noun, []string) (map[string]int, error) {
	return nil, errors.New("no vocabulary")
}

func TestCorrectReturnsTheErrorOfTheVocabulary(t *testing.T) {
	t.Parallel()
	if err := text.Parse("x").Correct(context.Background(), storage.Movie, failing{}); err == nil {
		t.Error("got no error")
	}
}
