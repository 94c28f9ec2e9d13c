package postgres

import (
	"context"
	"fmt"
	"time"
)

const (
	// pruneAtOnce is how many changes or events one statement looks at or deletes,
	// which takes some tens of milliseconds.
	pruneAtOnce = 1000
	// abandoned is how long a checkpoint that does not move keeps the log from
	// being pruned: an index that nobody follows any more must not fill the disk.
	abandoned = 30 * 24 * time.Hour
)

// Prune deletes changes older than the age, but none that a search index still
// has to take, and returns how many versions lost theirs, also when it fails half
// way. Readers that are further behind have to read the catalogue anew.
func (s *Store) Prune(ctx context.Context, age time.Duration) (int64, error) {
	var versions int64
	for {
		n, err := s.shorten(ctx, age)
		if err != nil {
			return versions, fmt.Errorf("prune the log of changes: %w", err)
		}
		if n == 0 {
			break
		}
		versions += n
	}
	_, err := s.deleteSome(ctx, `DELETE FROM changes WHERE ctid = ANY (ARRAY(SELECT ctid FROM changes WHERE version <= (SELECT pruned FROM catalogue) LIMIT $1))`)
	if err != nil {
		return versions, fmt.Errorf("prune the log of changes: %w", err)
	}
	return versions, nil
}

// shorten has the log begin later, and returns by how many versions. It looks for
// what is old from the log's beginning, by the primary key, since the log is long
// and what is old is not.
func (s *Store) shorten(ctx context.Context, age time.Duration) (int64, error) {
	var versions int64
	now := s.now()
	err := s.pool.QueryRow(ctx, `WITH first AS (SELECT version, at FROM changes WHERE version > (SELECT pruned FROM catalogue) ORDER BY version, index LIMIT $3),
		old AS (SELECT least(coalesce((SELECT min(version) - 1 FROM first WHERE at >= $1), (SELECT max(version) FROM first), 0),
			(SELECT min(version) FROM checkpoints WHERE updated > $2)) AS up_to),
		moved AS (UPDATE catalogue c SET pruned = up_to FROM old, catalogue b WHERE up_to > c.pruned RETURNING c.pruned - b.pruned AS versions)
		SELECT coalesce((SELECT versions FROM moved), 0)`,
		now.Add(-age), now.Add(-abandoned), pruneAtOnce).Scan(&versions)
	return versions, translate(err)
}

// PruneHistory deletes events older than the age from the history of every
// object, and with them the states that they replaced, and returns how many, also
// when it fails half way. Present states stay.
func (s *Store) PruneHistory(ctx context.Context, age time.Duration) (int64, error) {
	old := s.now().Add(-age)
	n, err := s.deleteSome(ctx, `DELETE FROM history WHERE ctid = ANY (ARRAY(SELECT ctid FROM history WHERE at < $2 LIMIT $1))`, old)
	if err == nil {
		_, err = s.deleteSome(ctx, `DELETE FROM deleted WHERE ctid = ANY (ARRAY(SELECT ctid FROM deleted WHERE at < $2 LIMIT $1))`, old)
	}
	if err != nil {
		return n, fmt.Errorf("prune the history of objects: %w", err)
	}
	return n, nil
}

// deleteSome repeats a statement that deletes at most $1 rows until there are none
// left, and returns how many there were.
func (s *Store) deleteSome(ctx context.Context, statement string, args ...any) (int64, error) {
	var total int64
	for {
		tag, err := s.pool.Exec(ctx, statement, append([]any{pruneAtOnce}, args...)...)
		if err != nil {
			return total, translate(err)
		}
		if total += tag.RowsAffected(); tag.RowsAffected() < pruneAtOnce {
			return total, nil
		}
	}
}
