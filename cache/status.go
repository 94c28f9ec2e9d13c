package cache

import "strconv"

// status is what Cache-Status says about an answer (RFC 9211). Either it is a
// hit, or fwd says why the origin was asked.
type status struct {
	fwd       string
	fwdStatus int  // of an origin that failed, 0 otherwise
	timed     bool // ttl is known
	ttl       int64
	stored    bool
	collapsed bool
	detail    string
}

// The reasons to ask the origin (RFC 9211, section 2.2).
const (
	forBypass  = "bypass"   // the answer is not shared
	forMiss    = "uri-miss" // nothing is stored
	forRequest = "request"  // what is stored is older than the Min-Version asked for
	forStale   = "stale"    // what is stored was touched, or is too old
)

// The details, which are ours.
const (
	detailShared      = "SHARED"       // found in the shared level
	detailTouched     = "TOUCHED"      // a change has touched what was stored
	detailUnchecked   = "UNCHECKED"    // the log cannot be read: changes of the last seconds may be missing
	detailFailed      = "ORIGIN-ERROR" // the last good answer, because the origin fails
	detailCredentials = "CREDENTIALS"
	detailVersion     = "MIN-VERSION"
)

// age is the Age of an entry of which this is said, in seconds: the time since it
// was made or last validated (RFC 9111, section 5.1). The check is a validation, so
// it is 0 for what passed it and is in its time, and all the time since the origin
// was asked for the rest.
func (s *status) age(e *entry, now int64) int64 {
	if s.ttl >= 0 && (s.detail == "" || s.detail == detailShared) {
		return 0
	}
	return e.age(now)
}

// append writes the header's value.
func (s *status) append(b []byte) []byte {
	b = append(b, "Marquee; "...)
	if s.fwd == "" {
		b = append(b, "hit"...)
	} else {
		b = append(append(b, "fwd="...), s.fwd...)
	}
	if s.fwdStatus != 0 {
		b = strconv.AppendInt(append(b, "; fwd-status="...), int64(s.fwdStatus), 10)
	}
	if s.timed {
		b = strconv.AppendInt(append(b, "; ttl="...), s.ttl, 10)
	}
	if s.stored {
		b = append(b, "; stored"...)
	}
	if s.collapsed {
		b = append(b, "; collapsed"...)
	}
	if s.detail != "" {
		b = append(append(b, "; detail="...), s.detail...)
	}
	return b
}
