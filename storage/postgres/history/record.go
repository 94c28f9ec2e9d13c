package history

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/postgres/commit"
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
	// Before is the state that an update or deletion replaced, and Replaced its version.
	// After is the state that a creation or update made.
	Before, After *storage.Document
	Replaced      int64
	// Owner is the owner of a deleted object, "" without one.
	Owner string
}

// key identifies the object of an event.
type key struct {
	noun *storage.Noun
	id   string
}

func (e *Event) key() key {
	if e.After != nil {
		return key{e.After.Noun, e.After.ID}
	}
	return key{e.Before.Noun, e.Before.ID}
}

// Journal has the events of one write. Each object has one at most, its net change,
// because an event is identified by its version.
type Journal struct {
	events map[key]*Event
	order  []key
}

// Add adds an event.
func (j *Journal) Add(e Event) {
	k := e.key()
	if j.events == nil {
		j.events = map[key]*Event{}
	}
	first := j.events[k]
	if first == nil {
		j.events[k] = &e
		j.order = append(j.order, k)
		return
	}
	net := &Event{Operation: storage.Update, Before: first.Before, Replaced: first.Replaced, After: e.After, Owner: e.Owner}
	switch {
	case net.Before == nil && net.After == nil:
		delete(j.events, k)
		j.order = slices.DeleteFunc(j.order, func(other key) bool { return other == k })
		return
	case net.Before == nil:
		net.Operation = storage.Create
	case net.After == nil:
		net.Operation = storage.Delete
	}
	j.events[k] = net
}

// recordColumns are the columns of an event.
var recordColumns = []string{"noun", "object_id", "version", "operation", "who", "at", "fields", "replaced", "before"}

// Record writes the events, and queues the deletion of events beyond the bounds.
func (j *Journal) Record(ctx context.Context, tx *commit.Tx) error {
	rows := make([][]any, len(j.order))
	for i, k := range j.order {
		e := j.events[k]
		var before []byte
		fields := []string{}
		if e.Before != nil {
			before = e.Before.AppendJSON(nil)
		}
		if e.Operation == storage.Update {
			fields = storage.Changed(e.Before, e.After)
		}
		rows[i] = []any{k.noun.Name, k.id, tx.Version, string(e.Operation), tx.Who, tx.Now, fields, pgtype.Int8{Int64: e.Replaced, Valid: before != nil}, before}
	}
	if err := tx.WriteRows(ctx, "history", recordColumns, rows); err != nil {
		return fmt.Errorf("record the history: %w", err)
	}
	owners := map[string]bool{}
	for _, k := range j.order {
		e := j.events[k]
		if e.Operation != storage.Create || k.noun.Slug { // numeric ids are never reused
			bound(tx, k)
		}
		if e.Operation == storage.Delete && e.Owner != "" {
			recordDeleted(tx, k, e.Owner)
			owners[e.Owner] = true
		}
	}
	for _, owner := range slices.Sorted(maps.Keys(owners)) {
		boundDeleted(tx, owner)
	}
	return nil
}

// bound queues the deletion of an object's events beyond the bounds.
func bound(tx *commit.Tx, k key) {
	tx.Pending.Queue(`DELETE FROM history WHERE noun = $1 AND object_id = $2 AND version <= (SELECT max(version) FROM
		(SELECT version, row_number() OVER latest AS n, sum(pg_column_size(before)) OVER latest AS bytes FROM history
			WHERE noun = $1 AND object_id = $2 WINDOW latest AS (ORDER BY version DESC)) h WHERE n > $3 OR n > 1 AND bytes > $4)`,
		k.noun.Name, k.id, maxHistory, maxHistoryBytes)
}

const (
	// maxDeletedBytes bounds the histories of all deleted objects of an owner. A
	// deletion returns the owner's quota, so creating and deleting in a loop must not
	// fill the disk. The histories of about 7,000 unedited films fit.
	maxDeletedBytes = 16 << 20
	// eventBytes is the size of an event beside the state that it holds.
	eventBytes = 200
)

// recordDeleted queues a row with the size of a deleted object's history, which
// stays. A genre may be deleted again under the same id.
func recordDeleted(tx *commit.Tx, k key, owner string) {
	tx.Pending.Queue(`INSERT INTO deleted (noun, object_id, owner, version, at, total)
		SELECT $1, $2, $3, $4, $5, sum($6 + coalesce(pg_column_size(before), 0)) + coalesce((SELECT max(total) FROM deleted WHERE owner = $3), 0)
		FROM history WHERE noun = $1 AND object_id = $2
		ON CONFLICT (noun, object_id) DO UPDATE SET owner = excluded.owner, version = excluded.version, at = excluded.at, total = excluded.total`,
		k.noun.Name, k.id, owner, tx.Version, tx.Now, eventBytes)
}

// boundDeleted queues the deletion of the oldest histories of an owner's deleted
// objects, beyond maxDeletedBytes.
func boundDeleted(tx *commit.Tx, owner string) {
	tx.Pending.Queue(`WITH beyond AS (DELETE FROM deleted WHERE owner = $1 AND total <= (SELECT max(total) FROM deleted WHERE owner = $1) - $2
			RETURNING noun, object_id, version)
		DELETE FROM history h USING beyond b WHERE h.noun = b.noun AND h.object_id = b.object_id AND h.version <= b.version`, owner, maxDeletedBytes)
}
