// Package textform makes the forms of a text that the catalogue compares, sorts
// and searches by, identifies objects by and shows in lists.
package textform

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// maxSortKey bounds a sort key in bytes, since an index entry of PostgreSQL
// ends at 2,704. Titles that are equal in that much are ordered by id.
const maxSortKey = 2000

// collators are pooled because a collator is not safe for concurrent use and
// costs more to make than to use.
var collators = sync.Pool{New: func() any {
	return &collator{c: collate.New(language.Und)}
}}

type collator struct {
	c   *collate.Collator
	buf collate.Buffer
}

// SortKey is the Unicode collation key of s in the root locale: comparing keys
// byte by byte orders texts as people expect. Every store sorts by these
// bytes, so that all of them give one order.
func SortKey(s string) string {
	c := collators.Get().(*collator)
	defer collators.Put(c)
	c.buf.Reset()
	key := c.c.KeyFromString(&c.buf, norm.NFC.String(s))
	if len(key) > maxSortKey {
		key = key[:maxSortKey]
	}
	return string(key)
}

// Fold is the form in which two names count as one: NFC, case folded, spaces
// collapsed. Accents count.
func Fold(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return norm.NFC.String(cases.Fold().String(strings.Map(cherokee, norm.NFC.String(s))))
}

// cherokee lowers the letters of a script whose case folding goes to the upper
// case in the standard and to the other case in the library: folding twice
// would not be folding once.
func cherokee(r rune) rune {
	if unicode.Is(unicode.Cherokee, r) {
		return unicode.ToLower(r)
	}
	return r
}

// MaxSlug bounds a slug in bytes.
const MaxSlug = 64

// Slug makes an id from a name: "Science Fiction" becomes science-fiction.
// Accents are dropped; it is empty when nothing of a-z and 0-9 remains.
func Slug(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(cases.Fold().String(name)) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’':
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := strings.Trim(b.String(), "-")
	if len(slug) > MaxSlug {
		slug = strings.Trim(slug[:MaxSlug], "-")
	}
	return slug
}

// Visible reports whether a character shows: it is no space, no control or format
// character and none that is ignored by default (Unicode, section 5.21).
func Visible(r rune) bool {
	return !unicode.IsSpace(r) && r != brailleBlank &&
		!unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// brailleBlank is a symbol without a dot, the only one that shows nothing.
const brailleBlank = '\u2800'

// MaxSnippet bounds a snippet in characters.
const MaxSnippet = 120

// dash stands between the title and the description in a snippet.
const dash = " – "

// longWord is how long a word is at most, in characters: the longest of a general
// English dictionary has 28. What is longer is a text without spaces, such as a
// Japanese one.
const longWord = 30

// Snippet joins title and description and cuts them at a word, to at most 120
// characters; a cut is marked by an ellipsis. A description that begins with a word
// of more than 30 characters may be cut in it, since all of it would be gone otherwise.
func Snippet(title, description string) string {
	text, rest := strings.Join(strings.Fields(title), " "), strings.Join(strings.Fields(description), " ")
	begin := 0 // of the text in which the cut is
	switch {
	case text == "":
		text = rest
	case rest != "":
		text += dash
		begin = utf8.RuneCountInString(text)
		text += rest
	}
	runes := []rune(text)
	if len(runes) <= MaxSnippet {
		return text
	}
	cut := MaxSnippet - 1
	for cut >= 0 && runes[cut] != ' ' {
		cut--
	}
	word, _, _ := strings.Cut(rest, " ")
	if cut < 0 || cut < begin && begin < MaxSnippet && utf8.RuneCountInString(word) > longWord {
		cut = MaxSnippet - 1
	}
	shown := strings.TrimRight(string(runes[:cut]), " ")
	return strings.TrimSuffix(shown, strings.TrimRight(dash, " ")) + "…" // what the dash led to is gone
}
