package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// statementLimit bounds a statement, with its connection.
	statementLimit = 30 * time.Second
	dropPoll       = 20 * time.Millisecond
)

// TestSettings are the settings of an embedded PostgreSQL for tests. They trade safety for speed: a test's data need not
// survive a crash of the machine. Autovacuum is off, because a database cannot be dropped while it is vacuumed, and no test
// runs long enough to need it.
var TestSettings = map[string]string{
	"autovacuum":         "off",
	"fsync":              "off",
	"synchronous_commit": "off",
	"full_page_writes":   "off",
	"max_connections":    "300",
}

// DropDatabase drops a database, and repeats the statement while the server refuses it. FORCE ends the role's own
// sessions, but not an autovacuum worker, which a server that the tests did not start may have.
func DropDatabase(url, name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), statementLimit)
	defer cancel()
	for {
		err := Execute(ctx, url, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		if _, refused := errors.AsType[*pgconn.PgError](err); !refused {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(dropPoll):
		}
	}
}

// Execute runs one statement on a new connection.
func Execute(ctx context.Context, url, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, statementLimit)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, statement)
	return err
}
