package postgres

import (
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

const (
	// maxDeletedBytes bounds the histories of all deleted objects of one owner: a
	// deletion gives the owner's quota back, so that creating and deleting in a loop
	// must not fill the disk. Some 7,000 films that were deleted unedited fit.
	maxDeletedBytes = 16 << 20
	// eventBytes is what an event takes beside the state that it holds.
	eventBytes = 200
)

// keepDeleted queues the note that the history of a deleted object is kept, and
// what it takes. A genre may be deleted again under the same id.
func (w *writing) keepDeleted(d *storage.Document, owner pgtype.Text) {
	w.pending.Queue(`INSERT INTO deleted (noun, object_id, owner, version, at, total)
		SELECT $1, $2, $3, $4, $5, sum($6 + coalesce(pg_column_size(before), 0)) + coalesce((SELECT max(total) FROM deleted WHERE owner = $3), 0)
		FROM history WHERE noun = $1 AND object_id = $2
		ON CONFLICT (noun, object_id) DO UPDATE SET owner = excluded.owner, version = excluded.version, at = excluded.at, total = excluded.total`,
		d.Noun.Name, d.ID, owner, w.version, w.now, eventBytes)
}

// forgetDeleted queues the end of those histories of deleted objects behind which
// the owner's bound is full.
func (w *writing) forgetDeleted(owner string) {
	w.pending.Queue(`WITH beyond AS (DELETE FROM deleted WHERE owner = $1 AND total <= (SELECT max(total) FROM deleted WHERE owner = $1) - $2
			RETURNING noun, object_id, version)
		DELETE FROM history h USING beyond b WHERE h.noun = b.noun AND h.object_id = b.object_id AND h.version <= b.version`, owner, maxDeletedBytes)
}
