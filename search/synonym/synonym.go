// Package synonym has a copy of the synonyms of the catalogue in the memory of a process,
// for searches by words. It follows the change log, so that a search on the process that
// wrote a synonym applies it at once.
package synonym

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"marquee/search/follow"
	"marquee/storage"
	"marquee/storage/poll"
)

// Source is the catalogue. storage/postgres implements it.
type Source interface {
	// AllDocuments visits every object of the nouns in pages, in the order of ids, all from
	// one snapshot, and returns the version of the catalogue that it read.
	AllDocuments(ctx context.Context, nouns []*storage.Noun, visit func([]storage.Revision) error) (int64, error)
}

// Config configures a Copy. Source and Log must be set.
type Config struct {
	Source Source
	// Log has the changes that the copy may lack.
	Log storage.Tail
	// Most bounds the synonyms, 0 is DefaultMost. The first by id apply.
	Most int
	// Clock defaults to the system clock.
	Clock poll.Clock
	// Logger receives errors that are retried; nil discards them.
	Logger *slog.Logger
}

// DefaultMost is the number of synonyms that apply. One of three words takes about 1 KB of
// memory, the largest ones 5 KB.
const DefaultMost = 5000

// Copy is the synonyms. It is empty until Run has loaded it. It is safe for concurrent use.
type Copy struct {
	*follow.Follower
	table *table
}

var _ storage.Synonyms = (*Copy)(nil)

// New returns an empty copy, which Run loads.
func New(c Config) *Copy {
	if c.Most == 0 {
		c.Most = DefaultMost
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	t := &table{source: c.Source, most: c.Most, logger: c.Logger}
	return &Copy{table: t, Follower: follow.New(follow.Config{Log: c.Log, Content: "synonyms", Clock: c.Clock, Logger: c.Logger}, t)}
}

// Current returns the present rules, and a version of the catalogue that they show at
// least: that of the log, unless its end does not reach back far enough. Then Run loads them.
func (c *Copy) Current() (*storage.SynonymRules, int64) {
	version := c.Version() // before the rules, which may be newer
	return c.table.rules.Load(), version
}

const (
	// reachTime bounds how long a search waits for synonyms that are being loaded.
	reachTime = time.Second
	// reachPause is the pause between two looks.
	reachPause = 5 * time.Millisecond
)

// Reach returns rules that show a version, and this process's own last write.
func (c *Copy) Reach(ctx context.Context, atLeast int64) (*storage.SynonymRules, int64, error) {
	var wait context.Context
	for {
		rules, version := c.Current()
		wanted := max(atLeast, c.Log.Required())
		if rules != nil && version >= wanted {
			return rules, version, nil
		}
		if wait == nil {
			var cancel context.CancelFunc
			wait, cancel = context.WithTimeout(ctx, reachTime)
			defer cancel()
		}
		switch {
		case wait.Err() == nil:
			poll.Wait(wait, c.Clock, reachPause, nil)
		case ctx.Err() != nil:
			return nil, 0, storage.Errorf(storage.Unavailable, "the request ended before the synonyms were loaded")
		case rules == nil || version < atLeast:
			return nil, 0, storage.Errorf(storage.Unavailable, "the synonyms lag by %d versions; try again", max(1, wanted-version))
		default:
			return rules, version, nil
		}
	}
}

// Stats are statistics of a Copy, for metrics.
type Stats struct {
	// Version is the version of the catalogue that the copy shows at least.
	Version int64
	// Synonyms is the number of synonyms that apply.
	Synonyms int64
	// Loads and Failures are the numbers of complete and of failed loads.
	Loads, Failures uint64
}

// Stats returns the statistics.
func (c *Copy) Stats() Stats {
	return Stats{Version: c.Version(), Synonyms: c.table.count.Load(), Loads: c.Loads(), Failures: c.Failures()}
}

// table is the synonyms by id, and their rules; see follow.Part.
type table struct {
	source Source
	most   int
	logger *slog.Logger
	// byID has the rules of each synonym, and full reports whether others were left out.
	// Load replaces them, and Apply changes them.
	byID  map[string][]storage.SynonymRule
	full  bool
	count atomic.Int64
	rules atomic.Pointer[storage.SynonymRules]
}
