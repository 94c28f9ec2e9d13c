package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"marquee/storage"
)

// votesTable holds who voted for the objects of a noun.
func votesTable(n *storage.Noun) string { return n.Name + "_votes" }

// Vote sets what a user thinks of an object. It is durable when Vote returns; the
// object's counters follow with the next FlushCounters. NotFound when there is no
// such object.
func (s *Store) Vote(ctx context.Context, n *storage.Noun, id, user string, v storage.Vote) error {
	if !n.ValidID(id) {
		return notFound(n, id)
	}
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		// What the user thought before has to be known: two votes of one user for one
		// object come one after the other.
		_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, "vote "+n.Name+" "+id+" "+user)
		switch {
		case err != nil:
			return err
		case v == storage.None:
			return retract(ctx, tx, n, id, user)
		}
		_, err = tx.Exec(ctx, `WITH before AS (SELECT value FROM `+votesTable(n)+` WHERE id = $2 AND user_name = $3),
			changed AS (INSERT INTO `+votesTable(n)+` AS v (id, user_name, value) VALUES ($2, $3, $4)
				ON CONFLICT (id, user_name) DO UPDATE SET value = excluded.value WHERE v.value <> excluded.value RETURNING value)
			INSERT INTO counts (noun, id, likes, dislikes)
			SELECT $1, $2, (c.value = 1)::int - coalesce(b.value = 1, false)::int, (c.value = -1)::int - coalesce(b.value = -1, false)::int
			FROM changed c LEFT JOIN before b ON true`, n.Name, key(n, id), user, int16(v))
		return err
	})
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == foreignKeyViolation {
		return notFound(n, id)
	}
	if err != nil {
		return fmt.Errorf("vote for %s %s: %w", n.Name, id, err)
	}
	return nil
}

// retract takes a vote back.
func retract(ctx context.Context, tx pgx.Tx, n *storage.Noun, id, user string) error {
	tag, err := tx.Exec(ctx, `WITH gone AS (DELETE FROM `+votesTable(n)+` WHERE id = $2 AND user_name = $3 RETURNING value)
		INSERT INTO counts (noun, id, likes, dislikes) SELECT $1, $2, -(value = 1)::int, -(value = -1)::int FROM gone`, n.Name, key(n, id), user)
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+n.Plural+` WHERE id = $1)`, key(n, id)).Scan(&exists); err != nil {
		return err
	}
	if !exists {
		return notFound(n, id)
	}
	return nil
}

// AddViews adds views to objects, by id. What does not exist is left out when
// the counters are written, by the next FlushCounters.
func (s *Store) AddViews(ctx context.Context, n *storage.Noun, views map[string]int64) error {
	var ids, counts []int64
	for id, count := range views {
		if n.ValidID(id) {
			ids, counts = append(ids, key(n, id).(int64)), append(counts, count)
		}
	}
	_, err := s.pool.Exec(ctx, `INSERT INTO counts (noun, id, views) SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])`, n.Name, ids, counts)
	if err != nil {
		return fmt.Errorf("store views of %d %s: %w", len(ids), n.Plural, translate(err))
	}
	return nil
}
