package cache

import (
	"net/http"
	"time"
)

// Result says what became of a request, or of work behind it.
type Result uint8

// The results of requests.
const (
	// Hit was served from memory, checked.
	Hit Result = iota
	// HitUnchecked was served from memory while the log could not be read.
	HitUnchecked
	// HitStale was served from memory over its time, and refreshed behind.
	HitStale
	// HitShared was served from the shared level, checked.
	HitShared
	// Failed was served from memory because the origin failed.
	Failed
	// Missed asked the origin, because nothing was stored.
	Missed
	// Touched asked the origin, because a change had touched what was stored.
	Touched
	// Expired asked the origin, because what was stored was too old.
	Expired
	// Collapsed waited for the origin's answer to another request.
	Collapsed
	// Bypassed asked the origin, because its answer is not shared.
	Bypassed
	// Refused was not admitted.
	Refused
	// Overloaded found no place at the origin in time, or no answer, and nothing
	// to stand in for it.
	Overloaded
	// Left is a client that did not wait.
	Left
)

// The results of work behind requests.
const (
	// Refreshed is an attempt to replace a response that is over its time, or aged.
	Refreshed Result = iota + 32
	// SharedFailed is a call of the shared level that failed, timed out, or was
	// not made because others had.
	SharedFailed
	// SharedInvalid is something in the shared level that is no entry.
	SharedInvalid
	// SharedDropped is a response that the shared level did not get, because its
	// queue was full.
	SharedDropped
	// SharedWritten is a response that it got.
	SharedWritten
)

var resultNames = map[Result]string{
	Hit: "hit", HitUnchecked: "hit_unchecked", HitStale: "hit_stale", HitShared: "hit_shared", Failed: "stale_if_error",
	Missed: "miss", Touched: "touched", Expired: "expired", Collapsed: "collapsed", Bypassed: "bypass",
	Refused: "refused", Overloaded: "overloaded", Left: "client_left",
	Refreshed: "refreshed", SharedFailed: "shared_failed", SharedInvalid: "shared_invalid",
	SharedDropped: "shared_dropped", SharedWritten: "shared_written",
}

// String is the result's name, in the form of a metric's label.
func (r Result) String() string { return resultNames[r] }

// Event is one result, for metrics.
type Event struct {
	Result Result
	// ID is the request's, empty for work behind requests, and for hits that nobody
	// gave one.
	ID string
	// Method is that of the request, Route and RouteNumber are those of its plan;
	// empty for work behind requests.
	Method, Route string
	RouteNumber   int
	// Status is what the client was told, 0 for work behind requests and where
	// Admit has answered.
	Status int
	// CallerFault reports that the caller caused a Status of 5xx; see
	// plan.CallerFault.
	CallerFault bool
	// Took is the time until the answer was written, 0 for work behind requests.
	Took time.Duration
	// Request is the client's, nil for work behind requests. It is not to be changed,
	// nor kept.
	Request *http.Request
}
