// Package vocabulary has a copy of the words of the catalogue in the memory of a process,
// for engines that cannot look up similar words. It follows the change log, so that a
// search finds a new word a moment after the write.
package vocabulary

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"marquee/search/follow"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/poll"
)

// Source is the catalogue. storage/postgres implements it.
type Source interface {
	// Vocabulary visits the words of a noun with the number of objects that have each, and
	// the empty word with the number of all objects. It returns the version of the catalogue
	// that it read.
	Vocabulary(ctx context.Context, n *storage.Noun, visit func(word string, objects int)) (version int64, err error)
}

// Config configures a Copy. Source and Log must be set.
type Config struct {
	Source Source
	// Log has the changes that the copy may lack.
	Log storage.Tail
	// Clock defaults to the system clock.
	Clock poll.Clock
	// Logger receives errors that are retried; nil discards them.
	Logger *slog.Logger
}

// fewChanges is the number of changes that a search waits for: some milliseconds.
const fewChanges = 50

// Copy is the words of every searched noun. It is empty until Run has loaded it, and may
// lag: then a misspelt word may lack a correction. It is safe for concurrent use.
type Copy struct {
	*follow.Follower
	source Source
	mu     sync.RWMutex
	words  map[*storage.Noun]*words // of each searched noun, nil before the first load
}

var _ text.Vocabulary = (*Copy)(nil)

// New returns an empty copy, which Run loads.
func New(c Config) *Copy {
	out := &Copy{source: c.Source, words: map[*storage.Noun]*words{}}
	var parts []follow.Part
	for _, n := range storage.Nouns {
		if len(n.Searched) > 0 {
			out.words[n] = nil
			parts = append(parts, part{out, n})
		}
	}
	out.Follower = follow.New(follow.Config{Log: c.Log, Content: "words", Patience: fewChanges, Clock: c.Clock, Logger: c.Logger}, parts...)
	return out
}

// Stats are statistics of a Copy, for metrics.
type Stats struct {
	// Version is the version of the catalogue that the words show at least.
	Version int64
	// Words is the number of words of all nouns, the empty ones included.
	Words int
	// Loads and Failures are the numbers of complete and of failed loads.
	Loads, Failures uint64
}

// Stats returns the statistics.
func (c *Copy) Stats() Stats {
	s := Stats{Version: c.Version(), Loads: c.Loads(), Failures: c.Failures()}
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, w := range c.words {
		if w == nil {
			continue
		}
		for _, list := range w.buckets {
			s.Words += len(list)
		}
	}
	return s
}

// Counts returns the number of objects that have each of the words, which have
// storage.WordMark. It knows no other terms.
func (c *Copy) Counts(_ context.Context, n *storage.Noun, terms []string) (map[string]int, error) {
	counts := make(map[string]int, len(terms))
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, t := range terms {
		if word, ok := strings.CutPrefix(t, storage.WordMark); ok {
			if objects := c.words[n].count(word); objects > 0 {
				counts[t] = objects
			}
		}
	}
	return counts, nil
}

// Words visits the words that begin with a letter and have lengths from least to most in
// runes, with their numbers of objects.
func (c *Copy) Words(_ context.Context, n *storage.Noun, first rune, least, most int, visit func(word string, objects int)) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	c.words[n].visit(first, least, most, visit)
	return nil
}
