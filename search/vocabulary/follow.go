package vocabulary

import (
	"math"

	"marquee/search/touch"
	"marquee/storage"
	"marquee/storage/poll"
)

// fewChanges is the number of changes that a search waits for: some milliseconds. Run
// applies more in the background.
const fewChanges = 50

// follow applies the changes of the log that the words lack, if these are at most some.
// It reports false if they cannot follow: they are not loaded yet, or the log does not
// know all changes since. While another goroutine follows, follow does nothing.
func (c *Copy) follow(most int) bool {
	to := c.Log.Version()
	if !c.following.TryLock() {
		return true
	}
	defer c.following.Unlock()
	for n, w := range c.words {
		if w != nil && w.version >= to {
			continue
		}
		if w == nil || !c.advance(n, w, to, most) {
			poll.Poke(c.reload)
			return false
		}
	}
	return true
}

// advance brings words to a version, if that takes at most some changes. It reports
// whether they are there.
func (c *Copy) advance(n *storage.Noun, w *words, to int64, most int) bool {
	var changes []*storage.Change
	known := c.Log.Between(w.version, to, func(change *storage.Change) bool {
		if change.Noun == n {
			changes = append(changes, change)
		}
		return len(changes) <= most
	})
	if !known || len(changes) > most {
		return false
	}
	differences := map[string]int{}
	for _, change := range changes {
		if change.Before == nil && change.After == nil {
			return false
		}
		count(differences, change.Before, -1)
		count(differences, change.After, 1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for word, objects := range differences {
		if objects != 0 {
			w.add(word, objects)
		}
	}
	w.version = to
	return true
}

// allChanges makes follow apply any number of changes.
const allChanges = math.MaxInt

// count adds a number to each word of a document, and to the empty one.
func count(differences map[string]int, d *storage.Document, by int) {
	if d == nil {
		return
	}
	differences[""] += by
	for _, word := range touch.TermsOf(d).Words() {
		differences[word] += by
	}
}
