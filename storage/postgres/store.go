// Package postgres keeps the catalogue in PostgreSQL: the objects of every
// noun, the log of their changes, and who may write. The tables are described
// by the nouns of package storage and by the migrations beside this file.
package postgres

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"marquee/storage"
	"marquee/storage/secret"
)

// Store is the catalogue in one PostgreSQL database. It is safe for concurrent
// use.
type Store struct {
	pool *pgxpool.Pool
	// probe is the connection of Ready: one in the pool would wait behind requests,
	// and a busy server would look like one that is away.
	probe *pgxpool.Pool
	now   func() time.Time
	// secrets encrypts what apps sign with, nil when no app can be managed.
	secrets *secret.Ring
	// quota is how many bytes a user without a quota may store, 0 for any number.
	quota int64
	// tracer follows statements, nil follows none.
	tracer pgx.QueryTracer
	// identity is that of the database which was opened or met last, "" before.
	identity atomic.Value
	// restarted is what Restarted reports.
	restarted atomic.Bool
}

// Option is something that Open may be told.
type Option func(*Store)

// WithSecrets has the secrets of apps and their tokens encrypted by the ring.
func WithSecrets(r *secret.Ring) Option { return func(s *Store) { s.secrets = r } }

// WithQuota bounds how many bytes the documents may have that a user created,
// where the user has no quota of their own. 0 is no bound.
func WithQuota(bytes int64) Option { return func(s *Store) { s.quota = bytes } }

// WithTracer has a tracer follow every statement; nil follows none.
func WithTracer(t pgx.QueryTracer) Option { return func(s *Store) { s.tracer = t } }

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
// refuses one whose schema lacks what it needs (ErrSchemaOld), which Migrate mends,
// or does not have it any more (ErrSchemaNew). One that is a copy of an earlier state
// it makes safe to go on from; then Restarted is true.
func Open(ctx context.Context, url string, options ...Option) (*Store, error) {
	config, err := poolConfig(url)
	if err != nil {
		return nil, err
	}
	s := &Store{now: storage.Now}
	for _, o := range options {
		o(s)
	}
	config.ConnConfig.Tracer = s.tracer
	config.AfterConnect = s.meet
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	if s.probe, err = newProbe(ctx, config); err != nil {
		s.pool.Close()
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	if err := s.checkSchema(ctx); err != nil {
		s.Close()
		return nil, err
	}
	if err := s.adopt(ctx, s.pool); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// poolConfig is how connections to the database at url are made.
func poolConfig(url string) (*pgxpool.Config, error) {
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
	return config, nil
}

// redact drops the text of an error that may quote a password.
func redact(error) error {
	return fmt.Errorf("it is malformed; the form is postgres://user:password@host:port/database")
}

// newProbe prepares one connection like those of a pool, which no request uses.
func newProbe(ctx context.Context, config *pgxpool.Config) (*pgxpool.Pool, error) {
	asking := config.Copy()
	asking.MaxConns, asking.MinConns = 1, 0
	return pgxpool.NewWithConfig(ctx, asking)
}

// Close waits for connections in use and closes all.
func (s *Store) Close() {
	s.pool.Close()
	s.probe.Close()
}

// Ready reports whether the database answers, on a connection that no request
// uses.
func (s *Store) Ready(ctx context.Context) error {
	return translate(s.probe.Ping(ctx))
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
	return translate(pgx.BeginFunc(ctx, beginner{s.pool}, f))
}

// beginner is a pool in which connections may have broken while nobody used them,
// by a restart of the server for example.
type beginner struct{ *pgxpool.Pool }

// Begin begins on another connection where one turns out to be broken: nothing has
// happened on it yet. The pool holds no more than its limit of such.
func (b beginner) Begin(ctx context.Context) (pgx.Tx, error) {
	for broke := int32(0); ; broke++ {
		tx, err := b.Pool.Begin(ctx)
		if err == nil || !broken(err) || broke == b.Stat().MaxConns() {
			return tx, err
		}
	}
}
