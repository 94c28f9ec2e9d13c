package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

// mark is how far a database was when an answer was read from it, in the
// snapshot of that answer.
type mark struct {
	// version is the catalogue's, flushed the position in the flush log.
	version, flushed int64
	// standby says that the server follows another one.
	standby bool
}

// markColumns selects a mark from the catalogue's row c.
const markColumns = "c.version, c.counted, pg_is_in_recovery()"

// targets are where the columns go.
func (m *mark) targets() []any { return []any{&m.version, &m.flushed, &m.standby} }

// getMarked is Store.Get with the mark of what it found, or did not find.
func getMarked(ctx context.Context, db querier, n *storage.Noun, id string, parents []string) (*storage.Object, mark, error) {
	t := tables[n]
	where, args := t.one(id, parents)
	var m mark
	var r row
	err := db.QueryRow(ctx, `SELECT `+markColumns+`, `+t.columns+` FROM catalogue c LEFT JOIN `+t.name+` t ON `+where, args...).
		Scan(append(m.targets(), t.targets(&r)...)...)
	switch {
	case err != nil:
		return nil, m, getFailed(n, id, err)
	case r.id() == "":
		return nil, m, notFound(n, id)
	}
	o, err := t.object(&r)
	return o, m, err
}

// readMark is the mark of a snapshot.
func readMark(ctx context.Context, tx pgx.Tx) (m mark, err error) {
	err = tx.QueryRow(ctx, `SELECT `+markColumns+` FROM catalogue c`).Scan(m.targets()...)
	return m, err
}
