package textform_test

import (
	"strings"
	"testing"

	"marquee/storage/textform"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                         "",
		"!!! … —":                  "",
		"The Lord of the RINGS":    "the lord of the rings",
		"Amélie Ångström Ørsted":   "amelie angstrom orsted",
		"Don't, O’Neil":            "dont oneil",
		"S.W.A.T. and E.T. the":    "swat and et the",
		"Dr. No. 1.5":              "dr no 1 5",
		"Tom & Viv":                "tom and viv",
		"Spider-Man/WALL·E":        "spider man wall e",
		"straße ẞ ﬁlm":             "strasse ss film",
		"七人の侍 Москва ガンダム":         "七 人 の 侍 москва カンタム",
		"'a' <-> b:* | \"c\" \\ %": "a b c",
	} {
		if got := strings.Join(textform.Words(in), " "); got != want {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTitleKey(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"WarGames", "war games", "War-Games"},
		{"The Godfather II", "godfather 2", "THE GODFATHER: II"},
		{"A", "a"}, {"The", "the"}, {"!!!", " !!! "}, {"Amélie", "AMELIE"}, {"Tom & Viv", "tom and viv"},
	} {
		for _, title := range same[1:] {
			if a, b := textform.TitleKey(same[0]), textform.TitleKey(title); a != b || a == "" {
				t.Errorf("TitleKey(%q) is %q, TitleKey(%q) is %q", same[0], a, title, b)
			}
		}
	}
	for _, pair := range [][2]string{{"Rocky", "Rocky II"}, {"I, Robot", "Robot"}, {"!!!", "???"}} {
		if textform.TitleKey(pair[0]) == textform.TitleKey(pair[1]) {
			t.Errorf("%q and %q have the same key", pair[0], pair[1])
		}
	}
}
