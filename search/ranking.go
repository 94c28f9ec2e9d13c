package search

import "marquee/storage"

// A position by relevance is a place in the ranking of one engine and means
// nothing in another's. Position.Key.Text says whose it is.
const (
	// IndexRanking is that of an index (search/elastic).
	IndexRanking = "index"
	// FallbackRanking is that of the stand-in (search/postgres).
	FallbackRanking = "stand-in"
)

// RankedBy is whose ranking a query goes on in, "" when it goes on in none.
func RankedBy(q *storage.Query) string {
	if q.After == nil || q.Order.Sort != &storage.Relevance {
		return ""
	}
	return q.After.Key.Text
}

// CheckRanking is the error of a query that goes on in another ranking than the
// engine's own, nil for all others. To begin again is all that a client can do.
func CheckRanking(q *storage.Query, own string) error {
	if q.After == nil || q.Order.Sort != &storage.Relevance || RankedBy(q) == own {
		return nil
	}
	return &storage.Error{Code: storage.Invalid, Detail: "the cursor cannot be gone on from now",
		Faults: []storage.Fault{{Parameter: "cursor", Reason: "belongs to the ranking of a search engine that does not answer now: begin the list again, without it"}}}
}
