package pool

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"marquee/storage"
)

// SQLSTATE codes and classes (PostgreSQL manual, appendix A) that are handled.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	undefinedTable      = "42P01"
	queryCanceled       = "57014"
	readOnlyTransaction = "25006"
	classConnection     = "08"
	classResources      = "53"
	classOperator       = "57P"
	classRollback       = "40"
	classObjectState    = "55"
	classData           = "22"
	classIntegrity      = "23"
	classLimit          = "54"
)

// transientClasses are the classes of errors that may not happen again when the
// statement is repeated.
var transientClasses = []string{classConnection, classResources, classOperator, classRollback, classObjectState}

// Translate returns an error of the driver as one of the catalogue's codes where
// the caller can act on it, and other errors unchanged.
func Translate(err error) error {
	if err == nil || understood(err) {
		return err
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		if transient(pgErr.Code) {
			return unavailable(err)
		}
		return err
	}
	if unreachable(err) {
		return unavailable(err)
	}
	return err
}

// understood reports whether callers can handle an error as it is: one of the
// catalogue's, or of a context that has ended.
func understood(err error) bool {
	var known *storage.Error
	return errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func transient(code string) bool {
	return code == queryCanceled || code == readOnlyTransaction ||
		slices.ContainsFunc(transientClasses, func(class string) bool { return strings.HasPrefix(code, class) })
}

// unreachable reports whether an error is about the connection to the server.
func unreachable(err error) bool {
	var netErr net.Error
	var connectErr *pgconn.ConnectError
	return errors.As(err, &netErr) || errors.As(err, &connectErr) || errors.Is(err, net.ErrClosed) || isClosed(err)
}

// isClosed recognizes the driver's own errors about a lost connection, which have
// no type.
func isClosed(err error) bool {
	text := err.Error()
	return strings.Contains(text, "conn closed") || strings.Contains(text, "unexpected EOF") || strings.Contains(text, "closed pool")
}

func unavailable(err error) error {
	return &storage.Error{Code: storage.Unavailable, Detail: "the catalogue's database cannot answer now; try again", Err: err}
}

// broken reports whether an established connection was lost. An error of connecting
// is not one.
func broken(err error) bool {
	var connectErr *pgconn.ConnectError
	if errors.As(err, &connectErr) {
		return false
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return strings.HasPrefix(pgErr.Code, classOperator)
	}
	return storage.CodeOf(Translate(err)) == storage.Unavailable
}

// refusingClasses are the classes of errors that the values of rows cause.
var refusingClasses = []string{classData, classIntegrity, classLimit}

// Refusal returns why the database refuses the values of a statement, or why a quota does.
// ok is false for all other errors.
func Refusal(err error) (reason string, ok bool) {
	if e, is := errors.AsType[*storage.Error](err); is {
		return e.Detail, e.Code == storage.QuotaExceeded
	}
	pgErr, is := errors.AsType[*pgconn.PgError](err)
	if !is || !slices.ContainsFunc(refusingClasses, func(class string) bool { return strings.HasPrefix(pgErr.Code, class) }) {
		return "", false
	}
	if pgErr.ConstraintName != "" {
		return "it breaks the rule " + pgErr.ConstraintName, true
	}
	return pgErr.Message, true
}

// UniqueViolation returns the name of the unique constraint that a statement
// violated.
func UniqueViolation(err error) (constraint string, ok bool) {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == uniqueViolation {
		return pgErr.ConstraintName, true
	}
	return "", false
}

// IsForeignKeyViolation reports whether a statement referred to a missing row.
func IsForeignKeyViolation(err error) bool { return hasCode(err, foreignKeyViolation) }

// IsUndefinedTable reports whether a statement named a missing table.
func IsUndefinedTable(err error) bool { return hasCode(err, undefinedTable) }

// IsRecoveryConflict reports whether a replica ended a query because the primary
// removed rows, or locked a table, that it was reading (SQLSTATE 40001 and 40P01;
// PostgreSQL manual, section 27.4.2).
func IsRecoveryConflict(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && strings.HasPrefix(pgErr.Code, classRollback)
}

func hasCode(err error, code string) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == code
}
