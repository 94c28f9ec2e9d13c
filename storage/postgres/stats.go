package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// PoolStats are numbers of a pool of connections, for metrics.
type PoolStats struct {
	// InUse of Open connections, of which there may be Max, are in use.
	InUse, Open, Max int
	// Waits are the requests for a connection that found none idle, since the start.
	Waits int64
	// Waited are the seconds that all requests took together until they had a
	// connection.
	Waited float64
	// Canceled gave up before they had one.
	Canceled int64
	// Opened are the connections that were made, since the start.
	Opened int64
}

// PoolStats reads the numbers of the store's pool.
func (s *Store) PoolStats() PoolStats { return poolStats(s.pool) }

func poolStats(p *pgxpool.Pool) PoolStats {
	s := p.Stat()
	return PoolStats{
		InUse: int(s.AcquiredConns()), Open: int(s.TotalConns()), Max: int(s.MaxConns()),
		Waits: s.EmptyAcquireCount(), Waited: s.AcquireDuration().Seconds(), Canceled: s.CanceledAcquireCount(),
		Opened: s.NewConnsCount(),
	}
}

// Backlog is what waits in the database for somebody's attention.
type Backlog struct {
	// DeadLetters are the objects that the live search index refused.
	DeadLetters int64
	// Unflushed is the number of votes and views not yet flushed.
	Unflushed int64
}

// Backlog counts what waits.
func (s *Store) Backlog(ctx context.Context) (b Backlog, err error) {
	err = s.pool.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM dead_letters AS d JOIN checkpoints AS c ON c.index = d.index WHERE c.state = 'live'),
		(SELECT count(*) FROM counts)`).Scan(&b.DeadLetters, &b.Unflushed)
	if err != nil {
		return b, fmt.Errorf("count what waits: %w", translate(err))
	}
	return b, nil
}
