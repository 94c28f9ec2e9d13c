// Package plan is the contract between an API and the cache in front of it. The
// API says what a request asks for (Plan), describes each answer that may be
// stored (Describe), and judges whether later writes touch it (Checker).
package plan

import (
	"net/http"
	"time"
)

// Plan is what a GET asks for. It depends on nothing but the request target, so
// the cache makes it once for each spelling and remembers it.
type Plan struct {
	// Target is the canonical request target ("/2.0/movies?genres=drama&limit=5")
	// and the cache's key: requests with equal targets have equal answers.
	Target string
	// Subject is what a change may touch. Only the Checker looks into it.
	Subject any
	// Weight is the memory that the subject may take, in bytes, approximately.
	Weight int
	// Route names the kind of request in events. RouteNumber numbers these names
	// from 0, because an index is faster than a name.
	Route       string
	RouteNumber int
	// Store is false for answers that are never stored. Their requests still wait
	// for a slot at the origin.
	Store bool
	// Streams reports whether a request with these headers is answered by a stream, which
	// the cache neither records nor bounds. Nil is never.
	Streams func(http.Header) bool
	// Timeout bounds a read of the origin, 0 for the cache's own bound.
	Timeout time.Duration
}

// Source is the store whose versions an answer counts in.
type Source uint8

// The sources.
const (
	// Committed is the primary store, with the versions of committed writes.
	Committed Source = iota
	// Indexed is the search index, with the versions that it has reached.
	Indexed
)

// Sources is the number of sources.
const Sources = Indexed + 1

// Checker judges whether an answer that was read at a version is still right. Its
// methods are called from many goroutines, Stamp and Current on every hit.
type Checker interface {
	// Stamp changes whenever a result of Check may change. It only grows.
	Stamp() uint64
	// Check reports whether no change after version asOf touches an answer about the
	// subject that shows the objects with these surrogate keys. If so, upTo is the
	// version up to which that is known, at least asOf. A false ok means that a change
	// touches the answer, or that the checker does not know.
	Check(subject any, source Source, asOf int64, keys string) (upTo int64, ok bool)
	// Current reports whether the change log was read within the last second.
	Current() bool
}

// Lifetimes limit how long the cache serves a response. They follow each other,
// starting when the origin was asked. The cache varies each by a tenth, so that
// responses stored together do not expire together.
type Lifetimes struct {
	// Fresh is how long an untouched response is served as it is.
	Fresh time.Duration
	// WhileRevalidate is how long after that an untouched response is served while
	// it is refreshed in the background (stale-while-revalidate, RFC 5861).
	WhileRevalidate time.Duration
	// IfError is how long after both a response may replace the answer of an origin
	// that fails (stale-if-error, RFC 5861). A touched response may do so from the
	// time when it is touched until all three have passed.
	IfError time.Duration
}
