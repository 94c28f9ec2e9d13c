package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"marquee/api/oauth1"
	"marquee/storage"
)

// kind is what problems have in common: the status, the last segment of the
// type, the title.
type kind struct {
	status      int
	slug, title string
}

// The kinds of problem.
var (
	invalidParameter     = kind{http.StatusBadRequest, "invalid-parameter", "Invalid parameter"}
	invalidBody          = kind{http.StatusBadRequest, "invalid-body", "Invalid body"}
	invalidHeader        = kind{http.StatusBadRequest, "invalid-header", "Invalid header"}
	unauthorized         = kind{http.StatusUnauthorized, "unauthorized", "Credentials needed"}
	forbidden            = kind{http.StatusForbidden, "forbidden", "Not allowed"}
	missing              = kind{http.StatusNotFound, "not-found", "Not found"}
	wrongMethod          = kind{http.StatusMethodNotAllowed, "method-not-allowed", "Method not allowed"}
	conflict             = kind{http.StatusConflict, "conflict", "Conflict"}
	preconditionFailed   = kind{http.StatusPreconditionFailed, "precondition-failed", "Precondition failed"}
	bodyTooLarge         = kind{http.StatusRequestEntityTooLarge, "body-too-large", "Body too large"}
	queryTooLong         = kind{http.StatusRequestURITooLong, "query-too-long", "Query too long"}
	unsupportedType      = kind{http.StatusUnsupportedMediaType, "unsupported-media-type", "Unsupported media type"}
	keyReused            = kind{http.StatusUnprocessableEntity, "idempotency-key-reused", "Idempotency key reused"}
	tooManyRequests      = kind{http.StatusTooManyRequests, "too-many-requests", "Too many requests"}
	tooManySigned        = kind{http.StatusServiceUnavailable, "too-many-requests", "Too many requests"} // the contract's rule for OAuth 1.0
	preconditionRequired = kind{http.StatusPreconditionRequired, "precondition-required", "Precondition required"}
	internal             = kind{http.StatusInternalServerError, "internal", "Internal error"}
	unavailable          = kind{http.StatusServiceUnavailable, "unavailable", "Temporarily unavailable"}
	storageQuota         = kind{http.StatusInsufficientStorage, "storage-quota", "Storage quota exceeded"}
)

// kinds is the table of the store's codes. Faults of parameters turn
// invalidBody into invalidParameter.
var kinds = map[storage.Code]kind{
	storage.Internal:           internal,
	storage.Invalid:            invalidBody,
	storage.NotFound:           missing,
	storage.Conflict:           conflict,
	storage.PreconditionFailed: preconditionFailed,
	storage.KeyReused:          keyReused,
	storage.Unavailable:        unavailable,
	storage.QuotaExceeded:      storageQuota,
}

// problem is an error in the form in which clients get it.
type problem struct {
	kind
	detail string
	faults []storage.Fault
	// corrected is the request as it was probably meant, "" when that cannot be
	// said.
	corrected string
	header    http.Header
	// theirs says that the caller asked for what cannot be, though others are told
	// the same when the fault is the server's.
	theirs bool
	// cause is for the log only.
	cause error
}

// ours reports whether the fault is the server's, which is logged with its cause.
func (p *problem) ours() bool { return !p.theirs && (p.kind == internal || p.kind == unavailable) }

// Error joins the title, the detail and the cause, for the log.
func (p *problem) Error() string {
	if p.cause != nil {
		return fmt.Sprintf("%s: %s: %v", p.title, p.detail, p.cause)
	}
	return p.title + ": " + p.detail
}

// Unwrap returns the cause.
func (p *problem) Unwrap() error { return p.cause }

func problemf(k kind, format string, args ...any) *problem {
	return &problem{kind: k, detail: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *problem { return problemf(missing, format, args...) }

// toProblem turns any error into a problem. What the store did not mean for
// clients is told in general words.
func toProblem(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if r, ok := errors.AsType[*oauth1.Refusal](err); ok {
		return refused(r)
	}
	e, ok := errors.AsType[*storage.Error](err)
	if !ok || e.Code == storage.Internal {
		p := problemf(internal, "this is a fault of ours; it was logged under the request id")
		p.cause = err
		return p
	}
	p := &problem{kind: kinds[e.Code], detail: e.Detail, faults: e.Faults, cause: err}
	if e.Code == storage.Invalid && len(e.Faults) > 0 {
		p.detail = describe(e.Faults)
		if e.Faults[0].Parameter != "" {
			p.kind = invalidParameter
		}
	}
	return p
}

// invalid makes the problem of a request with faults.
func invalid(k kind, faults []storage.Fault) *problem {
	return &problem{kind: k, detail: describe(faults), faults: faults}
}

// maxDetailed is how many faults the detail spells out: it is a sentence for
// people, the list is in errors.
const maxDetailed = 3

// describe says the faults in words.
func describe(faults []storage.Fault) string {
	var parts []string
	for _, f := range faults[:min(len(faults), maxDetailed)] {
		where := f.Parameter
		if where == "" {
			where = f.Pointer
		}
		if where == "" {
			where = "the body"
		}
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

// The wire form of a problem (RFC 9457, with the envelope's meta).
type (
	wireProblem struct {
		Meta      wireMeta    `json:"meta"`
		Type      string      `json:"type"`
		Title     string      `json:"title"`
		Status    int         `json:"status"`
		Detail    string      `json:"detail"`
		Errors    []wireFault `json:"errors,omitempty"`
		Corrected string      `json:"corrected,omitempty"`
	}
	wireMeta struct {
		RequestID string `json:"request_id"`
	}
	wireFault struct {
		Parameter string  `json:"parameter,omitempty"`
		Pointer   *string `json:"pointer,omitempty"`
		Value     *string `json:"value,omitempty"`
		Reason    string  `json:"reason"`
		Allowed   string  `json:"allowed,omitempty"`
		Nearest   string  `json:"nearest,omitempty"`
	}
)

// maxFaults bounds the list of errors, since a body of a mebibyte can hold a
// fault in every eight bytes.
const maxFaults = 100

func (p *problem) encode(requestID string) []byte {
	wire := wireProblem{
		Meta: wireMeta{RequestID: requestID}, Type: "/problems/" + p.slug,
		Title: p.title, Status: p.status, Detail: p.detail, Corrected: p.corrected,
	}
	for _, f := range p.faults[:min(len(p.faults), maxFaults)] {
		w := wireFault{Parameter: f.Parameter, Reason: f.Reason, Allowed: f.Allowed, Nearest: f.Nearest}
		if f.Parameter == "" {
			pointer := shorten(f.Pointer)
			w.Pointer = &pointer
		}
		if f.Value != "" || f.Parameter != "" {
			w.Value = &f.Value
		}
		wire.Errors = append(wire.Errors, w)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(wire); err != nil {
		panic(fmt.Sprintf("api: encode a problem: %v", err)) // texts and numbers always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// maxPointer bounds pointers in bytes: a name in a body can be a mebibyte long.
const maxPointer = 512

func shorten(pointer string) string {
	if len(pointer) <= maxPointer {
		return pointer
	}
	return strings.ToValidUTF8(pointer[:maxPointer], "") + "…"
}

// methodNotAllowed says which methods are.
func methodNotAllowed(route *Route, method, allow string) *problem {
	p := problemf(wrongMethod, "%s is not possible here; allowed: %s", storage.Excerpt(method), allow)
	if route.Kind == SingularPath || route.Kind == EditPath {
		p.detail += fmt.Sprintf(" (read %s from %s/%s)", route.Noun.Plural, Base, route.Noun.Plural)
	}
	p.header = http.Header{"Allow": {allow}}
	return p
}
