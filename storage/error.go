package storage

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of error a store met. Callers decide by it; the HTTP
// package has the table of codes and statuses.
type Code int

// The codes.
const (
	// Internal is a fault of ours; what is not an *Error counts as internal too.
	Internal Code = iota
	// Invalid is input that breaks a rule; Faults say which.
	Invalid
	// NotFound is an object that does not exist, or not under that parent.
	NotFound
	// Conflict is a value taken by another object, or an object still in use.
	Conflict
	// PreconditionFailed is an If-Match that names another version.
	PreconditionFailed
	// KeyReused is an idempotency key that came with another request before.
	KeyReused
	// Unavailable is a store that cannot answer now; trying again may help.
	Unavailable
	// QuotaExceeded is a write for which a user has no storage left.
	QuotaExceeded
)

// Error is an error that a client may read.
type Error struct {
	Code   Code
	Detail string
	Faults []Fault
	// Err is the cause, for the log only.
	Err error
}

// Error joins the detail, the faults and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Detail)
	for _, f := range e.Faults {
		fmt.Fprintf(&b, "; %s%s %s", f.Parameter, f.Pointer, f.Reason)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fault is one thing wrong with the input: where, what and how to mend it.
type Fault struct {
	// Parameter is the query parameter, or Pointer the place in the object that
	// is at fault (a JSON Pointer, RFC 6901, relative to the object).
	Parameter string
	Pointer   string
	// Value is what was given, cut to a readable length; "" when nothing was.
	Value string
	// Item says that Value is one item of a list, and the parameter names only the
	// list.
	Item bool
	// Reason completes the sentence "limit …": "must be an integer".
	Reason string
	// Allowed is what would be taken; "" when Reason says it all.
	Allowed string
	// Nearest is the valid name that was probably meant, "" when none is near.
	Nearest string
}

// Errorf makes an error of a code.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// InvalidObject makes the error of an object with faults.
func InvalidObject(n *Noun, faults []Fault) *Error {
	return &Error{Code: Invalid, Detail: "the " + n.Name + " breaks a rule", Faults: faults}
}

// CodeOf is the code of an error, Internal when it has none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
