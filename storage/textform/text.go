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

// maxSortKey bounds a sort key in bytes, because an index entry of PostgreSQL has at most
// 2,704. Titles that are equal up to there are ordered by id.
const maxSortKey = 2000

// collators is a pool, because a collator is not safe for concurrent use and its creation
// costs more than its use.
var collators = sync.Pool{New: func() any {
	return &collator{c: collate.New(language.Und)}
}}

type collator struct {
	c   *collate.Collator
	buf collate.Buffer
}

// SortKey returns the Unicode collation key of s in the root locale. Keys compared byte by
// byte order texts as people expect. Every store sorts by these bytes, so all have one
// order.
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

// Fold returns the form in which two equal names are one: NFC, case folded, spaces
// collapsed. Accents are significant.
func Fold(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return norm.NFC.String(cases.Fold().String(strings.Map(cherokee, norm.NFC.String(s))))
}

// cherokee makes a Cherokee letter lower case. Case folding makes these letters upper case
// in the standard but swaps the case in the library, so that without this, folding twice
// would differ from folding once.
func cherokee(r rune) rune {
	if unicode.Is(unicode.Cherokee, r) {
		return unicode.ToLower(r)
	}
	return r
}

// MaxSlug bounds a slug in bytes.
const MaxSlug = 64

// Slug returns an id made from a name: "Science Fiction" becomes science-fiction. Accents
// are dropped. The slug is empty when no a-z or 0-9 remains.
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

// Visible reports whether a character is visible: not a space, not a control or format
// character, and not ignored by default (Unicode, section 5.21).
func Visible(r rune) bool {
	return !unicode.IsSpace(r) && r != brailleBlank &&
		!unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// brailleBlank is the Braille symbol without dots, the only invisible symbol.
const brailleBlank = '\u2800'

// MaxSnippet bounds a snippet in characters.
const MaxSnippet = 120

// dash separates the title from the description in a snippet.
const dash = " – "

// longWord is the maximum length of a word in characters: the longest word of a general
// English dictionary has 28. A longer one is text without spaces, such as Japanese.
const longWord = 30

// Snippet returns title and description, cut at a word to at most 120 characters with an
// ellipsis. When the first word of the description has more than 30 characters, the cut may
// be inside the word, because otherwise the whole description would be lost.
func Snippet(title, description string) string {
	text, rest := strings.Join(strings.Fields(title), " "), strings.Join(strings.Fields(description), " ")
	begin := 0 // start of the part to cut
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
	return strings.TrimSuffix(shown, strings.TrimRight(dash, " ")) + "…" // the text after the dash was cut
}
