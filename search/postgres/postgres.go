// Package postgres searches the catalogue in PostgreSQL: by default, and as the
// fallback of Elasticsearch. It narrows and ranks; package storage/postgres reads the
// rows.
package postgres

import (
	"context"
	"fmt"

	"marquee/search"
	"marquee/search/regex"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/searched"
)

// Source reads lists. It is a postgres.Store or a postgres.Reader.
type Source interface {
	List(ctx context.Context, q *storage.Query) (*storage.Page, error)
	// Snapshot runs f on one state of the catalogue, perhaps twice: then the first did
	// not count. patient says that f may take longer than usual reads.
	Snapshot(ctx context.Context, patient bool, f func(v *postgres.Snapshot) error) error
}

// Engine answers lists from a Source, with or without a text. It is safe for
// concurrent use.
type Engine struct {
	source Source
	// budget is what one regular expression may spend on verifying values.
	budget int64
	// ranked is how many matches of a search by words are ranked in full.
	ranked int
	// few is how many ids are collected for an expression that is a text.
	few    int
	totals *search.Totals
}

var _ search.Engine = (*Engine)(nil)

// maxRanked bounds the matches that are ranked in full: reading the terms of one takes
// about 20 µs.
const maxRanked = 1000

// Option is an option of New.
type Option func(*Engine)

// WithTotals makes an engine remember the totals of expensive lists. Without it, each
// answer counts them.
func WithTotals(t *search.Totals) Option { return func(e *Engine) { e.totals = t } }

// New returns the engine over a source.
func New(source Source, options ...Option) *Engine {
	e := &Engine{source: source, budget: regex.DefaultBudget, ranked: maxRanked, few: defaultFew}
	for _, o := range options {
		o(e)
	}
	return e
}

// List answers a query. A search reads several times, always from one snapshot.
func (e *Engine) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	if q.Text == nil {
		return e.source.List(ctx, q)
	}
	if len(q.Noun.Searched) == 0 {
		return nil, storage.Errorf(storage.Invalid, "%s are not searched by text", q.Noun.Plural)
	}
	if err := search.CheckRanking(q, search.FallbackRanking); err != nil {
		return nil, err
	}
	answer, err := e.answer(q)
	if err != nil {
		return nil, err
	}
	var page *storage.Page
	err = e.source.Snapshot(ctx, q.ByExpression(), func(v *postgres.Snapshot) error {
		if page, err = answer(ctx, v); err != nil || q.Text.Kind == storage.Match {
			return err // a search by words has found the places
		}
		return highlights(ctx, v, q, page, nil)
	})
	if err != nil {
		return nil, fmt.Errorf("search %s: %w", q.Noun.Plural, err)
	}
	return page, nil
}

// answer returns the function that answers the query.
func (e *Engine) answer(q *storage.Query) (func(context.Context, *postgres.Snapshot) (*storage.Page, error), error) {
	switch q.Text.Kind {
	case storage.Exact:
		return func(ctx context.Context, v *postgres.Snapshot) (*storage.Page, error) {
			return verified(ctx, v, q, digest(q.Text.Query), func(value string) (bool, error) { return q.Text.Accepts(value), nil })
		}, nil
	case storage.Regex:
		return e.expression(q)
	case storage.Match:
		return func(ctx context.Context, v *postgres.Snapshot) (*storage.Page, error) { return e.match(ctx, v, q) }, nil
	}
	return nil, fmt.Errorf("search %s: there is no search of kind %q", q.Noun.Plural, q.Text.Kind)
}

// digest narrows to objects that may have a value equal to the text.
func digest(text string) listing.Clause {
	return func(arg func(any) string) string {
		return "x.digests @> ARRAY[" + arg(searched.Digest(text)) + "::bigint]"
	}
}

// refuse returns the error of a text that cannot be searched for.
func refuse(q *storage.Query, reason error) error {
	return &storage.Error{Code: storage.Invalid, Detail: "q: " + reason.Error(),
		Faults: []storage.Fault{{Parameter: "q", Value: storage.Excerpt(q.Text.Query), Reason: reason.Error()}}}
}
