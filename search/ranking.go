package search

import "marquee/storage"

// The rankings. A position by relevance is valid only in the ranking of one engine,
// which Position.Key.Text names.
const (
	// IndexRanking is the ranking of an index (search/elastic).
	IndexRanking = "index"
	// FallbackRanking is the ranking of the fallback (search/postgres).
	FallbackRanking = "stand-in"
)

// rankedBy returns the ranking that a query continues, "" if it continues none.
func rankedBy(q *storage.Query) string {
	if q.After == nil || q.Order.Sort != &storage.Relevance {
		return ""
	}
	return q.After.Key.Text
}

// CheckRanking returns an error if a query continues another ranking than the engine's
// own. A client can only begin the list again.
func CheckRanking(q *storage.Query, own string) error {
	if q.After == nil || q.Order.Sort != &storage.Relevance || rankedBy(q) == own {
		return nil
	}
	return &storage.Error{Code: storage.Invalid, Detail: "the list cannot be continued from this cursor now",
		Faults: []storage.Fault{{Parameter: "cursor", Reason: "belongs to the ranking of a search engine that does not answer now: begin the list again, without it"}}}
}
