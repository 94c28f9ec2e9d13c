package command

import (
	"fmt"
	"slices"
)

// RefusedError is the error of an import that refused records and did everything else.
type RefusedError struct {
	// Records is the number of refused records.
	Records int
}

// Error implements error.
func (e *RefusedError) Error() string { return fmt.Sprintf("%d records were refused", e.Records) }

// Status returns the exit status of a command that returned err: 0 without an error, 3
// when an import refused records, and 1 for every other error.
func Status(err error) int {
	switch {
	case err == nil:
		return 0
	case onlyRefused(err):
		return 3
	}
	return 1
}

// onlyRefused reports whether err is a RefusedError, which errors.Join may have wrapped.
func onlyRefused(err error) bool {
	switch e := err.(type) { //nolint:errorlint // beside another error the status is 1
	case *RefusedError:
		return true
	case interface{ Unwrap() []error }:
		return !slices.ContainsFunc(e.Unwrap(), func(err error) bool { return !onlyRefused(err) })
	}
	return false
}
