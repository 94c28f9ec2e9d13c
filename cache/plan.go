// Package cache keeps whole HTTP responses and checks each one against a log of
// changes before it serves it, so that nobody has to purge anything: a response
// carries the version of the data that it was made of, and a Checker says
// whether anything since then has touched it.
package cache

import (
	"context"
	"time"
)

// Clock says which version of the data a response was made of.
type Clock uint8

// The clocks.
const (
	// Committed is the version of the last committed write.
	Committed Clock = iota
	// Indexed is the version up to which the search index has followed.
	Indexed
)

// clocks is how many there are.
const clocks = Indexed + 1

// Plan is what a GET asks for, made from its request target once and
// remembered: a plan depends on nothing else of the request.
type Plan struct {
	// Target is the canonical request target ("/2.0/movies?genres=drama&limit=5"):
	// equal targets have equal answers. It is the key.
	Target string
	// Subject is what the Checker judges; the cache only hands it on.
	Subject any
	// Weight is how many bytes the subject may come to take in memory, about.
	Weight int
	// Route names the kind of request in every Event about it, and RouteNumber
	// counts these names from 0: an index is faster than a name.
	Route       string
	RouteNumber int
	// Store is false for what is never stored, though it goes through the gate
	// to the origin as everything does.
	Store bool
}

// Checker judges whether what was read at a version is still so. Its methods
// are called from many goroutines, and Stamp and Current on every hit.
type Checker interface {
	// Stamp changes whenever a verdict could change, and only grows.
	Stamp() uint64
	// Check reports whether nothing that was committed after version asOf touches
	// the subject. If so, upTo, at least asOf, is the version up to which that is
	// known. Otherwise the subject was touched, or it is not known.
	Check(subject any, clock Clock, asOf int64) (upTo int64, ok bool)
	// Current is false when the log could not be read for more than a second.
	Current() bool
}

// Lifetimes are the internal limits of a stored response. They follow each
// other, from the time when the origin made it; each is varied by a tenth, so
// that what was stored together does not expire together.
type Lifetimes struct {
	// Fresh is how long an untouched response is served as it is.
	Fresh time.Duration
	// WhileRevalidate is how long after that an untouched one is served while it
	// is refreshed behind.
	WhileRevalidate time.Duration
	// IfError is how long after both it stands in for an origin that fails. One
	// that was touched stands in from then on, until all three are over.
	IfError time.Duration
}

// Description is what the origin says about the response that it is writing.
type Description struct {
	// AsOf is the version that the data was read at, or an older one.
	AsOf int64
	// Clock is whose version that is.
	Clock Clock
	// Lifetimes bound how long the response may serve.
	Lifetimes Lifetimes
}

// descriptionKey is the key of the context under which Describe finds where to
// write.
type descriptionKey struct{}

// Describe is called by the origin's handler, with the context of the request
// that it answers, before it returns. A response without a description is not
// stored. Without a cache in front it does nothing.
func Describe(ctx context.Context, d Description) {
	if into, ok := ctx.Value(descriptionKey{}).(*described); ok {
		into.Description, into.ok = d, true
	}
}

// BlameCaller is called by the origin's handler, with the context of the request
// that it answers, when the status is 5xx for what the caller did. Without a cache
// in front it does nothing.
func BlameCaller(ctx context.Context) {
	if into, ok := ctx.Value(descriptionKey{}).(*described); ok {
		into.theirs = true
	}
}

// described is a description that may have been given.
type described struct {
	Description
	ok     bool
	theirs bool // see BlameCaller
}
