package edit

import "marquee/storage"

// Write asks a store to create, update or delete one object.
type Write struct {
	Operation storage.Operation
	Noun      *storage.Noun
	// ID is the object to update or delete.
	ID string
	// Parents are the ids of parents in the path, outermost first, nil when there are none.
	Parents []string
	// Edit has the fields to create or change.
	Edit *Edit
	// IfMatch, when not nil, has the versions that the object may have.
	IfMatch []int64
	// Cascade deletes children too.
	Cascade bool
	// Who is the writer, for the change log.
	Who string
	// Idempotency, when set, makes a repeated creation return the result of the first.
	Idempotency *Idempotency
}

// Idempotency identifies a creation that a client may repeat.
type Idempotency struct {
	// Key is the client's key. Keys of different writers are different.
	Key string
	// Digest identifies the request. A different request with the same key is refused.
	Digest []byte
}

// Written is the result of a write.
type Written struct {
	// Object is the object after the write, nil after a deletion.
	Object *storage.Object
	// Version is the catalogue's version after the write.
	Version int64
	// Replayed says that an earlier request with the same idempotency key created the
	// object.
	Replayed bool
}
