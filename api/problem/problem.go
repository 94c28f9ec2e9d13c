// Package problem holds the errors that clients see: the table of their kinds,
// and their JSON form (RFC 9457).
package problem

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"marquee/api/oauth1"
	"marquee/storage"
)

// Problem is an error reply.
type Problem struct {
	Kind
	// Detail says what is wrong, then how to repair it.
	Detail string
	Faults []storage.Fault
	// Corrected is the target of the request with every fault fixed, "" when a fix is not
	// known. The request with this target is answered with 200.
	Corrected string
	// Header holds further headers of the reply.
	Header http.Header
	// CallerFault marks a problem of a kind that usually is the server's fault as
	// the caller's.
	CallerFault bool
	// Cause is for the log only.
	Cause error
}

// New returns a problem with a detail.
func New(k Kind, format string, args ...any) *Problem {
	return &Problem{Kind: k, Detail: fmt.Sprintf(format, args...)}
}

// NotFoundf returns a problem of the kind NotFound.
func NotFoundf(format string, args ...any) *Problem { return New(NotFound, format, args...) }

// Invalid returns the problem of a request with faults.
func Invalid(k Kind, faults []storage.Fault) *Problem {
	return &Problem{Kind: k, Detail: describe(faults), Faults: faults}
}

// From turns any error into a problem. An error that is not meant for clients
// becomes Internal, with a general detail.
func From(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if r, ok := errors.AsType[*oauth1.Refusal](err); ok {
		return fromRefusal(r)
	}
	if large, ok := errors.AsType[*oauth1.BodyTooLarge](err); ok {
		return TooLarge(large.Limit)
	}
	e, ok := errors.AsType[*storage.Error](err)
	if !ok || e.Code == storage.Internal {
		p := New(Internal, "the server failed; the cause is logged under this request id")
		p.Cause = err
		return p
	}
	p := &Problem{Kind: kinds[e.Code], Detail: e.Detail, Faults: e.Faults, Cause: err}
	if e.Code == storage.Invalid && len(e.Faults) > 0 {
		p.Detail = describe(e.Faults)
		if !e.Faults[0].InObject() {
			p.Kind = InvalidParameter
		}
	}
	return p
}

// TooLarge returns the problem of a body over a limit in bytes. It also closes the
// connection: to read the rest of the body costs more than a new connection.
func TooLarge(limit int) *Problem {
	p := New(BodyTooLarge, "the body is larger than %d bytes", limit)
	p.Header = http.Header{"Connection": {"close"}}
	return p
}

// Realm is the protection space of all challenges (RFC 9110, section 11.5).
const Realm = `realm="marquee"`

// fromRefusal returns a 403 whose challenge has the reason in the words of the
// extension "OAuth Problem Reporting", which OAuth 1.0 clients may know.
func fromRefusal(r *oauth1.Refusal) *Problem {
	p := New(Forbidden, "%s", r.Detail)
	p.Header = http.Header{"Www-Authenticate": {"OAuth " + Realm + `, oauth_problem="` + string(r.Reason) + `"`}}
	p.Cause = r
	return p
}

// Join returns one problem with the faults of two parts of a request. Either
// error may be nil. An error without faults is returned alone.
func Join(first, second error) error {
	p, ok := errors.AsType[*Problem](first)
	q, also := errors.AsType[*Problem](second)
	switch {
	case first == nil, !ok || len(p.Faults) == 0:
		return cmp.Or(first, second)
	case second != nil && !also:
		return second
	case second == nil, len(q.Faults) == 0:
		return first
	}
	return Invalid(p.Kind, slices.Concat(p.Faults, q.Faults))
}

// ServerFault reports whether the server is at fault. Such a problem is logged
// with its cause.
func (p *Problem) ServerFault() bool {
	return !p.CallerFault && (p.Kind == Internal || p.Kind == Unavailable)
}

// Error joins the title, the detail and the cause, for the log.
func (p *Problem) Error() string {
	if p.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", p.Title, p.Detail, p.Cause)
	}
	return p.Title + ": " + p.Detail
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Cause }

// maxDetailed bounds the faults in the detail, which people read. The member
// errors lists all of them.
const maxDetailed = 3

// describe returns the first faults in words.
func describe(faults []storage.Fault) string {
	var parts []string
	for _, f := range faults[:min(len(faults), maxDetailed)] {
		where := cmp.Or(f.Place(), "the body")
		part := storage.Excerpt(where)
		if f.Item {
			part += ": " + strconv.Quote(f.Value)
		}
		part += " " + f.Reason
		if f.Nearest != "" {
			part += " (did you mean " + f.Nearest + "?)"
		}
		parts = append(parts, part)
	}
	if more := len(faults) - maxDetailed; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}
