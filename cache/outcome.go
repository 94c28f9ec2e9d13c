package cache

import (
	"context"
	"errors"
	"net/http"

	"marquee/cache/memory"
	"marquee/cache/origin"
	"marquee/cache/response"
)

// outcome is the result of a flight: an entry, a response that is not stored, or an
// error.
type outcome struct {
	entry *memory.Entry
	// found is how the entry was found if it was stored already; Missed is one that
	// the origin made.
	found    Result
	response *response.Response
	err      error
	// refused reports that the request which led the flight was not admitted, so there
	// is nothing else.
	refused bool
	// early reports that the flight is still under way, and that this is what its
	// client gets instead.
	early bool
}

func failedOutcome(err error) outcome { return outcome{err: err} }

// failed reports whether the origin failed, so that an older answer may replace it.
func (o *outcome) failed() bool {
	if o.response != nil {
		return o.response.Status() >= http.StatusInternalServerError
	}
	return o.err != nil && !errors.Is(o.err, origin.ErrTooLarge)
}

// late reports whether the origin had no answer in time, or knew that it would not
// have one. The failure of one query does not count, nor does a lack of slots.
func (o *outcome) late() bool {
	if o.response != nil {
		return o.response.Status() == http.StatusServiceUnavailable || o.response.Status() == http.StatusGatewayTimeout
	}
	return errors.Is(o.err, context.DeadlineExceeded)
}
