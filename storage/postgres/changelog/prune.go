package changelog

import (
	"context"
	"fmt"
	"time"

	"marquee/storage/postgres/pool"
)

const (
	// pruneAtOnce is how many changes one statement reads or deletes, which takes
	// some tens of milliseconds.
	pruneAtOnce = 1000
	// abandoned is how long a checkpoint that does not move prevents pruning: an
	// index without a follower must not fill the disk.
	abandoned = 30 * 24 * time.Hour
)

// Prune deletes changes older than age, except those that a search index has not
// applied yet. It returns the number of versions pruned, also on an error. Readers
// that lag further must read the catalogue again.
func (l *Log) Prune(ctx context.Context, age time.Duration) (int64, error) {
	var versions int64
	for {
		n, err := l.shorten(ctx, age)
		if err != nil {
			return versions, fmt.Errorf("prune the log of changes: %w", err)
		}
		if n == 0 {
			break
		}
		versions += n
	}
	_, err := l.pool.DeleteInBatches(ctx, pruneAtOnce,
		`DELETE FROM changes WHERE ctid = ANY (ARRAY(SELECT ctid FROM changes WHERE version <= (SELECT pruned FROM catalogue) LIMIT $1))`)
	if err != nil {
		return versions, fmt.Errorf("prune the log of changes: %w", err)
	}
	return versions, nil
}

// shorten moves the log's beginning forward and returns by how many versions. It
// scans the primary key from the beginning, because the log is long and the old
// part is not.
func (l *Log) shorten(ctx context.Context, age time.Duration) (int64, error) {
	var versions int64
	now := l.now()
	err := l.pool.QueryRow(ctx, `WITH first AS (SELECT version, at FROM changes WHERE version > (SELECT pruned FROM catalogue) ORDER BY version, index LIMIT $3),
		old AS (SELECT least(coalesce((SELECT min(version) - 1 FROM first WHERE at >= $1), (SELECT max(version) FROM first), 0),
			(SELECT min(version) FROM checkpoints WHERE updated > $2)) AS up_to),
		moved AS (UPDATE catalogue c SET pruned = up_to FROM old, catalogue b WHERE up_to > c.pruned RETURNING c.pruned - b.pruned AS versions)
		SELECT coalesce((SELECT versions FROM moved), 0)`,
		now.Add(-age), now.Add(-abandoned), pruneAtOnce).Scan(&versions)
	return versions, pool.Translate(err)
}
