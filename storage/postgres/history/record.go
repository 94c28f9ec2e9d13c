package history

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

// Bounds of the history of one object, beside its last event: a program that
// writes the same object again and again must not fill the disk.
const (
	maxHistory      = 100 // events
	maxHistoryBytes = 4 << 20
)

// Event is an event to record.
type Event struct {
	Operation storage.Operation
	// Document is the object. For an update or deletion it is the state that was
	// replaced, and Replaced the version of that state.
	Document *storage.Document
	Replaced int64
	// Version, Who and At are the version, author and time of the write.
	Version int64
	Who     string
	At      time.Time
	// Fields are the names of the changed fields.
	Fields []string
}

// Record queues an event, and the deletion of events beyond the bounds.
func Record(batch *pgx.Batch, e Event) {
	d := e.Document
	var before []byte
	if e.Operation != storage.Create {
		before = d.AppendJSON(nil)
	}
	batch.Queue(`INSERT INTO history (noun, object_id, version, operation, who, at, fields, replaced, before) VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, '{}'::text[]), $8, $9)`,
		d.Noun.Name, d.ID, e.Version, string(e.Operation), e.Who, e.At, e.Fields, pgtype.Int8{Int64: e.Replaced, Valid: before != nil}, before)
	if e.Operation != storage.Create || d.Noun.Slug { // numeric ids are never reused
		batch.Queue(`DELETE FROM history WHERE noun = $1 AND object_id = $2 AND version <= (SELECT max(version) FROM
			(SELECT version, row_number() OVER latest AS n, sum(pg_column_size(before)) OVER latest AS bytes FROM history
				WHERE noun = $1 AND object_id = $2 WINDOW latest AS (ORDER BY version DESC)) h WHERE n > $3 OR n > 1 AND bytes > $4)`,
			d.Noun.Name, d.ID, maxHistory, maxHistoryBytes)
	}
}

const (
	// maxDeletedBytes bounds the histories of all deleted objects of an owner. A
	// deletion returns the owner's quota, so creating and deleting in a loop must not
	// fill the disk. The histories of about 7,000 unedited films fit.
	maxDeletedBytes = 16 << 20
	// eventBytes is the size of an event beside the state that it holds.
	eventBytes = 200
)

// RecordDeleted queues a row with the size of a deleted object's history, which
// stays. A genre may be deleted again under the same id.
func RecordDeleted(batch *pgx.Batch, e Event, owner string) {
	batch.Queue(`INSERT INTO deleted (noun, object_id, owner, version, at, total)
		SELECT $1, $2, $3, $4, $5, sum($6 + coalesce(pg_column_size(before), 0)) + coalesce((SELECT max(total) FROM deleted WHERE owner = $3), 0)
		FROM history WHERE noun = $1 AND object_id = $2
		ON CONFLICT (noun, object_id) DO UPDATE SET owner = excluded.owner, version = excluded.version, at = excluded.at, total = excluded.total`,
		e.Document.Noun.Name, e.Document.ID, owner, e.Version, e.At, eventBytes)
}

// BoundDeleted queues the deletion of the oldest histories of an owner's deleted
// objects, beyond maxDeletedBytes.
func BoundDeleted(batch *pgx.Batch, owner string) {
	batch.Queue(`WITH beyond AS (DELETE FROM deleted WHERE owner = $1 AND total <= (SELECT max(total) FROM deleted WHERE owner = $1) - $2
			RETURNING noun, object_id, version)
		DELETE FROM history h USING beyond b WHERE h.noun = b.noun AND h.object_id = b.object_id AND h.version <= b.version`, owner, maxDeletedBytes)
}
