package text

import (
	"iter"
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
	// from and to are the place in the prepared text, in bytes. The word begins at core,
	// after an elided article.
	from, core, to int32
	// symbol reports whether the word is a pictograph.
	symbol bool
	// glued reports whether only a hyphen separates the word from the last one.
	glued bool
	// literal and apart have the meaning of the fields of Group.
	literal, apart bool
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
	// runFrom and runTo are the place of the run.
	runFrom, runTo int
	// folded is the place of a segment that was folded before it was cut, so that its parts
	// have no places of their own. It is empty for other segments.
	folded Span
	glued  bool
}

// cut cuts a text into its first words. The segments of Unicode (UAX 29) are cut further
// at points, colons and underscores.
func cut(text string, limit int) []word {
	return cutPrepared(prepare(shorten(text, limit*maxRead), nil), limit)
}

// cutPrepared is cut for a text that is prepared.
func cutPrepared(text string, limit int) []word {
	c := cutter{words: make([]word, 0, min(limit, len(text)/5+1))}
	segments := uax.FromString(text)
	for segments.Next() && len(c.words) < limit {
		c.segment(segments.Value(), segments.Start())
	}
	c.endRun()
	return c.words[:min(len(c.words), limit)]
}

// segment adds the segment at a place. A separator ends a run.
func (c *cutter) segment(s string, at int) {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case isPlain(s):
		c.add(word{text: strings.ToLower(s)}, at, at, at+len(s))
	case isLetterOrNumber(r):
		c.letters(s, at)
	case s == "&" || s == "＆":
		c.add(word{text: "and"}, at, at, at+len(s))
	case isPictograph(r):
		c.folded = Span{at, at + len(s)}
		for w := range strings.FieldsFuncSeq(fold(s), isSeparator) {
			c.letters(w, at) // № and ㍿ have letters
		}
		c.folded = Span{}
	case s == "-" || s == "‐" || s == "‑":
		c.endRun()
		c.glued = true
	default:
		c.endRun()
		c.glued = false
		if i := strings.IndexFunc(s, isLetterOrNumber); i > 0 {
			c.letters(s[i:], at+i) // after underscores
		}
	}
}

func isLetterOrNumber(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// letters adds a segment of letters, digits and pictographs, cut where the script changes.
func (c *cutter) letters(s string, at int) {
	for s != "" {
		kind := scriptOf(firstRune(s))
		end := strings.IndexFunc(s, func(r rune) bool { return !unicode.In(r, unicode.M, unicode.Cf) && scriptOf(r) != kind })
		if end < 0 {
			end = len(s)
		}
		switch kind {
		case withoutSpaces:
			c.extendRun(s[:end], at)
		case pictographs:
			c.add(word{text: fold(s[:end]), symbol: true}, at, at, at+end)
		case withSpaces:
			c.spaced(shorten(s[:end], maxSegment), at)
		}
		s, at = s[end:], at+end
	}
}

var digitGroups = regexp.MustCompile(`^[0-9]{1,3}(?:[,.'\x{202f}][0-9]{3})+$`)

// spaced adds a segment of a script with spaces: 20,000 is one number, S.W.A.T. is swat.
func (c *cutter) spaced(s string, at int) {
	if isDigit(firstRune(s)) && digitGroups.MatchString(s) {
		c.add(word{text: strings.Map(onlyDigits, s)}, at, at, at+len(s))
		return
	}
	for i, part := range fields(s, isJoint) {
		c.pointed(part, at+i)
	}
}

// fields visits the parts of a text between runes, with their places. There is no empty
// part.
func fields(s string, isBetween func(rune) bool) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		from := -1
		for i, r := range s {
			switch between := isBetween(r); {
			case between && from >= 0:
				if !yield(from, s[from:i]) {
					return
				}
				from = -1
			case !between && from < 0:
				from = i
			}
		}
		if from >= 0 {
			yield(from, s[from:])
		}
	}
}

// pointed adds the words between points, single letters as one word.
func (c *cutter) pointed(s string, at int) {
	initials, from, to := "", 0, 0
	for i, part := range fields(s, isPoint) {
		if utf8.RuneCountInString(part) == 1 && unicode.IsLetter(firstRune(part)) {
			if initials == "" {
				from = i
			}
			initials, to = initials+part, i+len(part)
			continue
		}
		c.elided(initials, at+from, at+to)
		initials = ""
		c.elided(part, at+i, at+i+len(part))
	}
	c.elided(initials, at+from, at+to)
}

// add ends the run and adds a word with its place; see word.from.
func (c *cutter) add(w word, from, core, to int) {
	c.endRun()
	if c.folded.To > 0 {
		from, core, to = c.folded.From, c.folded.From, c.folded.To
	}
	w.from, w.core, w.to = int32(from), int32(core), int32(to)
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

// extendRun adds characters to the run.
func (c *cutter) extendRun(s string, at int) {
	place := Span{at, at + len(s)}
	if c.folded.To > 0 {
		place = c.folded
	}
	if c.run.Len() == 0 {
		c.runFrom = place.From
	}
	c.runTo = place.To
	c.run.WriteString(s)
}

// endRun adds the run of a script without spaces.
func (c *cutter) endRun() {
	if c.run.Len() == 0 {
		return
	}
	for text := range strings.FieldsFuncSeq(fold(c.run.String()), isSeparator) {
		w := word{text: text, full: text, clusters: clusters(text, maxText), glued: c.glued,
			from: int32(c.runFrom), core: int32(c.runFrom), to: int32(c.runTo)}
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
