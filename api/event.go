package api

import (
	"errors"
	"net/http"
	"time"

	"marquee/api/oauth1"
	"marquee/api/problem"
	"marquee/cache/plan"
)

// Event is an answer, for metrics.
type Event struct {
	// Route is the template of the path, "" where nothing stands.
	Route, Method string
	// Status is what the client was told: 499 when it had left, 0 when the
	// connection was dropped.
	Status int
	Took   time.Duration
	// Kept says that the cache in front asked, which has an Event of its own.
	Kept bool
	// Refusal is why credentials were not taken, "" when nothing was wrong with
	// them: a reason of OAuth, or one of the Refusals.
	Refusal string
	// Theirs says that a Status of 5xx is owed to what the caller did: a signed
	// request over its limit, a quota that is used up, a Min-Version that was never
	// reached.
	Theirs bool
	// Request is the client's; it is not to be changed, nor kept. ID is its id.
	Request *http.Request
	ID      string
}

// The refusals besides those of OAuth.
const (
	// NoCredentials: there are none, or they are unknown or malformed.
	NoCredentials = "unauthorized"
	// RoleForbids: who they are of may not do this.
	RoleForbids = "forbidden"
)

// observed tells of an answer.
func (a *API) observed(r *http.Request, t *trace, took time.Duration) {
	a.config.Observe(Event{Route: t.template, Method: r.Method, Status: t.status, Took: took, Kept: plan.FromCache(r.Context()), Refusal: t.refusal, Theirs: t.theirs, Request: r, ID: t.id})
}

// refusal is why a problem refuses credentials, "" when it does not.
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
