package search

import (
	"context"
	"fmt"
	"time"

	"marquee/search/touch"
	"marquee/storage"
)

// freshTime is how long a list waits for the index: several of the indexer's
// rounds, which take 20 to 60 ms. Then the stand-in is faster.
const freshTime = 300 * time.Millisecond

// errBehind is an index that lacks a change which the answer has to show.
var errBehind = fmt.Errorf("the search index is behind (%w)", errInconclusive)

// fresh reports whether the index would answer as if it had every change that
// the query asks for, after a short wait where it does not. Changes that do not
// touch the list make no difference: else an editor at work on one process would
// keep every search on it away from the index.
func (c *Chooser) fresh(ctx context.Context, q *storage.Query) bool {
	at := c.Progress.Version()
	if at == 0 { // nothing, or an index that follows another catalogue
		return false
	}
	needed := c.needed(q, at)
	if at >= needed {
		return true
	}
	if c.stalled.Load() == at {
		return false
	}
	waiting, cancel := context.WithTimeout(ctx, freshTime)
	defer cancel()
	if c.Progress.Wait(waiting, needed) == nil {
		return true
	}
	if ctx.Err() == nil && c.Progress.Version() == at {
		c.stalled.Store(at) // nobody else need wait until it moves
	}
	return false
}

// wanted is the version that the answer has to show: the one asked for, and this
// process's own writes.
func (c *Chooser) wanted(q *storage.Query) int64 { return max(q.AtLeast, c.Log.Required()) }

// needed is the version that an index at a version has to reach for the query:
// that of the last change which touches it, or, where not all of them are known,
// the one asked for.
func (c *Chooser) needed(q *storage.Query, at int64) int64 {
	wanted, last := c.wanted(q), at
	if at >= wanted {
		return at
	}
	interest := touch.NewInterest(q).Check()
	known := c.Log.Between(at, wanted, func(change *storage.Change) bool {
		if interest.Touched(change, touch.NewTerms) {
			last = change.Version
		}
		return true
	})
	if !known {
		return wanted
	}
	return last
}

// behind answers a list for which the index has not come far enough. Filters,
// whole values and expressions find the same objects in the stand-in; a ranking
// that was begun in the index can only go on there.
func (c *Chooser) behind(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	if RankedBy(q) == IndexRanking {
		return nil, storage.Errorf(storage.Unavailable, "the search index is %d versions behind; try again", max(1, c.wanted(q)-c.Progress.Version()))
	}
	c.stats.behind.Add(1)
	return c.standIn(ctx, q, q.Text != nil && q.Text.Kind == storage.Match)
}
