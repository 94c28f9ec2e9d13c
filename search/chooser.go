package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"

	"marquee/storage"
	"marquee/storage/fallback"
)

// ChooserConfig names the engines between which a Chooser chooses. All but Logger
// must be set.
type ChooserConfig struct {
	// Index answers lists with a text or genres, from its own copy of the catalogue.
	Index Engine
	// Fallback answers all other lists, and these when Index cannot. It reads the
	// catalogue itself.
	Fallback Engine
	// Progress is the version that Index has reached.
	Progress Progress
	// Log has the changes that Index may lack.
	Log storage.Tail
	// Logger receives the failures of Index; nil drops them.
	Logger *slog.Logger
}

// Progress is the version that an index has reached. storage/tail has it.
type Progress interface {
	Version() int64
	// Wait returns when the version is reached, or the error of ctx.
	Wait(ctx context.Context, version int64) error
}

// Chooser is an Engine that lets an index answer the lists that need one. The
// fallback answers when the index fails, or lacks a change that the answer has to
// show. It is safe for concurrent use.
type Chooser struct {
	ChooserConfig
	index *fallback.Preferred
	// stalled is the version at which the index stood through a whole wait.
	stalled   fallback.Lag[int64]
	continued atomic.Uint64
}

var _ Engine = (*Chooser)(nil)

// NewChooser makes a chooser between two engines.
func NewChooser(c ChooserConfig) *Chooser {
	return &Chooser{ChooserConfig: c, index: fallback.New(fallback.Config{
		Opened: "the search index has failed; PostgreSQL answers searches",
		Closed: "the search index answers again",
		Failed: "the search index did not answer a list",
		Logger: c.Logger,
	})}
}

// Degraded reports whether the fallback answers because the last lists found that
// the index has failed.
func (c *Chooser) Degraded() bool { return c.index.Degraded() }

// List answers a query; see Engine. Page.Degraded is set where the fallback
// answers because the index failed, and wherever it ranks in the index's place.
func (c *Chooser) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	switch {
	case !needsIndex(q):
		return c.Fallback.List(ctx, q)
	case rankedBy(q) == FallbackRanking: // the page before came from the fallback
		c.continued.Add(1)
		return c.fallBack(ctx, q, true)
	}
	page, err := c.ask(ctx, q)
	lagging := errors.Is(err, fallback.ErrLagging)
	switch {
	case fallback.Answered(err), ctx.Err() != nil:
		c.index.Count(nil)
		return page, err
	case lagging && rankedBy(q) == IndexRanking: // only the index can continue its ranking
		return nil, storage.Errorf(storage.Unavailable, "the search index lags by %d versions; try again", max(1, c.wanted(q)-c.Progress.Version()))
	}
	c.index.Count(err)
	// A fallback that filters, or finds whole values and expressions, returns the
	// same objects as the index.
	return c.fallBack(ctx, q, !lagging || isMatch(q))
}

// needsIndex reports whether a list has a text or genres, of a noun that is
// indexed.
func needsIndex(q *storage.Query) bool {
	return Indexed(q.Noun) && (q.Text != nil || slices.ContainsFunc(q.Conditions, func(cond storage.Condition) bool {
		f := cond.Filter
		return (f.Kind == storage.AnyOf || f.Kind == storage.AllOf) && f.Target == storage.Genre.Name
	}))
}

// fallBack answers from the fallback.
func (c *Chooser) fallBack(ctx context.Context, q *storage.Query, degraded bool) (*storage.Page, error) {
	page, err := c.Fallback.List(ctx, q)
	if err != nil {
		return nil, err
	}
	page.Degraded = degraded
	return page, nil
}

// oneStep is the highest offset whose page the index finds in one or two requests.
// To a higher one it walks from where an earlier request stopped; see
// search/elastic.
const oneStep = 10_000

// ask asks the index.
func (c *Chooser) ask(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	return fallback.Ask(ctx, c.index, fallback.Request[*storage.Page]{
		Ready: func(ctx context.Context) bool { return c.fresh(ctx, q) },
		Ask: func(ctx context.Context) (*storage.Page, error) {
			page, err := c.Index.List(ctx, q)
			if err == nil && c.lacks(q, page) {
				return nil, fallback.ErrLagging
			}
			if !fallback.Answered(err) && (q.ByExpression() || q.Offset > oneStep) {
				err = fmt.Errorf("%w: %w", fallback.ErrExpensive, err)
			}
			return page, err
		},
		// An expression that has to read most of 36,000 films takes a healthy index
		// about a second.
		Patient:    q.ByExpression(),
		Attributes: []any{"noun", q.Noun.Plural},
	})
}

func isMatch(q *storage.Query) bool { return q.Text != nil && q.Text.Kind == storage.Match }
