// Package pool connects to PostgreSQL: a pool of connections, transactions and
// snapshots on it, sessions that hold a lock or listen, and the driver's errors as
// the catalogue's codes.
package pool

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Limits of a connection, as PostgreSQL enforces them.
const (
	// statementTimeout ends a statement whose caller set no deadline.
	statementTimeout = 60 * time.Second
	// idleTimeout ends a transaction whose client went silent, because it may
	// hold the lock that every write waits for.
	idleTimeout = 15 * time.Second
	// maxConnections bounds the pool. Reads are short: more connections than a
	// few for each core of the server only queue inside it.
	maxConnections = 16
	// DialTimeout bounds connecting.
	DialTimeout = 5 * time.Second
)

// Pool is a pool of connections to one database. It is safe for concurrent use.
type Pool struct {
	*pgxpool.Pool
	// probe is the connection of Ready. A connection of the pool would queue with
	// requests, and a busy server would look like one that is down.
	probe *pgxpool.Pool
}

// New opens a pool, and a connection apart from it for Ready. It does not wait
// until the server answers.
func New(ctx context.Context, config *pgxpool.Config) (*Pool, error) {
	p, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	single := config.Copy()
	single.MaxConns, single.MinConns = 1, 0
	probe, err := pgxpool.NewWithConfig(ctx, single)
	if err != nil {
		p.Close()
		return nil, err
	}
	return &Pool{Pool: p, probe: probe}, nil
}

// Config returns the configuration of a pool for the database at url, a
// PostgreSQL URL or keyword string.
func Config(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, malformed()
	}
	config.MaxConns = maxConnections
	config.ConnConfig.ConnectTimeout = DialTimeout
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

// ConnConfig returns the configuration of a single connection to the database at
// url, without the pool's limits.
func ConnConfig(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, malformed()
	}
	config.ConnectTimeout = DialTimeout
	return config, nil
}

// malformed replaces the driver's error, which may quote a password.
func malformed() error {
	return fmt.Errorf("read the database URL: it is malformed; the form is postgres://user:password@host:port/database")
}

// Close waits for connections in use and closes all.
func (p *Pool) Close() {
	p.Pool.Close()
	p.probe.Close()
}

// Ready reports whether the database answers, on a connection that no request
// uses.
func (p *Pool) Ready(ctx context.Context) error {
	return Translate(p.probe.Ping(ctx))
}

// Probe acquires the connection of Ready. The caller must release it.
func (p *Pool) Probe(ctx context.Context) (*pgxpool.Conn, error) { return p.probe.Acquire(ctx) }

// Transaction runs f in a transaction, which is rolled back if f fails.
func (p *Pool) Transaction(ctx context.Context, f func(pgx.Tx) error) error {
	return Translate(pgx.BeginFunc(ctx, beginner{p.Pool}, f))
}

// Snapshot runs f in a read-only transaction that sees one state of the database.
func (p *Pool) Snapshot(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, p.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f)
}

// beginner is a pool whose idle connections may be broken, by a restart of the
// server for example.
type beginner struct{ *pgxpool.Pool }

// Begin starts a transaction, on another connection if one is broken: nothing has
// happened on it yet. The pool has at most MaxConns broken connections.
func (b beginner) Begin(ctx context.Context) (pgx.Tx, error) {
	for broke := int32(0); ; broke++ {
		tx, err := b.Pool.Begin(ctx)
		if err == nil || !broken(err) || broke == b.Stat().MaxConns() {
			return tx, err
		}
	}
}

// DeleteInBatches repeats a statement that deletes at most $1 rows until it deletes
// fewer, and returns the number of rows deleted, also on an error.
func (p *Pool) DeleteInBatches(ctx context.Context, size int, statement string, args ...any) (int64, error) {
	var total int64
	for {
		tag, err := p.Exec(ctx, statement, append([]any{size}, args...)...)
		if err != nil {
			return total, Translate(err)
		}
		if total += tag.RowsAffected(); tag.RowsAffected() < int64(size) {
			return total, nil
		}
	}
}

// Querier runs statements that return rows: a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Strings collects the rows of a result with one text column.
func Strings(rows pgx.Rows) ([]string, error) { return pgx.CollectRows(rows, pgx.RowTo[string]) }
