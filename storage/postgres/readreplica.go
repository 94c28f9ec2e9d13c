package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage/postgres/pool"
)

const (
	// replicaLifetime is how long a connection to a replica is used: a balancer in
	// front of several spreads connections when they are made, so that one which
	// joins is used within this time.
	replicaLifetime = 5 * time.Minute
	// replicaJitter keeps connections that were made together from ending together.
	replicaJitter = time.Minute
)

// ErrNotReplica is a server that follows another primary than the store's, or
// none: its versions mean something else.
var ErrNotReplica = errors.New("the server is not a replica of the database")

// Replica is a connection to streaming replicas (hot standbys) of a store's
// database, for a Reader. It is safe for concurrent use.
type Replica struct {
	pool *pool.Pool
	of   lineage
}

// OpenReplica prepares reading from a replica of the store's database, by its URL
// or that of a balancer in front of several. Whatever is connected to, at any
// time, has to be a replica of the same cluster; one that is not is ErrNotReplica
// here, and no replica later. One that does not answer is no error: it may come
// back, and the store can do without it. Close must be called.
func OpenReplica(ctx context.Context, url string, of *Store, logger *slog.Logger) (*Replica, error) {
	config, err := pool.Config(url)
	if err != nil {
		return nil, err
	}
	want, err := lineageOf(ctx, of.pool)
	if err != nil {
		return nil, fmt.Errorf("identify the database: %w", pool.Translate(err))
	}
	config.MaxConnLifetime, config.MaxConnLifetimeJitter = replicaLifetime, replicaJitter
	config.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	config.ConnConfig.Tracer = of.tracer
	config.AfterConnect = want.check
	p, err := pool.New(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the replica: %w", err)
	}
	r := &Replica{pool: p, of: want}
	ctx, cancel := context.WithTimeout(ctx, pool.DialTimeout)
	defer cancel()
	if err := p.Ping(ctx); errors.Is(err, ErrNotReplica) {
		r.Close()
		return nil, err
	} else if err != nil {
		logger.Warn("the replica does not answer; the primary is read until it does", "err", err)
	}
	return r, nil
}

// Close waits for connections in use and closes all.
func (r *Replica) Close() { r.pool.Close() }

// PoolStats reads the numbers of the replica's pool.
func (r *Replica) PoolStats() pool.Stats { return r.pool.Stats() }

// Ping reports whether the replica answers, and still is one, on a connection that
// no request uses.
func (r *Replica) Ping(ctx context.Context) error {
	conn, err := r.pool.Probe(ctx)
	if err != nil {
		return pool.Translate(err)
	}
	defer conn.Release()
	return pool.Translate(r.of.check(ctx, conn.Conn()))
}

// lineage tells databases apart, whichever server of a cluster they are on.
type lineage struct {
	cluster, database int64
	// standby says that the server follows another one.
	standby bool
}

func lineageOf(ctx context.Context, db pool.Querier) (l lineage, err error) {
	err = db.QueryRow(ctx, `SELECT c.system_identifier, d.oid::bigint, pg_is_in_recovery()
		FROM pg_control_system() c, pg_database d WHERE d.datname = current_database()`).Scan(&l.cluster, &l.database, &l.standby)
	return l, err
}

// check fails unless a new connection is to a replica of the database.
func (l lineage) check(ctx context.Context, conn *pgx.Conn) error {
	its, err := lineageOf(ctx, conn)
	switch {
	case err != nil:
		return err
	case its.cluster != l.cluster:
		return fmt.Errorf("%w: it is of the cluster %d, not of %d", ErrNotReplica, its.cluster, l.cluster)
	case its.database != l.database:
		return fmt.Errorf("%w: it has another database of that name", ErrNotReplica)
	case !its.standby:
		return fmt.Errorf("%w: it takes writes itself", ErrNotReplica)
	}
	return nil
}
