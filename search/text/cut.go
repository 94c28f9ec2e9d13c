package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	uax "github.com/clipperhouse/uax29/v2/words"
)

// word is a word of a text, or a run of a script that has no spaces between words.
type word struct {
	text string // folded
	// full is text after its elided article: lhomme for "l'homme".
	full string
	// other is text in another spelling, "" for none: mueller for Müller. part is a word
	// inside it, "" for none: connor of O'Connor.
	other, part string
	// clusters are the characters of a run.
	clusters []string
	// symbol reports whether the word is a pictograph.
	symbol bool
	// glued reports whether only a hyphen separates the word from the last one.
	glued bool
}

const (
	// maxRead bounds the bytes that are read for each word of the limit, maxSegment those
	// of a segment.
	maxRead, maxSegment = 26, 512
	// maxRunes and maxBytes bound a word. Longer ones are cut, in queries as well.
	maxRunes, maxBytes = 64, 240
)

// spellings returns the words that mean the same.
func (w *word) spellings() []string {
	var out []string
	if w.full != w.text {
		out = append(out, w.full)
	}
	if w.other != "" {
		out = append(out, w.other)
	}
	return out
}

// cutter collects the words of a text.
type cutter struct {
	words []word
	run   strings.Builder
	glued bool
}

// cut cuts a text into its first words. The segments of Unicode (UAX 29) are cut further
// at points, colons and underscores.
func cut(text string, limit int) []word {
	c := cutter{words: make([]word, 0, min(limit, len(text)/5+1))}
	segments := uax.FromString(prepare(shorten(text, limit*maxRead)))
	for segments.Next() && len(c.words) < limit {
		c.segment(segments.Value())
	}
	c.endRun()
	return c.words[:min(len(c.words), limit)]
}

// segment adds a segment. A separator ends a run.
func (c *cutter) segment(s string) {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case isPlain(s):
		c.add(word{text: strings.ToLower(s)})
	case isLetterOrNumber(r):
		c.letters(s)
	case s == "&" || s == "＆":
		c.add(word{text: "and"})
	case isPictograph(r):
		for w := range strings.FieldsFuncSeq(fold(s), isSeparator) {
			c.letters(w) // № and ㍿ have letters
		}
	case s == "-" || s == "‐" || s == "‑":
		c.endRun()
		c.glued = true
	default:
		c.endRun()
		c.glued = false
		if i := strings.IndexFunc(s, isLetterOrNumber); i > 0 {
			c.letters(s[i:]) // after underscores
		}
	}
}

func isLetterOrNumber(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// letters adds a segment of letters, digits and pictographs, cut where the script changes.
func (c *cutter) letters(s string) {
	for s != "" {
		kind := scriptOf(firstRune(s))
		end := strings.IndexFunc(s, func(r rune) bool { return !unicode.In(r, unicode.M, unicode.Cf) && scriptOf(r) != kind })
		if end < 0 {
			end = len(s)
		}
		switch kind {
		case withoutSpaces:
			c.run.WriteString(s[:end])
		case pictographs:
			c.add(word{text: fold(s[:end]), symbol: true})
		case withSpaces:
			c.spaced(shorten(s[:end], maxSegment))
		}
		s = s[end:]
	}
}

var digitGroups = regexp.MustCompile(`^[0-9]{1,3}(?:[,.'\x{202f}][0-9]{3})+$`)

// spaced adds a segment of a script with spaces: 20,000 is one number, S.W.A.T. is swat.
func (c *cutter) spaced(s string) {
	if isDigit(firstRune(s)) && digitGroups.MatchString(s) {
		c.add(word{text: strings.Map(onlyDigits, s)})
		return
	}
	for part := range strings.FieldsFuncSeq(s, isJoint) {
		c.pointed(part)
	}
}

// pointed adds the words between points, single letters as one word.
func (c *cutter) pointed(s string) {
	initials := ""
	for part := range strings.FieldsFuncSeq(s, isPoint) {
		if utf8.RuneCountInString(part) == 1 && unicode.IsLetter(firstRune(part)) {
			initials += part
			continue
		}
		c.elided(initials)
		initials = ""
		c.elided(part)
	}
	c.elided(initials)
}

// add ends the run and adds a word.
func (c *cutter) add(w word) {
	c.endRun()
	if w.text = shortenWord(w.text); w.text == "" {
		return
	}
	if w.full = shortenWord(w.full); w.full == "" {
		w.full = w.text
	}
	w.other, w.part = shortenWord(w.other), shortenWord(w.part)
	w.glued = c.glued
	c.glued = false
	c.words = append(c.words, w)
}

// endRun adds the run of a script without spaces.
func (c *cutter) endRun() {
	if c.run.Len() == 0 {
		return
	}
	for text := range strings.FieldsFuncSeq(fold(c.run.String()), isSeparator) {
		w := word{text: text, full: text, clusters: clusters(text, maxText), glued: c.glued}
		c.words = append(c.words, w)
	}
	c.run.Reset()
	c.glued = false
}

// shortenWord cuts a word to its maximum length.
func shortenWord(s string) string {
	if len(s) <= maxRunes {
		return s
	}
	n := 0
	for i := range s {
		if n == maxRunes {
			s = s[:i]
			break
		}
		n++
	}
	return shorten(s, maxBytes)
}

// shorten cuts a text to a number of bytes, not inside a letter.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
