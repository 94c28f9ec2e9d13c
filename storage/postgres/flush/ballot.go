package flush

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/schema"
)

// Ballot is the vote of a user for the object with an id.
type Ballot struct {
	ID, User string
	Value    storage.Vote
}

// LockVoters excludes other votes of the users until the transaction ends. Counters
// change by the difference to the user's earlier vote, so two votes of one user for one
// object must not overlap. It locks users rather than pairs of user and object, because
// PostgreSQL has memory for some thousands of locks, and an import stores many votes of
// few users.
func LockVoters(ctx context.Context, tx pgx.Tx, users ...string) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('voter ' || u, 0)) FROM (SELECT DISTINCT unnest($1::text[])) v (u)`, users)
	return err
}

// Votes returns the stored votes among the ballots, whose values it ignores.
func Votes(ctx context.Context, tx pgx.Tx, n *storage.Noun, ballots []Ballot) ([]Ballot, error) {
	ids, users, _ := columns(n, ballots)
	rows, err := tx.Query(ctx, `SELECT v.id::text, v.user_name, v.value FROM `+schema.VotesTable(n)+` v
		JOIN (SELECT DISTINCT * FROM unnest($1::bigint[], $2::text[])) b (id, user_name) ON v.id = b.id AND v.user_name = b.user_name`, ids, users)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (b Ballot, err error) {
		err = row.Scan(&b.ID, &b.User, &b.Value)
		return b, err
	})
}

// AddVotes stores votes of users for objects that have no vote of these users. The next
// FlushCounters adds them to the counters. The transaction holds LockVoters, and a lock
// that keeps the objects from being deleted.
func AddVotes(ctx context.Context, tx pgx.Tx, n *storage.Noun, ballots []Ballot) error {
	ids, users, values := columns(n, ballots)
	_, err := tx.Exec(ctx, `WITH added AS (INSERT INTO `+schema.VotesTable(n)+` (id, user_name, value)
			SELECT * FROM unnest($2::bigint[], $3::text[], $4::smallint[]) RETURNING id, value)
		INSERT INTO counts (noun, id, likes, dislikes)
		SELECT $1, id, count(*) FILTER (WHERE value = 1), count(*) FILTER (WHERE value = -1) FROM added GROUP BY id`, n.Name, ids, users, values)
	if err != nil {
		return fmt.Errorf("store %d votes for %s: %w", len(ballots), n.Plural, err)
	}
	return nil
}

// columns returns ballots as the parameters of a statement.
func columns(n *storage.Noun, ballots []Ballot) (ids []int64, users []string, values []int16) {
	for _, b := range ballots {
		ids = append(ids, schema.Key(n, b.ID).(int64))
		users, values = append(users, b.User), append(values, int16(b.Value))
	}
	return ids, users, values
}
