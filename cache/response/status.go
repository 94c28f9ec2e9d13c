package response

import "strconv"

// CacheStatus is the value of the header Cache-Status (RFC 9211).
type CacheStatus struct {
	// Forward is why the origin was asked, empty for a hit.
	Forward Forward
	// ForwardStatus is the status of an origin that failed, 0 otherwise.
	ForwardStatus int
	// TTL is the seconds for which the response stays fresh, negative for a stale one.
	// It is left out unless HasTTL.
	TTL    int64
	HasTTL bool
	// Stored reports that the answer was stored, Collapsed that it was made for
	// another request (singleflight).
	Stored, Collapsed bool
	Detail            Detail
}

// Forward is a reason to ask the origin (RFC 9211, section 2.2).
type Forward string

// The reasons.
const (
	Bypass  Forward = "bypass"   // the answer is not shared
	Miss    Forward = "uri-miss" // nothing is stored
	Request Forward = "request"  // the request has a Min-Version that the stored answer may not have reached
	Stale   Forward = "stale"    // a change touches the stored answer, or it is too old
)

// Detail is this cache's own remark.
type Detail string

// The details.
const (
	Shared      Detail = "SHARED"       // found in the shared level
	Touched     Detail = "TOUCHED"      // a change touches the stored answer
	Unchecked   Detail = "UNCHECKED"    // the change log cannot be read: changes of the last seconds may be missing
	OriginError Detail = "ORIGIN-ERROR" // the last good answer, because the origin fails (stale-if-error)
	Credentials Detail = "CREDENTIALS"  // the request has credentials
	MinVersion  Detail = "MIN-VERSION"  // the request has a Min-Version
)

// String is the header's value.
func (s *CacheStatus) String() string { return string(s.append(nil)) }

func (s *CacheStatus) append(b []byte) []byte {
	b = append(b, "Marquee; "...)
	if s.Forward == "" {
		b = append(b, "hit"...)
	} else {
		b = append(append(b, "fwd="...), s.Forward...)
	}
	if s.ForwardStatus != 0 {
		b = strconv.AppendInt(append(b, "; fwd-status="...), int64(s.ForwardStatus), 10)
	}
	if s.HasTTL {
		b = strconv.AppendInt(append(b, "; ttl="...), s.TTL, 10)
	}
	if s.Stored {
		b = append(b, "; stored"...)
	}
	if s.Collapsed {
		b = append(b, "; collapsed"...)
	}
	if s.Detail != "" {
		b = append(append(b, "; detail="...), s.Detail...)
	}
	return b
}
