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

	"marquee/deploy/devstack/server"
	"marquee/storage/embedded"
)

const (
	// startLimit includes the first download of PostgreSQL on a machine.
	startLimit = 3 * time.Minute
	queryLimit = 30 * time.Second
)

// Postgres returns the URL of a new, empty database, which is dropped when the test ends. MARQUEE_TEST_DATABASE_URL names
// the server; its role must be allowed to create databases. Otherwise the process starts one server for all its tests,
// whose role is no superuser, as in production. The package's TestMain must call Main.
func Postgres(t testing.TB) string {
	t.Helper()
	return dropped(t, "")
}

// dropped creates a database with options of CREATE DATABASE. It is dropped when the test ends.
func dropped(t testing.TB, options string) string {
	t.Helper()
	database, drop := newDatabase(t, options)
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Errorf("devstack: %v", err)
		}
	})
	return database
}

// SharedPostgres is like Postgres, for a database that several tests read. It is dropped when the test process ends.
func SharedPostgres(t testing.TB) string {
	t.Helper()
	database, drop := newDatabase(t, "")
	atExit(drop)
	return database
}

// newDatabase creates a database. It returns its URL and a function that drops it.
func newDatabase(t testing.TB, options string) (string, func() error) {
	t.Helper()
	address, err := postgresServer()
	if err != nil {
		missing(t, "no PostgreSQL for this test: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := server.Execute(t.Context(), address, "CREATE DATABASE "+name+options); err != nil {
		t.Fatalf("devstack: create a database: %v", err)
	}
	database, err := inDatabase(address, name)
	if err != nil {
		t.Fatalf("devstack: %v", err)
	}
	return database, func() error {
		if err := server.DropDatabase(address, name); err != nil {
			return fmt.Errorf("drop database %s: %w", name, err)
		}
		return nil
	}
}

// inDatabase returns the URL of a database on a server.
func inDatabase(address, name string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("the server's URL is not one: %w", errors.Unwrap(err)) // the whole error contains the password
	}
	u.Path = "/" + name
	return u.String(), nil
}

// postgresServer starts the server at the first call. All later calls return the same result.
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
	postgres, err := embedded.Start(ctx, embedded.Config{
		DataDir:   dir,
		BinDir:    os.Getenv("MARQUEE_POSTGRES_BIN"),
		Settings:  server.TestSettings,
		Temporary: true,
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	atExit(func() error { return errors.Join(postgres.Close(), os.RemoveAll(dir)) })
	return postgres.URL(), nil
})
