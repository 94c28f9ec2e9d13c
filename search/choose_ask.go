package search

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/sony/gobreaker/v2"

	"marquee/storage"
)

const (
	// indexTime is what the index gets of a request's time: ten times what its slow
	// answers take on a busy machine. Of a short deadline it gets two fifths, so
	// that the stand-in has more; of any deadline, for an expression: one that most
	// of 36,000 films have to be read for takes a healthy index about a second.
	indexTime = time.Second
	// oneStep is the offset up to which the index gives a page in one or two
	// requests. Below it walks, as far as an earlier request has not; see
	// search/elastic.
	oneStep = 10_000
	// openAfter is how many failures in a row take the index off duty. One or two
	// come with the restart of a node; each may have cost indexTime.
	openAfter = 3
	// probeAfter is when the index is given a list to try after that.
	probeAfter = time.Second
)

func newBreaker(logger *slog.Logger) *gobreaker.CircuitBreaker[*storage.Page] {
	return gobreaker.NewCircuitBreaker[*storage.Page](gobreaker.Settings{
		Timeout:      probeAfter,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= openAfter },
		IsSuccessful: answered,
		IsExcluded:   func(err error) bool { return errors.Is(err, errInconclusive) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			switch to {
			case gobreaker.StateOpen:
				logger.Warn("the search index is off duty; PostgreSQL answers searches", "next try in", probeAfter)
			case gobreaker.StateClosed:
				logger.Info("the search index answers again")
			}
		},
	})
}

// Degraded reports whether the stand-in answers for the index because that has
// failed, as the last lists have found.
func (c *Chooser) Degraded() bool { return c.breaker.State() != gobreaker.StateClosed }

// answered reports whether an engine has answered, if only that the query cannot
// be answered.
func answered(err error) bool {
	code := storage.CodeOf(err)
	return err == nil || code != storage.Internal && code != storage.Unavailable
}

// errInconclusive marks a failure that says nothing about the engine's health.
var errInconclusive = errors.New("inconclusive")

// ask has the index answer in its part of the request's time, or fails with
// errBehind.
func (c *Chooser) ask(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	limit := timeForIndex(ctx, q)
	return c.breaker.Execute(func() (*storage.Page, error) {
		if !c.fresh(ctx, q) {
			return nil, errBehind
		}
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		page, err := c.Index.List(limited, q)
		switch late := limited.Err() != nil; {
		case answered(err):
			return page, err
		case ctx.Err() != nil: // the client has left, or never had the time
			return nil, errors.Join(errInconclusive, err)
		case late && (expression(q) || q.Offset > oneStep), !late && storage.CodeOf(err) == storage.Internal:
			// An expression or a walk may take that long in a healthy engine, and a request
			// that is refused fails by itself: nobody may take the index off duty by such
			// means.
			err = errors.Join(errInconclusive, err)
		}
		c.Logger.Warn("the search index did not answer a list", "noun", q.Noun.Plural, "err", err)
		return nil, err
	})
}

// timeForIndex is how long the index may take.
func timeForIndex(ctx context.Context, q *storage.Query) time.Duration {
	end, ok := ctx.Deadline()
	switch part := time.Until(end) * 2 / 5; {
	case !ok:
		return indexTime
	case expression(q):
		return part
	default:
		return min(indexTime, part)
	}
}

// expression reports whether the list is searched by a regular expression.
func expression(q *storage.Query) bool { return q.Text != nil && q.Text.Kind == storage.Regex }
