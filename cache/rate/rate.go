// Package rate has the arithmetic of rate limits and their response headers. It
// counts nothing; package limit does.
package rate

import (
	"math"
	"strconv"
	"time"
)

// Limit is how many units a key may spend. A field below its least value counts as
// that value, so that no limit divides by zero or allows everything.
type Limit struct {
	// Units come back in each period, evenly. At least 1.
	Units int
	// Burst is how many units may be spent at once after a pause, at least 1. In any
	// window of one period at most Burst + Units are spent.
	Burst int
	// Period is at least a second, the unit of the headers.
	Period time.Duration
}

// Decision is the answer to a request for units.
type Decision struct {
	// Allowed reports whether the request fits the limit. Its cost is then spent.
	Allowed bool
	// Remaining is how many units could be spent at once now.
	Remaining int
	// RetryAfter is the time until a refused request fits, 0 for an allowed one.
	RetryAfter time.Duration
	// ResetAfter is the time until the whole burst is available again.
	ResetAfter time.Duration
	// Degraded reports that Redis did not answer, so that this process decided by
	// what it had allowed itself.
	Degraded bool
}

// Valid returns the limit with each field raised to its least value.
func (l Limit) Valid() Limit {
	return Limit{Units: max(l.Units, 1), Burst: max(l.Burst, 1), Period: max(l.Period, time.Second)}
}

// Span is the time in which that many units come back. A float64 has 53 bits: the
// result is exact to the nanosecond for a hundred days.
func (l Limit) Span(units int) time.Duration {
	return time.Duration(float64(l.Period) * float64(units) / float64(l.Units))
}

// Decide returns the decision on a request. reset is the time until the whole burst
// is available, after the cost of an allowed request was spent.
func (l Limit) Decide(allowed bool, cost int, reset time.Duration) Decision {
	spare := l.spare(reset)
	d := Decision{Allowed: allowed, Remaining: l.fit(spare), ResetAfter: reset}
	if !allowed {
		d.RetryAfter = max(l.Span(cost)-spare, 1) // 0 would mean: retry at once
	}
	return d
}

// spare is the span of the units that could be spent at once.
func (l Limit) spare(reset time.Duration) time.Duration { return max(l.Span(l.Burst)-reset, 0) }

// fit is the largest number of units, up to the burst, whose span is at most spare.
func (l Limit) fit(spare time.Duration) int {
	units := int(float64(spare) * float64(l.Units) / float64(l.Period))
	if l.Span(units+1) <= spare { // Span cuts fractions of a nanosecond
		units++
	}
	return min(units, l.Burst)
}

// maxInteger is the largest integer of a structured field (RFC 9651, section
// 3.3.1).
const maxInteger = 999_999_999_999_999

// Policy is the limit as an item of the header RateLimit-Policy
// (draft-ietf-httpapi-ratelimit-headers-10, section 3): "user";q=100;w=60. The name
// is printable ASCII. The header has no parameter for the burst.
func (l Limit) Policy(name string) string {
	l = l.Valid()
	return strconv.Quote(name) + ";q=" + integer(l.Units) + ";w=" + integer(ceilSeconds(l.Period))
}

// State is the decision as an item of the header RateLimit (the same draft, section
// 4): "user";r=50;t=1. The limit is the one that the decision was made with. The
// parameter t is the seconds until one more unit is available, rounded up. It is
// left out when the whole burst is available, and never later than Retry-After.
func (d Decision) State(name string, l Limit) string {
	l = l.Valid()
	s := strconv.Quote(name) + ";r=" + integer(d.Remaining)
	if d.ResetAfter > 0 {
		more := l.Span(d.Remaining+1) - l.spare(d.ResetAfter)
		s += ";t=" + integer(max(ceilSeconds(more), 1))
	}
	return s
}

// RetrySeconds is the value of the header Retry-After: RetryAfter in whole seconds,
// rounded up.
func (d Decision) RetrySeconds() int { return ceilSeconds(d.RetryAfter) }

func ceilSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

func integer(n int) string { return strconv.Itoa(min(n, maxInteger)) }
