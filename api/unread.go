package api

import (
	"net/http"

	"marquee/api/problem"
)

// unreadKinds are the kinds of problem of requests that the server could not read.
var unreadKinds = map[int]problem.Kind{
	problem.MalformedRequest.Status:    problem.MalformedRequest,
	problem.ExpectationFailed.Status:   problem.ExpectationFailed,
	problem.HeadersTooLarge.Status:     problem.HeadersTooLarge,
	problem.NotImplemented.Status:      problem.NotImplemented,
	problem.VersionNotSupported.Status: problem.VersionNotSupported,
}

// Unread answers a request that the server could not read, as every other request: with a
// problem, a request id, an event and a line of the log. It is for listen.New.
func (a *API) Unread(w http.ResponseWriter, r *http.Request, status int, detail string) {
	kind, known := unreadKinds[status]
	if !known {
		kind = problem.MalformedRequest
	}
	a.middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, problem.New(kind, "%s", detail))
	})).ServeHTTP(w, r)
}
