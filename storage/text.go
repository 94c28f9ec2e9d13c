package storage

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
	if len(slug) > maxSlug {
		slug = strings.Trim(slug[:maxSlug], "-")
	}
	return slug
}

// visible reports whether a character shows: it is no space, no control or format
// character and none that is ignored by default (Unicode, section 5.21).
func visible(r rune) bool {
	return !unicode.IsSpace(r) && r != brailleBlank &&
		!unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// brailleBlank is a symbol without a dot, the only one that shows nothing.
const brailleBlank = '\u2800'

// maxSnippet is the length of a snippet in characters.
const maxSnippet = 120

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
	if len(runes) <= maxSnippet {
		return text
	}
	cut := maxSnippet - 1
	for cut >= 0 && runes[cut] != ' ' {
		cut--
	}
	word, _, _ := strings.Cut(rest, " ")
	if cut < 0 || cut < begin && begin < maxSnippet && utf8.RuneCountInString(word) > longWord {
		cut = maxSnippet - 1
	}
	shown := strings.TrimRight(string(runes[:cut]), " ")
	return strings.TrimSuffix(shown, strings.TrimRight(dash, " ")) + "…" // what the dash led to is gone
}

// Nearest returns the candidate that name was probably meant to be, "" when
// none is near: at most two edits away, one or none where the name is short. Two
// neighbours swapped are one edit. Case and separators are ignored, so that
// "releaseYear" finds "release_year".
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", 3
	switch n := len([]rune(name)); {
	case n < 3: // UK is one edit from a dozen codes
		bestDistance = 1
	case n < 5:
		bestDistance = 2
	}
	if len(name) > maxNearest {
		return ""
	}
	plain := plainName(name)
	for _, c := range candidates {
		if len(c) > maxNearest {
			continue
		}
		if d := Distance(plain, plainName(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// maxNearest bounds in bytes what Nearest compares: its cost is quadratic.
const maxNearest = 64

// separators is made once: making a replacer costs more than its use.
var separators = strings.NewReplacer("_", "", "-", "", " ", "")

func plainName(s string) string { return separators.Replace(strings.ToLower(s)) }

// Distance counts the letters that have to be changed, added, left out or swapped
// with their neighbour to make a from b (optimal string alignment).
func Distance(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	before, last, row := make([]int, len(rb)+1), make([]int, len(rb)+1), make([]int, len(rb)+1)
	for j := range last {
		last[j] = j
	}
	for i, ca := range ra {
		row[0] = i + 1
		for j, cb := range rb {
			cost := 1
			if ca == cb {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && ca == rb[j-1] && ra[i-1] == cb {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(rb)]
}
