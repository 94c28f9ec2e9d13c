package edit

import "marquee/storage"

// Write asks a store to create, update or delete one object.
type Write struct {
	Operation storage.Operation
	Noun      *storage.Noun
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
	Object *storage.Object
	// Version is the catalogue's version after the write.
	Version int64
	// Replayed says that an earlier request with the same idempotency key had
	// already made the object.
	Replayed bool
}
