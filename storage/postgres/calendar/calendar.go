// Package calendar keeps the periods of all collections in memory, and answers lists that
// depend on them.
package calendar

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/period"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/schedule"
)

// Memory has the calendar that was read last. A primary and its replicas may share one. It
// is safe for concurrent use.
type Memory struct {
	last atomic.Pointer[schedule.Calendar]
}

// Calendar returns the calendar of the present state. It reads the periods only if the
// table has changed.
func (m *Memory) Calendar(ctx context.Context, db pool.Querier) (*schedule.Calendar, error) {
	c := m.last.Load()
	if c == nil {
		return m.read(ctx, db)
	}
	s, err := readStamp(ctx, db)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the state of collections: %w", pool.Translate(err))
	case s == c.Stamp():
		return c, nil
	}
	return m.read(ctx, db)
}

// List answers a query. The page and the calendar that selects its objects are of one
// state of the database.
func (m *Memory) List(ctx context.Context, db *pool.Pool, q *storage.Query) (*storage.Page, schema.AsOf, error) {
	l := listing.New(q)
	if !l.Scheduled() {
		page, err := l.Run(ctx, db)
		return page, l.AsOf(), err
	}
	if c := m.last.Load(); c != nil {
		page, err := l.By(c).Run(ctx, db)
		if err != nil || l.Current() {
			return page, l.AsOf(), err
		}
	}
	var page *storage.Page
	err := db.Snapshot(ctx, func(tx pgx.Tx) error {
		c, err := m.read(ctx, tx)
		if err != nil {
			return err
		}
		l = listing.New(q).By(c)
		page, err = l.Run(ctx, tx)
		return err
	})
	return page, l.AsOf(), pool.Translate(err)
}

// read reads the calendar, in one statement, and keeps it.
func (m *Memory) read(ctx context.Context, db pool.Querier) (*schedule.Calendar, error) {
	var s schedule.Stamp
	periods := map[string][]period.Period{}
	rows, err := db.Query(ctx, `SELECT `+listing.StampColumns+`, id, document->'periods' FROM collections`)
	if err != nil {
		return nil, fmt.Errorf("read the calendar: %w", pool.Translate(err))
	}
	var id string
	var stored []byte
	if _, err := pgx.ForEachRow(rows, []any{&s.Version, &s.Count, &id, &stored}, func() error {
		var forms []period.Form
		if err := json.Unmarshal(stored, &forms); err != nil {
			return fmt.Errorf("collection %s: %w", id, err)
		}
		periods[id] = period.Stored(forms)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read the calendar: %w", pool.Translate(err))
	}
	c := schedule.New(s, periods)
	m.last.Store(c)
	return c, nil
}

func readStamp(ctx context.Context, db pool.Querier) (s schedule.Stamp, err error) {
	err = db.QueryRow(ctx, `SELECT `+listing.StampColumns).Scan(&s.Version, &s.Count)
	return s, err
}
