package search

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"

	"github.com/sony/gobreaker/v2"

	"marquee/storage"
)

// ChooserConfig says between which engines to choose. All but Logger must be
// set.
type ChooserConfig struct {
	// Index answers lists with a text or genres, from what has been indexed.
	Index Engine
	// StandIn answers all others, and these where the index cannot. It reads the
	// catalogue itself.
	StandIn Engine
	// Progress is how far Index has come.
	Progress Progress
	// Log tells what it lacks.
	Log Log
	// Logger receives the failures of the index; nil drops them.
	Logger *slog.Logger
}

// Progress is the version that an index has at least; storage/tail has it.
type Progress interface {
	Version() int64
	// Wait returns when the version is reached, or the error of ctx.
	Wait(ctx context.Context, version int64) error
}

// Log is the end of the log of changes; storage/tail has it.
type Log interface {
	// Between visits the changes after one version up to another until visit
	// returns false; it reports whether all of them are known.
	Between(from, to int64, visit func(*storage.Change) bool) (known bool)
	// Required is the version of this process's own last write.
	Required() int64
}

// Chooser is an Engine that has each list answered by the engine whose business
// it is, or else by its stand-in: when the index fails, and when it lacks a
// change that the answer has to show.
type Chooser struct {
	ChooserConfig
	breaker *gobreaker.CircuitBreaker[*storage.Page]
	// stalled is the version at which the index stood through a whole wait.
	stalled atomic.Int64
	stats   chooserCounts
}

var _ Engine = (*Chooser)(nil)

// NewChooser makes a chooser between two engines.
func NewChooser(c ChooserConfig) *Chooser {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Chooser{ChooserConfig: c, breaker: newBreaker(c.Logger)}
}

// List answers a query; see Engine. Page.Degraded is set where the stand-in
// answers because the index failed, and wherever it ranks in its place.
func (c *Chooser) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	switch {
	case !forIndex(q):
		return c.StandIn.List(ctx, q)
	case RankedBy(q) == StandInRanking: // it goes on where the stand-in left off
		c.stats.continued.Add(1)
		return c.standIn(ctx, q, true)
	}
	page, err := c.ask(ctx, q)
	switch {
	case answered(err), ctx.Err() != nil:
		c.stats.index.Add(1)
		return page, err
	case errors.Is(err, errBehind):
		return c.behind(ctx, q)
	}
	c.stats.failed.Add(1)
	return c.standIn(ctx, q, true)
}

// forIndex reports whether the list is the index's business: a text, or genres.
// Nouns that it does not keep have neither.
func forIndex(q *storage.Query) bool {
	return Indexed(q.Noun) && (q.Text != nil || slices.ContainsFunc(q.Conditions, func(cond storage.Condition) bool {
		f := cond.Filter
		return (f.Kind == storage.AnyOf || f.Kind == storage.AllOf) && f.Target == storage.Genre.Name
	}))
}

// standIn has the stand-in answer.
func (c *Chooser) standIn(ctx context.Context, q *storage.Query, degraded bool) (*storage.Page, error) {
	page, err := c.StandIn.List(ctx, q)
	if err != nil {
		return nil, err
	}
	page.Degraded = degraded
	return page, nil
}
