package touch

import (
	"math"
	"slices"
	"sync/atomic"

	"marquee/storage"
)

// matcher makes the match of a text with the present synonyms: at the first change to be
// checked, because most queries never see one, and again when synonyms have changed.
type matcher struct {
	text *storage.TextQuery
	last atomic.Pointer[made]
}

// made is a match, and the synonyms that it was made with.
type made struct {
	rules *storage.SynonymRules
	match *match
}

// current returns the match, and a version of the catalogue whose synonyms it has at
// least.
//
// An answer that is checked has the synonyms of its own version or of a later one. If they
// differ from the present ones for this text, a change of a synonym touches the answer.
// Otherwise the present ones decide on the other changes.
func (m *matcher) current() (*match, int64) {
	rules, version := (*storage.SynonymRules)(nil), int64(math.MaxInt64)
	if m.text.Synonyms != nil {
		rules, version = m.text.Synonyms.Current()
	}
	last := m.last.Load()
	if last == nil || last.rules != rules {
		last = &made{rules, newMatch(m.text.Query, rules)}
		m.last.Store(last)
	}
	return last.match, version
}

// held reports whether the text holds a text of a synonym before or after a change, so that
// it finds others.
func (m *matcher) held(c *storage.Change) bool {
	if c.Before == nil && c.After == nil { // an import names no documents
		return true
	}
	match, _ := m.current()
	before, after := termsOf(c)
	return slices.ContainsFunc(slices.Concat(before.rules, after.rules), func(r storage.SynonymRule) bool {
		return match.text.Holds(r.Texts[r.Text])
	})
}
