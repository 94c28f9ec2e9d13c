// Package search finds objects by text. It turns a client's text into a condition, and
// chooses the engine that answers. The engines are in search/elastic and
// search/postgres. Both return the same objects for filters, exact texts and regular
// expressions; each has its own ranking.
package search

import (
	"context"

	"marquee/storage"
)

// Engine answers lists, with or without a text.
type Engine interface {
	// List answers a query. Errors for clients are *storage.Error: Invalid for an
	// expression that would scan too much, and for genres and persons that do not exist
	// (with the parameter's name); Unavailable when the engine cannot answer now.
	List(ctx context.Context, q *storage.Query) (*storage.Page, error)
}
