package cache

import (
	"net/http"
	"time"
)

// Result is the result of a request, or of work in the background.
type Result uint8

// The results of requests.
const (
	// Hit was served from memory, checked.
	Hit Result = iota
	// HitUnchecked was served from memory while the change log could not be read.
	HitUnchecked
	// HitStale was served from memory after its time, and refreshed in the background
	// (stale-while-revalidate).
	HitStale
	// HitShared was served from the shared level, checked.
	HitShared
	// Failed was served from memory because the origin failed (stale-if-error).
	Failed
	// Missed asked the origin because nothing was stored.
	Missed
	// Touched asked the origin because a change touches the stored entry.
	Touched
	// Expired asked the origin because the stored entry was too old.
	Expired
	// Collapsed got the origin's answer to another request (singleflight).
	Collapsed
	// Bypassed asked the origin because the answer is not shared.
	Bypassed
	// Refused was not admitted by the rate limits.
	Refused
	// Overloaded got no slot at the origin in time, or no answer, and no entry could
	// replace it.
	Overloaded
	// Left is a client that did not wait.
	Left
)

// The results of work in the background.
const (
	// Refreshed is an attempt to replace an entry that is stale or has outdated
	// counters.
	Refreshed Result = iota + 32
	// SharedFailed is a call of the shared level that failed, timed out, or was not
	// made because the breaker was open.
	SharedFailed
	// SharedInvalid is a value in the shared level that is not an entry.
	SharedInvalid
	// SharedDropped is an entry that was not published, because the queue was full.
	SharedDropped
	// SharedWritten is an entry that was published.
	SharedWritten
)

var resultNames = map[Result]string{
	Hit: "hit", HitUnchecked: "hit_unchecked", HitStale: "hit_stale", HitShared: "hit_shared", Failed: "stale_if_error",
	Missed: "miss", Touched: "touched", Expired: "expired", Collapsed: "collapsed", Bypassed: "bypass",
	Refused: "refused", Overloaded: "overloaded", Left: "client_left",
	Refreshed: "refreshed", SharedFailed: "shared_failed", SharedInvalid: "shared_invalid",
	SharedDropped: "shared_dropped", SharedWritten: "shared_written",
}

// String is the result's name, as a metric's label.
func (r Result) String() string { return resultNames[r] }

// Event is one result, for metrics and logs.
type Event struct {
	Result Result
	// ID is the request's id. It is empty for work in the background, and for hits
	// whose clients gave none.
	ID string
	// Method is the request's method, Route and RouteNumber come from its plan. They are
	// empty for work in the background.
	Method, Route string
	RouteNumber   int
	// Target is the canonical target, which has no credentials. It is empty for work in
	// the background.
	Target string
	// Status is the status that the client got. It is 0 for work in the background and
	// where Admit has answered.
	Status int
	// Bytes is the size of the body that was written, except that of a 503 for the lack of
	// an answer.
	Bytes int
	// CallerFault reports that the caller caused a Status of 5xx; see
	// plan.CallerFault.
	CallerFault bool
	// Took is the time until the answer was written, 0 for work in the background.
	Took time.Duration
	// Request is the client's, nil for work in the background. The observer must not
	// change or store it. Its context has the times (package timing) of a request that
	// memory did not answer.
	Request *http.Request
}
