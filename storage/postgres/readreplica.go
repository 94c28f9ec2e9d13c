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
	// replicaLifetime is how long a connection to a replica is used. A balancer spreads
	// connections when they are made, so a replica that joins is used within this time.
	replicaLifetime = 5 * time.Minute
	// replicaJitter prevents connections that were made together from ending together.
	replicaJitter = time.Minute
)

// ErrNotReplica is a server that does not follow the store's primary. Its versions have
// another meaning.
var ErrNotReplica = errors.New("the server is not a replica of the database")

// Replica is a connection to streaming replicas (hot standbys) of a store's
// database, for a Reader. It is safe for concurrent use.
type Replica struct {
	pool *pool.Pool
	of   lineage
}

// OpenReplica prepares reading from a replica of the store's database. The URL is the
// replica's, or that of a balancer of several. Every connection checks that its server
// is a replica of the same cluster. If the first one is not, OpenReplica returns
// ErrNotReplica; later ones fail. A replica that does not answer is no error, since the
// store works without it. Close must be called.
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
		logger.Warn("the replica does not answer; reading the primary until it does", "err", err)
	}
	return r, nil
}

// Close waits for connections in use and closes all.
func (r *Replica) Close() { r.pool.Close() }

// PoolStats returns the statistics of the replica's pool.
func (r *Replica) PoolStats() pool.Stats { return r.pool.Stats() }

// Ping reports whether the replica answers and still is a replica, on a connection that
// no request uses.
func (r *Replica) Ping(ctx context.Context) error {
	conn, err := r.pool.Probe(ctx)
	if err != nil {
		return pool.Translate(err)
	}
	defer conn.Release()
	return pool.Translate(r.of.check(ctx, conn.Conn()))
}

// lineage identifies a database, on any server of its cluster.
type lineage struct {
	cluster, database int64
	// standby reports whether the server follows another one.
	standby bool
}

func lineageOf(ctx context.Context, db pool.Querier) (l lineage, err error) {
	err = db.QueryRow(ctx, `SELECT c.system_identifier, d.oid::bigint, pg_is_in_recovery()
		FROM pg_control_system() c, pg_database d WHERE d.datname = current_database()`).Scan(&l.cluster, &l.database, &l.standby)
	return l, err
}

// check fails if a new connection is not to a replica of the database.
func (l lineage) check(ctx context.Context, conn *pgx.Conn) error {
	its, err := lineageOf(ctx, conn)
	switch {
	case err != nil:
		return err
	case its.cluster != l.cluster:
		return fmt.Errorf("%w: its cluster is %d, not %d", ErrNotReplica, its.cluster, l.cluster)
	case its.database != l.database:
		return fmt.Errorf("%w: it has another database of that name", ErrNotReplica)
	case !its.standby:
		return fmt.Errorf("%w: it takes writes itself", ErrNotReplica)
	}
	return nil
}
