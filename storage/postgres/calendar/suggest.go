package calendar

import (
	"context"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/suggested"
)

// Suggest answers a query for suggestions. The answer and the calendar that selects its
// collections are of one state of the database. Most answers take one statement; a search
// for typos takes a snapshot.
func (m *Memory) Suggest(ctx context.Context, db *pool.Pool, q *storage.SuggestQuery) (*storage.Suggestions, schema.AsOf, error) {
	if c := m.last.Load(); c != nil || !suggested.Scheduled(q) {
		f := suggested.New(q, c)
		out, err := f.Run(ctx, db)
		if err != nil || f.Current() && (len(out.Found) > 0 || !suggested.MayHaveTypos(q)) {
			return out, f.AsOf(), err
		}
	}
	var out *storage.Suggestions
	f := suggested.New(q, nil)
	err := db.Snapshot(ctx, func(tx pgx.Tx) error {
		if suggested.Scheduled(q) {
			c, err := m.Calendar(ctx, tx)
			if err != nil {
				return err
			}
			f = suggested.New(q, c)
		}
		var err error
		out, err = f.RunWithTypos(ctx, tx)
		return err
	})
	return out, f.AsOf(), pool.Translate(err)
}
