package api

import (
	"errors"
	"net/http"
	"time"

	"marquee/api/oauth1"
	"marquee/api/problem"
	"marquee/cache/plan"
)

// Event describes an answer, for metrics.
type Event struct {
	// Route is the template of the path, "" for an unknown path.
	Route, Method string
	// Status is the status of the answer: 499 if the client left before, 0 if the
	// connection was dropped.
	Status int
	// Bytes is the size of the body.
	Bytes int
	// Took is the time until the answer was written, or until a stream began.
	Took time.Duration
	// FromCache is true for a request of the cache in front, which has an event of its
	// own for the client's request.
	FromCache bool
	// Refusal is the reason for which credentials were refused, "" if they were not: a
	// reason of OAuth, NoCredentials or RoleForbids.
	Refusal string
	// CallerFault is true if the caller caused a status of 5xx: by a signed request over
	// its limit, a full storage quota, or a Min-Version that does not exist.
	CallerFault bool
	// Request is the client's. Observers must neither change it nor retain it. ID is
	// its request id.
	Request *http.Request
	ID      string
}

// The refusals besides the reasons of OAuth.
const (
	// NoCredentials is for missing, malformed or unknown credentials.
	NoCredentials = "unauthorized"
	// RoleForbids is for good credentials of a user who may not do this.
	RoleForbids = "forbidden"
)

// observed reports an answer to the observer.
func (a *API) observed(r *http.Request, t *trace, took time.Duration) {
	a.config.Observe(Event{
		Route: t.template, Method: r.Method, Status: t.status, Bytes: t.bytes, Took: took, FromCache: plan.FromCache(r.Context()),
		Refusal: t.refusal, CallerFault: t.callerFault, Request: r, ID: t.id,
	})
}

// refusal returns the reason for which a problem refuses credentials, "" if it does
// not.
func refusal(p *problem.Problem) string {
	if r, ok := errors.AsType[*oauth1.Refusal](p.Cause); ok {
		return string(r.Reason)
	}
	switch p.Kind {
	case problem.Unauthorized:
		return NoCredentials
	case problem.Forbidden:
		return RoleForbids
	}
	return ""
}
