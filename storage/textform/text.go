// Package textform makes the forms of a text that the catalogue compares, sorts
// and searches by, identifies objects by and shows in lists.
package textform

import (
	"strings"
	"sync"
	"unicode"

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

// Visible reports whether a character is visible: not a space, not a control or format
// character, and not ignored by default (Unicode, section 5.21).
func Visible(r rune) bool {
	return !unicode.IsSpace(r) && r != brailleBlank &&
		!unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// brailleBlank is the Braille symbol without dots, the only invisible symbol.
const brailleBlank = '\u2800'
