package search

import (
	"context"
	"slices"
	"time"

	"marquee/search/touch"
	"marquee/storage"
)

// freshTime is how long a list waits for the index: several of the indexer's
// rounds, which take 20 to 60 ms. After that the fallback is faster.
const freshTime = 300 * time.Millisecond

// fresh reports whether the index would answer as if it had every change that the
// query has to show. If it would not, fresh waits for it a short time. Changes that
// do not touch the list make no difference: otherwise one editor's writes would
// send every search of a process to the fallback.
func (c *Chooser) fresh(ctx context.Context, q *storage.Query) bool {
	at := c.Progress.Version()
	if at == 0 { // there is no index, or it follows another catalogue
		return false
	}
	needed := c.needed(q, at)
	if at >= needed {
		return true
	}
	if stalled, _, ok := c.stalled.Last(); ok && stalled == at {
		return false
	}
	waiting, cancel := context.WithTimeout(ctx, freshTime)
	defer cancel()
	if c.Progress.Wait(waiting, needed) == nil {
		return true
	}
	if ctx.Err() == nil && c.Progress.Version() == at {
		c.stalled.Saw(at) // nobody else waits until the index moves
	}
	return false
}

// lacks reports whether the index lacks a change that the query has to show, and that touches
// what its text may have meant. Only the answer says what that depends on.
func (c *Chooser) lacks(q *storage.Query, page *storage.Page) bool {
	wanted := c.wanted(q)
	return slices.ContainsFunc(touch.Meant(q, page.Meant), func(i *touch.Interest) bool {
		return storage.Touched(c.Log, page.AsOf, wanted, i.Check().Touched)
	})
}

// wanted returns the version that the answer has to show: the one that the query
// names, and this process's own last write.
func (c *Chooser) wanted(q *storage.Query) int64 { return max(q.AtLeast, c.Log.Required()) }

// needed returns the version that an index at version at has to reach for the
// query: the last wanted change that touches it.
func (c *Chooser) needed(q *storage.Query, at int64) int64 {
	wanted := c.wanted(q)
	if at >= wanted {
		return at
	}
	return storage.LastTouch(c.Log, at, wanted, touch.NewInterest(q).Check().Touched)
}
