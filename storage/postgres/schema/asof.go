package schema

import (
	"context"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// AsOf is the state of a database that an answer was read at, in the snapshot of
// the answer.
type AsOf struct {
	// Version is the catalogue's version.
	Version int64
	// Flushed is the position in the flush log.
	Flushed int64
	// Standby reports whether the server is a replica.
	Standby bool
}

// AsOfColumns selects an AsOf from the catalogue's row c.
const AsOfColumns = "c.version, c.counted, pg_is_in_recovery()"

// Targets returns the pointers to scan AsOfColumns into.
func (a *AsOf) Targets() []any { return []any{&a.Version, &a.Flushed, &a.Standby} }

// ReadAsOf returns the state of a snapshot.
func ReadAsOf(ctx context.Context, tx pgx.Tx) (a AsOf, err error) {
	err = tx.QueryRow(ctx, `SELECT `+AsOfColumns+` FROM catalogue c`).Scan(a.Targets()...)
	return a, err
}

// GetAsOf returns one object like Get, and the state in which it was read, or was
// not found. The id must be valid.
func GetAsOf(ctx context.Context, db pool.Querier, n *storage.Noun, id string, parents []string) (*storage.Object, AsOf, error) {
	t := tables[n]
	where, args := t.one(id, parents)
	var a AsOf
	var r Row
	err := db.QueryRow(ctx, `SELECT `+AsOfColumns+`, `+t.Columns+` FROM catalogue c LEFT JOIN `+t.Name+` t ON `+where, args...).
		Scan(append(a.Targets(), t.Targets(&r)...)...)
	switch {
	case err != nil:
		return nil, a, getFailed(n, id, err)
	case r.ID() == "":
		return nil, a, storage.NoObject(n, id)
	}
	o, err := t.Object(&r)
	return o, a, err
}
