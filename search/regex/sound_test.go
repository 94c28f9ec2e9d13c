package regex_test

import (
	"fmt"
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"marquee/search/regex"
	"marquee/storage/textform"
)

// TestNoMatchIsLost checks the promise of the planner: the index finds every text that a
// pattern matches. Each run draws other patterns, and shrinks a failure.
func TestNoMatchIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		choose := chooser(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		if _, err := try(choose, 5); err != nil {
			t.Fatal(err)
		}
	})
}

// TestNoMatchIsLostOfMany tries more patterns, the same in each run. It also counts
// matches and excluded texts: without any, the test would prove nothing.
func TestNoMatchIsLostOfMany(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			var sum tally
			choose := chooser(rand.New(rand.NewPCG(seed, 0)).IntN)
			for range 800 {
				got, err := try(choose, 5)
				if err != nil {
					t.Fatal(err)
				}
				sum.texts += got.texts
				sum.matches += got.matches
				sum.ruledOut += got.ruledOut
			}
			t.Logf("%+v", sum)
			if sum.matches < sum.texts/3 || sum.ruledOut < sum.texts/20 {
				t.Errorf("too few matches, or too few excluded texts: %+v", sum)
			}
		})
	}
}

// tally counts the texts, the matches, and the texts that the formula excluded.
type tally struct{ texts, matches, ruledOut int }

// try draws a pattern, and that many texts for it.
func try(choose chooser, texts int) (sum tally, err error) {
	pattern := choose.pattern(1 + choose(4))
	r, err := regex.Parse(pattern)
	if err != nil {
		return sum, nil // over a limit
	}
	if err := wellFormed(r.Required()); err != nil {
		return sum, fmt.Errorf("%q: %w in %s", pattern, err, r.Required())
	}
	for range texts {
		text := candidate(choose, pattern)
		if err := lost(r, text); err != nil {
			return sum, err
		}
		sum.texts++
		sum.matches += count(r.MatchString(text))
		sum.ruledOut += count(!satisfies(r, text))
	}
	return sum, nil
}

// candidate writes a text that is likely to match, or a random one.
func candidate(choose chooser, pattern string) string {
	if choose(4) == 0 {
		return choose.text(12)
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	text := choose.match(tree)
	if choose(2) == 0 {
		return choose.text(3) + text + choose.text(3)
	}
	return text
}

// FuzzNoMatchIsLost lets the fuzzer write patterns and texts; the bytes of text
// also choose texts that match.
func FuzzNoMatchIsLost(f *testing.F) {
	for _, tt := range formulas {
		f.Add(tt.pattern, "the Star wars of foo bar Kelvin")
	}
	f.Add(`\x{D800}`, "\xff\uFFFD")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		r, err := regex.Parse(pattern)
		if err != nil {
			return
		}
		if err := wellFormed(r.Required()); err != nil {
			t.Fatalf("%q: %v in %s", pattern, err, r.Required())
		}
		for _, s := range []string{text, candidate(bytesOf(text), pattern), candidate(bytesOf("1"+text), pattern)} {
			if err := lost(r, s); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// bytesOf chooses by the bytes of a text, then always the first.
func bytesOf(text string) chooser {
	return func(n int) int {
		if text == "" {
			return 0
		}
		b := int(text[0])
		text = text[1:]
		return b % n
	}
}

func lost(r *regex.Regex, text string) error {
	if !r.MatchString(text) {
		return nil
	}
	if !satisfies(r, text) {
		return fmt.Errorf("%q matches %q, but not %s", r, text, r.Required())
	}
	if !hasTrigrams(r, text) {
		return fmt.Errorf("%q matches %q, but its trigrams do not satisfy %s", r, text, r.Required())
	}
	return nil
}

// indexed returns the form of a text in the indexes.
func indexed(text string) string { return regex.Canon(textform.Raw(text)) }

func satisfies(r *regex.Regex, text string) bool { return r.Required().Matches(indexed(text)) }

// hasTrigrams reports whether an index of trigrams would find the text.
func hasTrigrams(r *regex.Regex, text string) bool {
	held := trigrams(indexed(text))
	return holds(r.Required(), func(literal string) bool {
		for g := range trigrams(literal) {
			if !held[g] {
				return false
			}
		}
		return true
	})
}

func trigrams(text string) map[string]bool {
	grams, runes := map[string]bool{}, []rune(text)
	for i := range len(runes) - 2 {
		grams[string(runes[i:i+3])] = true
	}
	return grams
}

// holds reports whether a formula is satisfied, by the values of its literals.
func holds(f regex.Formula, has func(literal string) bool) bool {
	not := func(g regex.Formula) bool { return !holds(g, has) }
	switch f.Op {
	case regex.Literal:
		return has(f.Text)
	case regex.And:
		return !slices.ContainsFunc(f.Of, not)
	case regex.Or:
		return slices.ContainsFunc(f.Of, func(g regex.Formula) bool { return holds(g, has) })
	}
	return f.Op == regex.All
}

// wellFormed checks the promises of Formula.
func wellFormed(f regex.Formula) error {
	if n := f.Literals(); n > regex.MaxLiterals {
		return fmt.Errorf("%d literals", n)
	}
	switch f.Op {
	case regex.And, regex.Or:
		if len(f.Of) < 2 {
			return fmt.Errorf("%d members", len(f.Of))
		}
	case regex.Literal:
		n := utf8.RuneCountInString(f.Text)
		if n < 3 || n > regex.MaxLiteralRunes || strings.ContainsRune(f.Text, 0) || regex.Canon(f.Text) != f.Text {
			return fmt.Errorf("bad literal %q", f.Text)
		}
	}
	for _, g := range f.Of {
		if g.Op == f.Op || g.Op == regex.All || g.Op == regex.None {
			return fmt.Errorf("%s within %s", g, f)
		}
		if err := wellFormed(g); err != nil {
			return err
		}
	}
	return nil
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
