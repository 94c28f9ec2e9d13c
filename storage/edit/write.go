package edit

import (
	"slices"
	"time"

	"marquee/storage"
)

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
	// Condition is what the object to update or delete must meet.
	Condition Condition
	// Cascade deletes children too, and takes the object out of lists (storage.Noun.Listers).
	Cascade bool
	// Who is the writer, for the change log.
	Who string
	// At is the instant of the Scheduled fields that the edit may repeat.
	At time.Time
	// Idempotency, when set, makes a repeated creation return the result of the first.
	Idempotency *Idempotency
}

// Condition is what a client demands of an object before it is changed or deleted.
type Condition struct {
	// Match, when not nil, has the versions that the object may have.
	Match []int64
	// NoneMatch has versions that the object must not have.
	NoneMatch []int64
	// UnmodifiedSince, when not zero, is the last time at which the object may have been
	// modified. An object without a time of modification meets it.
	UnmodifiedSince time.Time
}

// Given reports whether there is a condition.
func (c Condition) Given() bool {
	return c.Match != nil || c.NoneMatch != nil || !c.UnmodifiedSince.IsZero()
}

// Allows reports whether a document with a version meets the condition.
func (c Condition) Allows(d *storage.Document, version int64) bool {
	modified, dated := d.Fields["modified"].(time.Time)
	late := !c.UnmodifiedSince.IsZero() && dated && modified.After(c.UnmodifiedSince)
	return !late && !slices.Contains(c.NoneMatch, version) && (c.Match == nil || slices.Contains(c.Match, version))
}

// Versions returns the versions at which the write of a document with a version is
// allowed: nil for every version, none if the document does not meet the condition.
func (c Condition) Versions(d *storage.Document, version int64) []int64 {
	switch {
	case !c.Given():
		return nil
	case !c.Allows(d, version):
		return []int64{}
	}
	return []int64{version}
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
