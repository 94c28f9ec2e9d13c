package text

import (
	"strings"
	"unicode/utf8"
)

// elisions are articles, pronouns and prepositions of French, Italian and Catalan before
// an apostrophe. They are no part of the word.
var elisions = asSet(`l d j qu n s c m t jusqu lorsqu puisqu quoiqu quelqu presqu gl v
	un all dell nell dall sull coll degl agl negl dagl sugl pell`)

// halves are beginnings before an apostrophe that belong to a name or a title. The part
// after it is a word as well: Connor of O'Connor.
var halves = asSet("o sant bell quest tutt mezz com")

// elided adds a word that may have apostrophes, from one place to another.
func (c *cutter) elided(s string, from, to int) {
	if s == "" {
		return
	}
	before, after, found := strings.Cut(s, "'")
	joined := fold(s)
	w, core := word{text: joined}, from
	if found && utf8.RuneCountInString(after) > 1 {
		rest := fold(after)
		switch prefix := fold(before); {
		case contractions[rest]:
		case elisions[prefix]:
			w, core = word{text: rest, full: joined}, to-len(after)
		case halves[prefix]:
			w.part = rest
		}
	}
	w.other = transliterated(s)
	if strings.ContainsFunc(w.text, isSeparator) {
		for text := range strings.FieldsFuncSeq(w.text, isSeparator) {
			c.add(word{text: text}, from, from, to)
		}
		return
	}
	c.add(w, from, core, to)
}

// contractions follow English words.
var contractions = asSet("ll re ve")
