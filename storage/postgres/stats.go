package postgres

import (
	"context"
	"fmt"

	"marquee/storage/postgres/pool"
)

// Backlog is unfinished work in the database.
type Backlog struct {
	// DeadLetters is the number of objects that the live search index refused.
	DeadLetters int64
	// Unflushed is the number of votes and views not yet flushed.
	Unflushed int64
}

// Backlog counts the unfinished work.
func (s *Store) Backlog(ctx context.Context) (b Backlog, err error) {
	err = s.pool.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM dead_letters AS d JOIN checkpoints AS c ON c.index = d.index WHERE c.state = 'live'),
		(SELECT count(*) FROM counts)`).Scan(&b.DeadLetters, &b.Unflushed)
	if err != nil {
		return b, fmt.Errorf("count the backlog: %w", pool.Translate(err))
	}
	return b, nil
}
