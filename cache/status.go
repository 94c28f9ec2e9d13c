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
