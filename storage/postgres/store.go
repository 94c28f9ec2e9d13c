// Package postgres keeps the catalogue in PostgreSQL: the objects of every
// noun, the log of their changes, and who may write. The tables are described
// by the nouns of package storage and by the migrations beside this file.
package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"marquee/storage"
)

// Store is the catalogue in one PostgreSQL database. It is safe for concurrent
// use.
type Store struct {
	pool *pgxpool.Pool
	now  func() time.Time
}

// Limits of a connection, as PostgreSQL enforces them.
const (
	// statementTimeout ends a statement whose caller forgot its deadline.
	statementTimeout = 60 * time.Second
	// idleTimeout ends a transaction whose client went silent, because it may
	// hold the lock that every write waits for.
	idleTimeout = 15 * time.Second
	// maxConnections bounds the pool. Reads are short: more connections than a
	// few for each core of the server only queue inside it.
	maxConnections = 16
	// dialTimeout bounds connecting.
	dialTimeout = 5 * time.Second
)

// Open connects to the database at url, a PostgreSQL URL or keyword string. It
// refuses a database whose schema is older or newer than it needs; Migrate
// mends the former.
func Open(ctx context.Context, url string) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", redact(err))
	}
	config.MaxConns = maxConnections
	config.ConnConfig.ConnectTimeout = dialTimeout
	for name, limit := range map[string]time.Duration{
		"statement_timeout":                   statementTimeout,
		"idle_in_transaction_session_timeout": idleTimeout,
	} {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = fmt.Sprint(limit.Milliseconds())
		}
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	s := &Store{pool: pool, now: storage.Now}
	if err := s.checkSchema(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// redact drops the text of an error that may quote a password.
func redact(error) error {
	return fmt.Errorf("it is malformed; the form is postgres://user:password@host:port/database")
}

// Close waits for connections in use and closes all.
func (s *Store) Close() { s.pool.Close() }

// Ready reports whether the database answers.
func (s *Store) Ready(ctx context.Context) error {
	return translate(s.pool.Ping(ctx))
}

// Version is the version of the last committed write, 0 for a catalogue that
// was never written to.
func (s *Store) Version(ctx context.Context) (int64, error) {
	var v int64
	err := s.pool.QueryRow(ctx, `SELECT version FROM catalogue`).Scan(&v)
	return v, translate(err)
}

// inTransaction runs f in a transaction that is rolled back when f fails.
func (s *Store) inTransaction(ctx context.Context, f func(pgx.Tx) error) error {
	return translate(pgx.BeginFunc(ctx, s.pool, f))
}
