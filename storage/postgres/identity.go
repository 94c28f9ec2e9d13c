package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

// skipped is how many versions are left out where a database turns out to be a copy
// of an earlier state. The lost history used fewer, at 3,000 writes a second four
// days of them, and 9 million copies fit into what JSON can count exactly.
const skipped = 1_000_000_000

// Identity is a short text that is another for every database whose versions mean
// something else: it names the cluster, its timeline, which changes when a standby
// takes over or a backup of the cluster is rolled forward, the database in it, and
// the table, which is another one where a dump was restored. Every role may ask for
// them (tried on PostgreSQL 15 and 17).
func (s *Store) Identity(ctx context.Context) (string, error) {
	identity, _, err := identify(ctx, s.pool)
	return identity, err
}

// server is a connection to one, or a pool of them.
type server interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Begin(ctx context.Context) (pgx.Tx, error)
}

// identify also says whether the server is a standby, whose timeline is that of
// its last restart point. A server that has just taken over may not have made one
// yet, so it is asked for that of the log which it writes.
func identify(ctx context.Context, q server) (identity string, standby bool, err error) {
	var cluster, timeline, database, table int64
	err = q.QueryRow(ctx, `SELECT pg_is_in_recovery(), c.system_identifier, CASE WHEN pg_is_in_recovery() THEN p.timeline_id
			ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer END,
		d.oid::bigint, coalesce(to_regclass('catalogue')::oid::bigint, 0)
		FROM pg_control_system() c, pg_control_checkpoint() p, pg_database d WHERE d.datname = current_database()`).Scan(&standby, &cluster, &timeline, &database, &table)
	if err != nil {
		return "", false, fmt.Errorf("identify the database: %w", translate(err))
	}
	return fmt.Sprintf("%x-%x-%x-%x", cluster, timeline, database, table), standby, nil
}

// meet looks at every new connection before it is used: it may be to a server that
// has taken over. No write of this process then gets a version that was used before.
func (s *Store) meet(ctx context.Context, conn *pgx.Conn) error {
	known := s.identity.Load()
	if known == nil { // Open looks itself, once it knows the schema
		return nil
	}
	identity, standby, err := identify(ctx, conn)
	if err != nil || standby || identity == known {
		return err
	}
	return s.adopt(ctx, conn)
}

// adopt notices a database that was restored from a backup, or that took over from
// one whose last writes it may not have, and makes it safe to go on from there:
// versions, which clients and caches hold of the history that is lost, are never used
// again, the log begins anew, and no search index counts as following it.
func (s *Store) adopt(ctx context.Context, on server) error {
	identity, standby, err := identify(ctx, on)
	if err != nil || standby {
		return err
	}
	var known string
	if err := on.QueryRow(ctx, `SELECT identity FROM catalogue`).Scan(&known); err != nil {
		return fmt.Errorf("read which database this was: %w", translate(err))
	}
	if known != identity {
		err = pgx.BeginFunc(ctx, on, func(tx pgx.Tx) error { return s.rename(ctx, tx, identity) })
	}
	if err != nil {
		return fmt.Errorf("take over a database that was %s and is %s: %w", known, identity, translate(err))
	}
	s.identity.Store(identity)
	return nil
}

// rename writes the identity into the database, and what follows from it.
func (s *Store) rename(ctx context.Context, tx pgx.Tx, identity string) error {
	var known string
	if err := tx.QueryRow(ctx, `SELECT identity FROM catalogue FOR UPDATE`).Scan(&known); err != nil {
		return err
	}
	switch known {
	case identity: // another process was faster
		return nil
	case "": // the first program that opens it
		_, err := tx.Exec(ctx, `UPDATE catalogue SET identity = $1`, identity)
		return err
	}
	s.restarted.Store(true)
	return restart(ctx, tx, identity)
}

// Restarted reports whether this store has met a database that is a copy of an
// earlier state, and left versions out for that.
func (s *Store) Restarted() bool { return s.restarted.Load() }

// restart leaves versions out. Indices are kept for their time, as after a swap,
// at a version from which nobody can follow: the indexer builds another, and then
// removes them. Changes behind the log's beginning are pruned later.
func restart(ctx context.Context, tx pgx.Tx, identity string) error {
	var batch pgx.Batch
	batch.Queue(`UPDATE catalogue SET identity = $1, version = version + $2, pruned = version + $2, counted = counted + $2`, identity, int64(skipped))
	batch.Queue(`DELETE FROM counted`)
	batch.Queue(`UPDATE checkpoints SET state = 'kept', version = 0, updated = now()`)
	batch.Queue(`SELECT pg_notify($1, version::text) FROM catalogue`, storage.CatalogueChannel)
	return tx.SendBatch(ctx, &batch).Close()
}

// Restored takes the database for a copy of an earlier state, as Open does where
// that shows. It is for copies that do not show: a snapshot of the disk is the
// same cluster on the same timeline.
func (s *Store) Restored(ctx context.Context) error {
	if _, err := s.pool.Exec(ctx, `UPDATE catalogue SET identity = 'restored'`); err != nil {
		return fmt.Errorf("mark the database as restored: %w", translate(err))
	}
	return s.adopt(ctx, s.pool)
}
