package metric

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"marquee/cmd/observe/health"
	"marquee/storage/counter"
	"marquee/storage/postgres"
	"marquee/storage/tail"
)

// ChangeLog adds the metrics of the log of changes as this process knows it.
func (m *Registry) ChangeLog(stats func() tail.Stats) {
	m.gauge("log_version", "Version of the catalogue up to which this process knows every change.", func() float64 { return float64(stats().Version) })
	m.gauge("log_age_seconds", "How long ago the log was last read to its end, in seconds; kept answers are not vouched for from 1 s on.",
		func() float64 { return since(stats().Read) })
	m.gauge("log_changes", "Changes that are in memory to hold kept answers against.", func() float64 { return float64(stats().Changes) })
	m.gauge("log_bytes", "What the changes in memory are as JSON; they take two to three times that.", func() float64 { return float64(stats().Bytes) })
}

// started stands for a time that never came.
var started = time.Now()

// since is the seconds since a time, or since the start of the process.
func since(at time.Time) float64 {
	if at.IsZero() {
		at = started
	}
	return max(0, time.Since(at).Seconds())
}

// Lag adds the metrics of how far the search index is behind.
func (m *Registry) Lag(l *health.Lag) {
	m.gauge("index_version", "Version of the catalogue up to which the search index has every change, 0 without an index.", func() float64 { return float64(l.Indexed()) })
	m.gauge("index_lag_versions", "Versions that the search index lacks.", func() float64 { return float64(l.Versions()) })
	m.gauge("index_lag_seconds", "How long ago the oldest change was written that the search index lacks, to the second; 0 when it lacks none.",
		func() float64 { return l.Duration().Seconds() })
}

// Pool adds the metrics of a pool of connections to PostgreSQL.
func (m *Registry) Pool(name string, stats func() postgres.PoolStats) {
	m.gauge("postgres_connections", "Connections of the pool that are open.", func() float64 { return float64(stats().Open) }, "pool", name)
	m.gauge("postgres_connections_in_use", "Connections of the pool that are in use.", func() float64 { return float64(stats().InUse) }, "pool", name)
	m.gauge("postgres_connections_limit", "Connections that the pool may open.", func() float64 { return float64(stats().Max) }, "pool", name)
	m.counter("postgres_connections_opened_total", "Connections that the pool has made.", func() float64 { return float64(stats().Opened) }, "pool", name)
	m.counter("postgres_waits_total", "Requests for a connection that found none idle.", func() float64 { return float64(stats().Waits) }, "pool", name)
	m.counter("postgres_wait_seconds_total", "How long it took all requests together to get a connection.", func() float64 { return stats().Waited }, "pool", name)
	m.counter("postgres_canceled_total", "Requests for a connection that were given up.", func() float64 { return float64(stats().Canceled) }, "pool", name)
}

// Views adds the metrics of the views that wait in this process.
func (m *Registry) Views(stats func() counter.Stats) {
	m.gauge("views_waiting", "Views that wait in this process to be written.", func() float64 { return float64(stats().Waiting) })
	m.counter("views_lost_total", "Views that found no room to wait in, because the database did not take them.", func() float64 { return float64(stats().Lost) })
}

// backlogEvery is how often the database is asked what waits there: two counts
// over tables that are mostly empty.
const (
	backlogEvery   = 15 * time.Second
	backlogTimeout = time.Second
)

// Backlog is what waits in the database, as it was told last.
type Backlog struct {
	read    func(ctx context.Context) (postgres.Backlog, error)
	logger  *slog.Logger
	last    atomic.Pointer[postgres.Backlog]
	counted time.Time
}

// NewBacklog asks by read. Look has to be called every second.
func NewBacklog(read func(ctx context.Context) (postgres.Backlog, error), logger *slog.Logger) *Backlog {
	b := &Backlog{read: read, logger: logger}
	b.last.Store(new(postgres.Backlog))
	return b
}

// Look asks again now and then.
func (b *Backlog) Look(ctx context.Context) {
	if time.Since(b.counted) < backlogEvery {
		return
	}
	b.counted = time.Now()
	limited, cancel := context.WithTimeout(ctx, backlogTimeout)
	defer cancel()
	found, err := b.read(limited)
	if err != nil {
		b.logger.Debug("what waits in the database is not known; it is asked again", "after", backlogEvery, "err", err)
		return
	}
	b.last.Store(&found)
}

// Backlog adds the metrics of what waits in the database, the same in every
// process.
func (m *Registry) Backlog(b *Backlog) {
	m.gauge("dead_letters", "Objects that the live search index refused for good.", func() float64 { return float64(b.last.Load().DeadLetters) })
	m.gauge("counts_waiting", "Votes and views in the database that wait to be added up.", func() float64 { return float64(b.last.Load().Unflushed) })
}
