package edit

import "marquee/storage"

// Bulk asks a store to carry out several writes in order, in one transaction with one
// version: all of them, or none.
type Bulk struct {
	// Writes are the writes, nil for one that was refused before. They name no parents, do
	// not cascade, and have no idempotency keys of their own.
	Writes []*Write
	// Who is the writer, for the change log.
	Who string
	// DryRun finds out what would happen and writes nothing.
	DryRun bool
	// Answer makes the reply from the results. It is stored under the idempotency key.
	Answer func([]Result) ([]byte, error)
	// Idempotency, when set, makes a repeated bulk return the reply of the first.
	Idempotency *Idempotency
}

// Refused reports whether one of the writes was refused before.
func (b *Bulk) Refused() bool {
	for _, w := range b.Writes {
		if w == nil {
			return true
		}
	}
	return false
}

// Result is what one write of a bulk did.
type Result struct {
	*Write
	// ID is the object's, "" for a creation of a dry run.
	ID string
	// Object is the object after all writes of the bulk, nil if it does not exist then, and
	// in a dry run.
	Object *storage.Object
}

// BulkWritten is the result of a bulk.
type BulkWritten struct {
	// Body is the reply.
	Body []byte
	// Version is the catalogue's version after the bulk.
	Version int64
	// Replayed says that an earlier request with the same idempotency key wrote the bulk.
	Replayed bool
}

// BulkError is the error of a bulk that has refused writes. It has the errors of all of
// them, by their index. Nothing was written.
type BulkError struct{ Refusals map[int]error }

// Error returns a summary; the errors are for the client.
func (e *BulkError) Error() string { return "writes of the bulk are refused" }
