// Package identity distinguishes databases with different histories of versions, and
// makes a copy of an earlier state safe to write to.
package identity

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// skipped is the number of versions left out in a database that is a copy of an
// earlier state. The lost history used fewer: at 3,000 writes a second they last
// four days, and JSON can count exactly through 9 million copies.
const skipped = 1_000_000_000

// Guard watches the identity of the database that a pool is connected to. It is
// safe for concurrent use.
type Guard struct {
	identity  atomic.Value // of the database that was adopted last, nil before
	restarted atomic.Bool
}

// server is a connection to a server, or a pool of them.
type server interface {
	pool.Querier
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Of returns a short text that differs for databases with different histories of
// versions. It names the cluster and its timeline, which changes when a
// standby takes over or a backup of the cluster is rolled forward; the database in
// it; and the table, which is another one after a dump was restored. Every role may
// read them (verified on PostgreSQL 15 and 17).
func Of(ctx context.Context, db pool.Querier) (string, error) {
	identity, _, err := identify(ctx, db)
	return identity, err
}

// identify also reports whether the server is a standby. The timeline of a standby
// is that of its last restart point. A server that has just taken over may not have
// one yet, so its timeline is read from the log that it writes.
func identify(ctx context.Context, db pool.Querier) (identity string, standby bool, err error) {
	var cluster, timeline, database, table int64
	err = db.QueryRow(ctx, `SELECT pg_is_in_recovery(), c.system_identifier, CASE WHEN pg_is_in_recovery() THEN p.timeline_id
			ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer END,
		d.oid::bigint, coalesce(to_regclass('catalogue')::oid::bigint, 0)
		FROM pg_control_system() c, pg_control_checkpoint() p, pg_database d WHERE d.datname = current_database()`).Scan(&standby, &cluster, &timeline, &database, &table)
	if err != nil {
		return "", false, fmt.Errorf("identify the database: %w", pool.Translate(err))
	}
	return fmt.Sprintf("%x-%x-%x-%x", cluster, timeline, database, table), standby, nil
}

// Check adopts the database of a new connection if its identity has changed,
// because the server may have taken over from another. After that no write of this
// process gets a version that was used before. It is the pool's AfterConnect.
func (g *Guard) Check(ctx context.Context, conn *pgx.Conn) error {
	known := g.identity.Load()
	if known == nil { // the caller of Adopt checks the schema first
		return nil
	}
	identity, standby, err := identify(ctx, conn)
	if err != nil || standby || identity == known {
		return err
	}
	return g.Adopt(ctx, conn)
}

// Adopt recognizes a database that was restored from a backup, or that took over
// from another and may lack its last writes. It makes such a database safe to write
// to. Clients and
// caches may hold versions of the lost history, so these are never used again. The
// change log starts again, and no search index counts as following it.
func (g *Guard) Adopt(ctx context.Context, db server) error {
	identity, standby, err := identify(ctx, db)
	if err != nil || standby {
		return err
	}
	var known string
	if err := db.QueryRow(ctx, `SELECT identity FROM catalogue`).Scan(&known); err != nil {
		return fmt.Errorf("read the identity of the database: %w", pool.Translate(err))
	}
	if known != identity {
		err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error { return g.rename(ctx, tx, identity) })
	}
	if err != nil {
		return fmt.Errorf("take over a database that was %s and is %s: %w", known, identity, pool.Translate(err))
	}
	g.identity.Store(identity)
	return nil
}

// rename stores the identity of a database, and restarts it if it had another.
func (g *Guard) rename(ctx context.Context, tx pgx.Tx, identity string) error {
	var known string
	if err := tx.QueryRow(ctx, `SELECT identity FROM catalogue FOR UPDATE`).Scan(&known); err != nil {
		return err
	}
	switch known {
	case identity: // another process was faster
		return nil
	case "": // the database is new
		_, err := tx.Exec(ctx, `UPDATE catalogue SET identity = $1`, identity)
		return err
	}
	g.restarted.Store(true)
	return restart(ctx, tx, identity)
}

// Restarted reports whether the guard has met a copy of an earlier state, and left
// versions out.
func (g *Guard) Restarted() bool { return g.restarted.Load() }

// restart leaves versions out. Search indexes become old ones, as after a swap, at a
// version from which nothing can follow: the indexer builds another, and later
// deletes them. Changes before the log's new beginning are pruned later.
func restart(ctx context.Context, tx pgx.Tx, identity string) error {
	var batch pgx.Batch
	batch.Queue(`UPDATE catalogue SET identity = $1, version = version + $2, pruned = version + $2, counted = counted + $2`, identity, int64(skipped))
	batch.Queue(`DELETE FROM counted`)
	batch.Queue(`UPDATE checkpoints SET state = 'kept', version = 0, updated = now()`)
	batch.Queue(`SELECT pg_notify($1, version::text) FROM catalogue`, storage.CatalogueChannel)
	return tx.SendBatch(ctx, &batch).Close()
}

// Restored treats the database as a copy of an earlier state. It is for copies that
// Adopt cannot recognize: a snapshot of the disk is the same cluster on the same
// timeline.
func (g *Guard) Restored(ctx context.Context, p *pool.Pool) error {
	if _, err := p.Exec(ctx, `UPDATE catalogue SET identity = 'restored'`); err != nil {
		return fmt.Errorf("mark the database as restored: %w", pool.Translate(err))
	}
	return g.Adopt(ctx, p)
}
