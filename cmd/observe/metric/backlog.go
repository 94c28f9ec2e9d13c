package metric

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"marquee/storage/postgres"
)

const (
	// backlogEvery is the interval between two counts of the backlog. They read tables
	// that are mostly empty.
	backlogEvery   = 15 * time.Second
	backlogTimeout = time.Second
)

// Backlog is the last count of the work that waits in the database.
type Backlog struct {
	read    func(ctx context.Context) (postgres.Backlog, error)
	logger  *slog.Logger
	last    atomic.Pointer[postgres.Backlog]
	counted time.Time
}

// NewBacklog returns a backlog that is counted by read. The caller must call Look
// every second.
func NewBacklog(read func(ctx context.Context) (postgres.Backlog, error), logger *slog.Logger) *Backlog {
	b := &Backlog{read: read, logger: logger}
	b.last.Store(new(postgres.Backlog))
	return b
}

// Look counts again every 15 s. After an error the last count remains.
func (b *Backlog) Look(ctx context.Context) {
	if time.Since(b.counted) < backlogEvery {
		return
	}
	b.counted = time.Now()
	limited, cancel := context.WithTimeout(ctx, backlogTimeout)
	defer cancel()
	found, err := b.read(limited)
	if err != nil {
		b.logger.Debug("count backlog", "retry", backlogEvery, "err", err)
		return
	}
	b.last.Store(&found)
}

// Backlog registers the metrics of the backlog. They are the same in every process.
func (m *Registry) Backlog(b *Backlog) {
	m.gauge("dead_letters", "Dead letters of the live search index.", func() float64 { return float64(b.last.Load().DeadLetters) })
	m.gauge("counts_waiting", "Votes and views in the database that wait for a flush.", func() float64 { return float64(b.last.Load().Unflushed) })
}
