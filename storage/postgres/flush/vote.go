package flush

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

// Vote stores a user's vote for an object. It is durable when Vote returns; the next
// FlushCounters adds it to the counters. NotFound if there is no such object.
func (c *Counters) Vote(ctx context.Context, n *storage.Noun, id, user string, v storage.Vote) error {
	if !n.ValidID(id) {
		return storage.NoObject(n, id)
	}
	err := c.pool.Transaction(ctx, func(tx pgx.Tx) error {
		err := LockVoters(ctx, tx, user)
		switch {
		case err != nil:
			return err
		case v == storage.None:
			return retract(ctx, tx, n, id, user)
		}
		votes := schema.VotesTable(n)
		_, err = tx.Exec(ctx, `WITH before AS (SELECT value FROM `+votes+` WHERE id = $2 AND user_name = $3),
			changed AS (INSERT INTO `+votes+` AS v (id, user_name, value) VALUES ($2, $3, $4)
				ON CONFLICT (id, user_name) DO UPDATE SET value = excluded.value WHERE v.value <> excluded.value RETURNING value)
			INSERT INTO counts (noun, id, likes, dislikes)
			SELECT $1, $2, (c.value = 1)::int - coalesce(b.value = 1, false)::int, (c.value = -1)::int - coalesce(b.value = -1, false)::int
			FROM changed c LEFT JOIN before b ON true`, n.Name, schema.Key(n, id), user, int16(v))
		return err
	})
	if pool.IsForeignKeyViolation(err) {
		return storage.NoObject(n, id)
	}
	if err != nil {
		return fmt.Errorf("vote for %s %s: %w", n.Name, id, err)
	}
	return nil
}

// retract takes a vote back.
func retract(ctx context.Context, tx pgx.Tx, n *storage.Noun, id, user string) error {
	tag, err := tx.Exec(ctx, `WITH gone AS (DELETE FROM `+schema.VotesTable(n)+` WHERE id = $2 AND user_name = $3 RETURNING value)
		INSERT INTO counts (noun, id, likes, dislikes) SELECT $1, $2, -(value = 1)::int, -(value = -1)::int FROM gone`, n.Name, schema.Key(n, id), user)
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+n.Plural+` WHERE id = $1)`, schema.Key(n, id)).Scan(&exists); err != nil {
		return err
	}
	if !exists {
		return storage.NoObject(n, id)
	}
	return nil
}

// AddViews stores views of objects, by id. The next FlushCounters adds them to the
// counters, and ignores objects that do not exist.
func (c *Counters) AddViews(ctx context.Context, n *storage.Noun, views map[string]int64) error {
	var ids, counts []int64
	for id, count := range views {
		if n.ValidID(id) {
			ids, counts = append(ids, schema.Key(n, id).(int64)), append(counts, count)
		}
	}
	_, err := c.pool.Exec(ctx, `INSERT INTO counts (noun, id, views) SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])`, n.Name, ids, counts)
	if err != nil {
		return fmt.Errorf("store views of %d %s: %w", len(ids), n.Plural, pool.Translate(err))
	}
	return nil
}
