package limit

import (
	"math"
	"strconv"
	"time"
)

// Rate is how much a key may spend. A field below its least value counts as that
// value, so that no rate divides by zero or allows without end.
type Rate struct {
	// Limit is how many units come back in a period, at least 1.
	Limit int
	// Burst is how many units may be spent at once after a pause, at least 1. In
	// any window of one period at most Burst + Limit are spent.
	Burst int
	// Period is at least a second: the headers know no shorter one.
	Period time.Duration
}

// Decision is the answer to a request.
type Decision struct {
	// Allowed says that the request may go on; its cost is spent.
	Allowed bool
	// Remaining is how many units could be spent at once now.
	Remaining int
	// RetryAfter is how long until a refused request fits, zero for an allowed one.
	RetryAfter time.Duration
	// ResetAfter is how long until the whole burst is there again.
	ResetAfter time.Duration
	// Degraded says that Redis was to be asked and did not answer: this process
	// decided by what it had let through itself.
	Degraded bool
}

func (r Rate) valid() Rate {
	return Rate{Limit: max(r.Limit, 1), Burst: max(r.Burst, 1), Period: max(r.Period, time.Second)}
}

// span is the time in which so many units come back. A float64 has 53 bits: it
// is exact to the nanosecond for a hundred days.
func (r Rate) span(units int) time.Duration {
	return time.Duration(float64(r.Period) * float64(units) / float64(r.Limit))
}

// spare is the time whose units could be spent at once; reset is how long until
// the burst is whole again.
func (r Rate) spare(reset time.Duration) time.Duration { return max(r.span(r.Burst)-reset, 0) }

// fit is the largest number of units whose span is within a time.
func (r Rate) fit(spare time.Duration) int {
	units := int(float64(spare) * float64(r.Limit) / float64(r.Period))
	if r.span(units+1) <= spare { // spans are cut to nanoseconds
		units++
	}
	return min(units, r.Burst)
}

// decide describes an outcome.
func (r Rate) decide(allowed bool, cost int, reset time.Duration) Decision {
	spare := r.spare(reset)
	d := Decision{Allowed: allowed, Remaining: r.fit(spare), ResetAfter: reset}
	if !allowed {
		d.RetryAfter = max(r.span(cost)-spare, 1) // a refusal is never to be retried at once
	}
	return d
}

// mostDigits is the largest integer of a structured field (RFC 9651, section
// 3.3.1).
const mostDigits = 999_999_999_999_999

// Policy is the rate as an item of the header RateLimit-Policy
// (draft-ietf-httpapi-ratelimit-headers-10, section 3): "user";q=100;w=60. The
// name is printable ASCII. The burst has no parameter there.
func (r Rate) Policy(name string) string {
	r = r.valid()
	return strconv.Quote(name) + ";q=" + integer(r.Limit) + ";w=" + integer(ceilSeconds(r.Period))
}

// State is the decision as an item of the header RateLimit (the same draft,
// section 4): "user";r=50;t=1. The rate is the one that was decided by. The
// parameter t is the seconds until one unit more is there, rounded up; it is
// left out when nothing is missing. It is never later than Retry-After.
func (d Decision) State(name string, r Rate) string {
	r = r.valid()
	s := strconv.Quote(name) + ";r=" + integer(d.Remaining)
	if d.ResetAfter > 0 {
		more := r.span(d.Remaining+1) - r.spare(d.ResetAfter)
		s += ";t=" + integer(max(ceilSeconds(more), 1))
	}
	return s
}

// RetrySeconds is the value of the header Retry-After: RetryAfter in whole
// seconds, rounded up.
func (d Decision) RetrySeconds() int { return ceilSeconds(d.RetryAfter) }

func ceilSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

func integer(n int) string { return strconv.Itoa(min(n, mostDigits)) }
