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

// Changes is a stretch of the log.
type Changes struct {
	// Changes are in the order of the log. Those of one version are never torn
	// apart, so that a reader may go on from the last version it saw.
	Changes []Change
	// Version is the catalogue's version when the log was read.
	Version int64
}
