package textform_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/textform"
)

func TestSnippet(t *testing.T) {
	t.Parallel()
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	tests := []struct{ name, title, description, want string }{
		{"nothing", "", "", ""},
		{"title", "M", "", "M"},
		{"title and description", "M", "A city hunts.", "M – A city hunts."},
		{"description", "", "A city hunts.", "A city hunts."},
		{"blank description", "M", " \n", "M"},
		{"blank title", "\t", "A city hunts.", "A city hunts."},
		{"white space", "  The\n Third\tMan ", " Vienna,\r\n\r\n after\u00a0the war ", "The Third Man – Vienna, after the war"},
		{"120 characters", strings.Repeat("é", 59) + " " + strings.Repeat("日", 60), "", strings.Repeat("é", 59) + " " + strings.Repeat("日", 60)},
		{"121 characters", strings.Repeat("é", 60) + " " + strings.Repeat("日", 60), "", strings.Repeat("é", 60) + " " + strings.Repeat("日", 58) + "…"},
		{"cut behind the last whole word", words(30), "", words(23) + " word…"},
		{"cut in the description", "M", words(30), "M – " + words(23) + "…"},
		{"cut at the dash", words(23), words(30), words(23) + "…"},
		{"a description of one long word", "M", strings.Repeat("日", 500), "M – " + strings.Repeat("日", 115) + "…"},
		{"title and description without spaces", "千と千尋の神隠し", strings.Repeat("千", 200), "千と千尋の神隠し – " + strings.Repeat("千", 108) + "…"},
		{"a long word behind a title of words", words(20), strings.Repeat("a", 31), words(20) + " – " + strings.Repeat("a", 17) + "…"},
		{"a word of 30 behind a title of words", words(20), strings.Repeat("a", 30), words(20) + "…"},
		{"a long word with room for one character", strings.Repeat("é", 115), strings.Repeat("日", 31), strings.Repeat("é", 115) + " – 日…"},
		{"a long word without room", strings.Repeat("é", 116), strings.Repeat("日", 31), strings.Repeat("é", 116) + "…"},
		{"a long word far behind", words(30), strings.Repeat("日", 31), words(23) + " word…"},
		{"words before a long word", "M", "A city. " + strings.Repeat("日", 500), "M – A city. " + strings.Repeat("日", 107) + "…"},
		{"an early space", "X", "千と " + strings.Repeat("千", 200), "X – 千と " + strings.Repeat("千", 112) + "…"},
		{"flags", "", strings.Repeat("🇫🇷", 70), strings.Repeat("🇫🇷", 59) + "…"},
		{"a family", "", strings.Repeat("a", 115) + strings.Repeat("👨\u200d👩\u200d👧", 9), strings.Repeat("a", 115) + "…"},
		{"syllables", "", strings.Repeat("क्षि", 40), strings.Repeat("क्षि", 29) + "…"},
		{"marks", "", strings.Repeat("e\u0301", 70), strings.Repeat("e\u0301", 59) + "…"},
		{"one endless cluster", "", "a" + strings.Repeat("\u0301", 200), "…"},
		{"a word that ends at 119", strings.Repeat("a", 119) + " b", "", strings.Repeat("a", 119) + "…"},
		{"a word that ends at 120", strings.Repeat("a", 120) + " b", "", strings.Repeat("a", 119) + "…"},
		{"one long word", strings.Repeat("😀", 500), "", strings.Repeat("😀", 119) + "…"},
		{"one long word without title", "", strings.Repeat("日", 500), strings.Repeat("日", 119) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := textform.Snippet(tt.title, tt.description); got != tt.want {
				t.Errorf("got  %q (%d)\nwant %q (%d)", got, utf8.RuneCountInString(got), tt.want, utf8.RuneCountInString(tt.want))
			}
		})
	}
}

func TestSnippetsAreShortAndEndAtAWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringN(1, 150, -1).Filter(func(s string) bool { return strings.IndexFunc(s, unicode.IsSpace) < 0 })
		title := strings.Join(rapid.SliceOfN(word, 1, 4).Draw(t, "title"), " ")
		description := strings.Join(rapid.SliceOfN(word, 1, 30).Draw(t, "description"), " ")
		s, whole := textform.Snippet(title, description), title+" – "+description
		if n := utf8.RuneCountInString(s); n > 120 || !utf8.ValidString(s) {
			t.Fatalf("got %d characters: %q", n, s)
		}
		if s == whole {
			return
		}
		cut, ended := strings.CutSuffix(s, "…")
		rest, isPrefix := strings.CutPrefix(whole, cut)
		if !ended || !isPrefix {
			t.Fatalf("got %q, want the beginning of %q with an ellipsis", s, whole)
		}
		begun := cut[strings.LastIndex(cut, " ")+1:]
		remainder, _, _ := strings.Cut(rest, " ")
		if length := utf8.RuneCountInString(begun + remainder); remainder != "" && (length <= 30 || utf8.RuneCountInString(s) != 120) {
			t.Errorf("got %q, cut inside a word of %d characters", s, length)
		}
	})
}

func TestSlug(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Action": "action", "Science Fiction": "science-fiction", "Film-Noir": "film-noir", "  Sci-Fi & Fantasy! ": "sci-fi-fantasy", "3D": "3d",
		"Comédie dramatique": "comedie-dramatique", "Cine\u0301ma": "cinema", "Straße": "strasse", "İstanbul": "istanbul", "ＡＢＣ": "abc", "Children's": "childrens", "Children’s": "childrens",
		"---": "", "": "", "!?": "", "Драма": "", "日本": "", "日本 anime": "", "Драма TV": "", "Комедия TV": "", "٣D": "",
		"Æventyr": "aeventyr", "Łotrzykowski": "lotrzykowski", "Øst": "ost", "Þriller": "thriller", "Œuvre": "oeuvre", "Đorđe": "dorde", "Ðrama": "drama", "Ħaż-Żebbuġ": "haz-zebbug", "Ŧ": "t", "Diyarbakır": "diyarbakir",
		"a__b": "a-b", "a – b": "a-b", "a\nb": "a-b",
		strings.Repeat("a", 64): strings.Repeat("a", 64), strings.Repeat("a", 65): strings.Repeat("a", 64),
		strings.Repeat("a", 63) + " b": strings.Repeat("a", 63), strings.Repeat("a", 62) + " bc": strings.Repeat("a", 62) + "-b",
	}
	for name, want := range tests {
		if got := textform.Slug(name); got != want {
			t.Errorf("Slug(%q): got %q, want %q", name, got, want)
		}
	}
}

func TestSameLetters(t *testing.T) {
	t.Parallel()
	for _, names := range [][2]string{{"Sci-Fi", "Sci Fi"}, {"SCI-FI", "scifi"}, {"Café", "Cafe"}, {"Æventyr", "aeventyr"}, {"Children's", "Children’s"}, {"Straße", "STRASSE"}} {
		if !textform.SameLetters(names[0], names[1]) {
			t.Errorf("%q and %q have other letters", names[0], names[1])
		}
	}
	long := strings.Repeat("a", 64)
	for _, names := range [][2]string{{"C", "C++"}, {"C++", "C#"}, {"Love ♥", "Love ★"}, {"Драма TV", "Комедия TV"}, {"Драма", ""}, {long + "b", long + "c"}} {
		if textform.SameLetters(names[0], names[1]) {
			t.Errorf("%q and %q have the same letters", names[0], names[1])
		}
	}
}

// An index entry of PostgreSQL has at most 2,704 bytes. The longest folded name fits.
func TestFoldedNamesFitIntoAnIndex(t *testing.T) {
	t.Parallel()
	longest := 0
	for r := rune(1); r <= unicode.MaxRune; r++ {
		longest = max(longest, len(textform.Fold(string(r))))
	}
	if size := int(storage.Genre.Field("name").Type.Max) * longest; size > 2600 {
		t.Errorf("a folded name can have %d bytes", size)
	}
}

func TestSlugsAreIDs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := textform.Slug(rapid.OneOf(rapid.String(), drawnText(), rapid.StringMatching(`[a-zA-Z0-9 '–-]{0,90}`)).Draw(t, "name"))
		if s != "" && !storage.Genre.ValidID(s) {
			t.Errorf("the slug %q is not a valid id", s)
		}
		if again := textform.Slug(s); again != s {
			t.Errorf("Slug(%q): got %q, want the same", s, again)
		}
	})
}

func TestFoldOfEqualNames(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"Film noir", "FILM NOIR", "film  noir", " Film\tnoir ", "Film\u00a0noir"},
		{"Agnès Varda", "AGNÈS VARDA", "agne\u0300s varda"},
		{"Straße", "STRASSE", "strasse"},
		{"ΣΊΣΥΦΟΣ", "σίσυφος", "σίσυφοσ"},
		{"Å", "\u212b", "a\u030a"},
		{"Ꭰ", "ꭰ"}, // Cherokee, whose small letters are the younger ones
		{"", " ", "\n\t"},
	} {
		for _, s := range same {
			if got, want := textform.Fold(s), textform.Fold(same[0]); got != want {
				t.Errorf("Fold(%q) is %q, Fold(%q) is %q", s, got, same[0], want)
			}
		}
	}
	for _, pair := range [][2]string{{"Agnès", "Agnes"}, {"filmnoir", "film noir"}, {"ı", "i"}, {"Action", "Actions"}, {"a-b", "a b"}} {
		if textform.Fold(pair[0]) == textform.Fold(pair[1]) {
			t.Errorf("Fold of %q and %q is equal", pair[0], pair[1])
		}
	}
}

func TestFoldIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		once := textform.Fold(rapid.OneOf(rapid.String(), drawnText()).Draw(t, "name"))
		if twice := textform.Fold(once); twice != once {
			t.Errorf("Fold(%q): got %q, want the same", once, twice)
		}
	})
}

// drawnText returns a generator of texts that often have special characters. Parallel
// tests cannot share a generator.
func drawnText() *rapid.Generator[string] {
	return rapid.StringOf(rapid.OneOf(
		rapid.SampledFrom([]rune("aZ 09<>&\"\\/~'–é\u0301ßıİΣς日😀\u0001\t\n\u007f\u0085\u00a0\u200b\u2028\u2029\ufeff\ufffd\uffff")),
		rapid.Rune().Filter(func(r rune) bool { return r != 0 }),
	))
}
