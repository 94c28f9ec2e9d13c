package query_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"marquee/search/elastic/query"
)

func TestGrams(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":           "",
		"ab":         "",
		"abc":        "abc",
		"a b c":      "a␣b ␣b␣ b␣c",
		"\x1eIt\x1e": `\1e;It It\1e;`,
		"a␣b":        `a\2423;b`,
		"a\\b":       `a\5c;b`,
		"a\nb\u00a0": `a\a;b \a;b\a0;`,
		"七人の侍":       "七人の 人の侍",
		"👨\u200d👩":   `👨\200d;👩`,
	} {
		if got := query.Grams(text); got != want {
			t.Errorf("Grams(%q) = %q, want %q", text, got, want)
		}
	}
}

// Grams are as many terms as the text has trigrams, and a text contains another one
// exactly if its terms have the other's in a row.
func TestGramsAreSubstrings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		runes := rapid.SampledFrom([]rune("ab ␣\\2423;\n\x1e\u2028\u3000\u200b\ue000"))
		text, part := rapid.StringOfN(runes, 0, 12, -1).Draw(rt, "text"), rapid.StringOfN(runes, 3, 5, -1).Draw(rt, "part")
		all, some := split(query.Grams(text)), split(query.Grams(part))
		if n := max(len([]rune(text))-2, 0); len(all) != n || strings.Join(all, " ") != query.Grams(text) {
			rt.Fatalf("%q has %d terms, want %d", text, len(all), n)
		}
		found := false
		for i := range all {
			found = found || i+len(some) <= len(all) && slices.Equal(all[i:i+len(some)], some)
		}
		if found != strings.Contains(text, part) {
			rt.Fatalf("%q in %q: %v", part, text, found)
		}
	})
}

// split cuts at what the whitespace tokenizer cuts at, and more.
func split(terms string) []string {
	return strings.FieldsFunc(terms, func(r rune) bool { return unicode.In(r, unicode.Z, unicode.C) })
}
