package storage

import "time"

// Operation says what a change did.
type Operation string

// The operations.
const (
	Create Operation = "create"
	Update Operation = "update"
	Delete Operation = "delete"
	// Touch is a change of what the object shows that was written elsewhere: a
	// person in it was renamed, a child was added.
	Touch Operation = "touch"
	// Import is a batch of objects, named by their ids, without documents.
	Import Operation = "import"
)

// Change is an entry of the log.
type Change struct {
	// Version is the catalogue's version that the change made; changes made
	// together share one, and Index orders them.
	Version   int64
	Index     int
	Noun      *Noun
	Operation Operation
	// IDs is the object's id, or all ids of an import.
	IDs []string
	// Who wrote, "" when unknown.
	Who string
	At  time.Time
	// Before and After are the object's documents: Before is nil for a creation,
	// After for a deletion, both for an import.
	Before, After *Document
}

// Write asks a store to create, update or delete one object.
type Write struct {
	Operation Operation
	Noun      *Noun
	// ID is the object to update or delete.
	ID string
	// Parents are the ids that the path names, outermost first; nil when the
	// path names none.
	Parents []string
	// Edit is what to create or change.
	Edit *Edit
	// IfMatch, when not nil, are the versions that the object may have.
	IfMatch []int64
	// Cascade deletes children too.
	Cascade bool
	// Who writes, for the log.
	Who string
	// Idempotency, when set, makes a repeated creation answer as the first.
	Idempotency *Idempotency
}

// Idempotency identifies a creation that may be sent again.
type Idempotency struct {
	// Key is the client's key. Keys of different writers do not meet.
	Key string
	// Digest identifies the request: another one under the same key is refused.
	Digest []byte
}

// Written is what a write left behind.
type Written struct {
	// Object is the object as it stands now; nil after a deletion.
	Object *Object
	// Version is the catalogue's version after the write.
	Version int64
	// Replayed says that an earlier request with the same idempotency key had
	// already made the object.
	Replayed bool
}

// Changes is a stretch of the log.
type Changes struct {
	// Changes are in the order of the log. Those of one version are never torn
	// apart, so that a reader may go on from the last version it saw.
	Changes []Change
	// Version is the catalogue's version when the log was read.
	Version int64
}
