package devstack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"marquee/storage/embedded"
)

const (
	// startLimit includes the first download of PostgreSQL on a machine.
	startLimit = 3 * time.Minute
	queryLimit = 30 * time.Second
)

// testSettings trade safety for speed: a test's data need not survive a crash of the machine. A database that is being
// vacuumed could not be dropped, and no test lives long enough to need it.
var testSettings = map[string]string{
	"autovacuum":         "off",
	"fsync":              "off",
	"synchronous_commit": "off",
	"full_page_writes":   "off",
	"max_connections":    "300",
}

// Postgres returns the URL of a new, empty database, which is dropped when the test ends. The server is that of
// MARQUEE_TEST_DATABASE_URL, whose role must be allowed to create databases, or one that this process starts once. Its
// role is no superuser, as in production. The package's TestMain must call Main.
func Postgres(t testing.TB) string {
	t.Helper()
	database, drop := newDatabase(t)
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Errorf("devstack: %v", err)
		}
	})
	return database
}

// SharedPostgres is Postgres for a database that several tests read: it is dropped when the test process ends.
func SharedPostgres(t testing.TB) string {
	t.Helper()
	database, drop := newDatabase(t)
	atExit(drop)
	return database
}

// newDatabase creates an empty database and returns how to drop it.
func newDatabase(t testing.TB) (string, func() error) {
	t.Helper()
	server, err := postgresServer()
	if err != nil {
		missing(t, "no PostgreSQL for this test: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := execute(t.Context(), server, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("devstack: create a database: %v", err)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("devstack: the server's URL is not one: %v", errors.Unwrap(err)) // the whole error repeats the password
	}
	u.Path = "/" + name
	return u.String(), func() error {
		if err := dropDatabase(server, name); err != nil {
			return fmt.Errorf("drop database %s: %w", name, err)
		}
		return nil
	}
}

// postgresServer starts the server at its first call; all later ones share its result.
var postgresServer = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("MARQUEE_TEST_DATABASE_URL"); given != "" {
		return given, nil
	}
	dir, err := os.MkdirTemp("", "marquee-test-postgres-")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	server, err := embedded.Start(ctx, embedded.Config{
		DataDir:   dir,
		BinDir:    os.Getenv("MARQUEE_POSTGRES_BIN"),
		Settings:  testSettings,
		Temporary: true,
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	atExit(func() error { return errors.Join(server.Close(), os.RemoveAll(dir)) })
	return server.URL(), nil
})

// dropDatabase is repeated while the server refuses: FORCE ends the role's own sessions, but not an autovacuum worker,
// which a server that was given to the tests may have.
func dropDatabase(server, name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), queryLimit)
	defer cancel()
	for {
		err := execute(ctx, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		if _, refused := errors.AsType[*pgconn.PgError](err); !refused {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(sharedPoll):
		}
	}
}

// execute runs one statement on a connection of its own.
func execute(ctx context.Context, server, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, queryLimit)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, statement)
	return err
}
