package storage

import (
	"errors"
	"fmt"
	"strings"
)

// Code is the kind of an error. Callers decide by it; the HTTP package has the table of
// codes and statuses.
type Code int

// The codes.
const (
	// Internal is a fault of the program. An error that is not an *Error is internal too.
	Internal Code = iota
	// Invalid is input that breaks a rule; Faults has the rules.
	Invalid
	// NotFound is an object that does not exist, or not under the given parent.
	NotFound
	// Conflict is a value taken by another object, or an object still in use.
	Conflict
	// PreconditionFailed is an If-Match with another version.
	PreconditionFailed
	// KeyReused is an idempotency key that an earlier, different request used.
	KeyReused
	// Unavailable is a store that cannot answer now; a retry may help.
	Unavailable
	// QuotaExceeded is a write above the storage quota of its user.
	QuotaExceeded
)

// Error is an error that a client may read.
type Error struct {
	Code   Code
	Detail string
	Faults []Fault
	// Err is the cause, only for the log.
	Err error
}

// Error returns the detail, the faults and the cause as one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Detail)
	for _, f := range e.Faults {
		fmt.Fprintf(&b, "; %s %s", f.Place(), f.Reason)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fault is one fault of the input: where it is, what is wrong and how to repair it.
type Fault struct {
	// Line is the line of the body, from 1, 0 where the body is one value.
	Line int
	// Parameter is the query parameter, or Pointer the place in the object: a JSON Pointer
	// (RFC 6901) relative to the object. A parameter of a query that is a field of the
	// object has both.
	Parameter string
	Pointer   string
	// Value is the given value, cut to a readable length, "" when there is none.
	Value string
	// Item says that Value is one item of the list in the parameter.
	Item bool
	// Reason completes the sentence "limit …": "must be an integer".
	Reason string
	// Allowed describes the valid values, "" when Reason does.
	Allowed string
	// Nearest is the valid name most similar to Value, "" when none is similar.
	Nearest string
}

// InObject reports whether the fault is in an object, not in a parameter of a request.
func (f *Fault) InObject() bool { return f.Parameter == "" || f.Pointer != "" }

// Place returns the pointer, then the parameter: "/title", "limit" or "/query limit". A
// line comes first: "line 3 /object/title".
func (f *Fault) Place() string {
	line := ""
	if f.Line > 0 {
		line = fmt.Sprintf("line %d ", f.Line)
	}
	return strings.TrimSpace(line + strings.TrimSpace(f.Pointer+" "+f.Parameter))
}

// MaxFaults bounds the faults that an error lists. A body of 1 MiB can hold a fault in
// every member, and nobody reads that many.
const MaxFaults = 100

// Errorf returns an error of a code.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// InvalidObject returns the error of an object with faults.
func InvalidObject(n *Noun, faults []Fault) *Error {
	return &Error{Code: Invalid, Detail: "the " + n.Name + " breaks a rule", Faults: faults}
}

// NoObject returns the error of an object that does not exist for the caller.
func NoObject(n *Noun, id string) *Error {
	return Errorf(NotFound, "there is no %s %s here", n.Name, Excerpt(id))
}

// CodeOf returns the code of an error, Internal when it has none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// maxDescribed bounds the faults that DescribeFaults lists: an object of several megabytes
// can have thousands.
const maxDescribed = 20

// DescribeFaults returns faults as one line, for the report of an import.
func DescribeFaults(faults []Fault) string {
	texts := make([]string, 0, maxDescribed+1)
	for _, f := range faults[:min(len(faults), maxDescribed)] {
		texts = append(texts, f.describe())
	}
	if more := len(faults) - maxDescribed; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}

// describe returns a fault as a text whose beginning repeats, so that a report can count
// it: the value comes after a colon.
func (f Fault) describe() string {
	s := strings.TrimSpace(strings.TrimPrefix(f.Place(), "/") + " " + f.Reason)
	switch before, after, explained := strings.Cut(s, ": "); {
	case f.Value == "":
	case strings.HasPrefix(f.Reason, "must "):
		s += fmt.Sprintf(", not %q", f.Value)
	case explained:
		s = fmt.Sprintf("%s: %q: %s", before, f.Value, after)
	default:
		s += fmt.Sprintf(": %q", f.Value)
	}
	if f.Nearest != "" {
		s += fmt.Sprintf("; did you mean %s?", f.Nearest)
	}
	return s
}
