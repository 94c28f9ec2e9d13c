package regex_test

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"marquee/search/regex"
)

func TestCanon(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":               "",
		"Star Wars":      "STAR WARS",
		"Kelvin, kiſs":   "KELVIN, KISS",
		"ΣΊΣΥΦΟς":        "ΣΊΣΥΦΟΣ",
		"straße ẞ":       "STRAßE ß",
		"İstanbul ı":     "İSTANBUL ı",
		"ǆǅǄ":            "ǄǄǄ",
		"e\u0301 \u00e9": "E\u0301 \u00c9", // not normalized
		"七人の侍":           "七人の侍",
		"𐐨":              "𐐀",
		"a\xffb":         "A\ufffdB",
	} {
		if got := regex.Canon(in); got != want {
			t.Errorf("Canon(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestCanonFoldsWhatPatternsFold goes through all of Unicode.
func TestCanonFoldsWhatPatternsFold(t *testing.T) {
	t.Parallel()
	for r := range rune(unicode.MaxRune + 1) {
		if f := unicode.SimpleFold(r); f != r && regex.Canon(string(f)) != regex.Canon(string(r)) {
			t.Errorf("Canon of %U and %U differ, want the same", r, f)
		}
	}
}

func TestCanonPreservesLengthAndIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		canon := regex.Canon(s)
		if utf8.RuneCountInString(canon) != utf8.RuneCountInString(s) || regex.Canon(canon) != canon || !utf8.ValidString(canon) {
			t.Fatalf("Canon(%q) = %q", s, canon)
		}
	})
}
