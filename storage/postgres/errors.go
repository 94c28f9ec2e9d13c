package postgres

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"marquee/storage"
)

// SQLSTATE codes and classes (PostgreSQL manual, appendix A) that mean
// something to a caller.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	undefinedTable      = "42P01"
	queryCanceled       = "57014"
	classConnection     = "08"
	classResources      = "53"
	classOperator       = "57P"
	classRollback       = "40"
	classObjectState    = "55"
	readOnlyTransaction = "25006"
)

// translate turns an error of the driver into one of the catalogue's codes
// where the caller can do something about it.
func translate(err error) error {
	var known *storage.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		if transient(pgErr.Code) {
			return unavailable(err)
		}
		return err
	}
	var netErr net.Error
	var connectErr *pgconn.ConnectError
	if errors.As(err, &netErr) || errors.As(err, &connectErr) || errors.Is(err, net.ErrClosed) || isClosed(err) {
		return unavailable(err)
	}
	return err
}

// broken reports whether an error is of a connection that went away. That none can
// be made is another one.
func broken(err error) bool {
	var connectErr *pgconn.ConnectError
	if errors.As(err, &connectErr) {
		return false
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return strings.HasPrefix(pgErr.Code, classOperator)
	}
	return storage.CodeOf(translate(err)) == storage.Unavailable
}

func transient(code string) bool {
	if code == queryCanceled || code == readOnlyTransaction {
		return true
	}
	for _, class := range []string{classConnection, classResources, classOperator, classRollback, classObjectState} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}

// isClosed recognises the driver's own errors about a connection that went
// away, which have no type.
func isClosed(err error) bool {
	text := err.Error()
	return strings.Contains(text, "conn closed") || strings.Contains(text, "unexpected EOF") || strings.Contains(text, "closed pool")
}

func unavailable(err error) error {
	return &storage.Error{Code: storage.Unavailable, Detail: "the catalogue's database cannot answer now; try again", Err: err}
}
