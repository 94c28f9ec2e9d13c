package storage

import (
	"math"
	"time"
)

// Operation is the kind of a change.
type Operation string

// The operations.
const (
	Create Operation = "create"
	Update Operation = "update"
	Delete Operation = "delete"
	// Touch is a write of another object that changes what this object shows: a person in
	// it was renamed, a child was added.
	Touch Operation = "touch"
	// Import is a batch of objects, named by their ids, without documents.
	Import Operation = "import"
)

// Change is an entry of the change log.
type Change struct {
	// Version is the catalogue's version after the change. Changes of one write have the
	// same version, and Index orders them.
	Version   int64
	Index     int
	Noun      *Noun
	Operation Operation
	// IDs has the id of the object, or all ids of an import.
	IDs []string
	// Who is the writer, "" when unknown.
	Who string
	At  time.Time
	// Before and After are the documents of the object. Before is nil for a creation, After
	// for a deletion, and both for an import.
	Before, After *Document
}

// Changes is a part of the change log.
type Changes struct {
	// Changes are in the order of the log. The changes of one version are always together,
	// so that a reader can continue after the last version.
	Changes []Change
	// Version is the catalogue's version when the log was read. The changes up to version
	// Pruned were deleted by then.
	Version, Pruned int64
}

// LogPosition is a place in the change log, after the change with this version and index.
type LogPosition struct {
	Version int64
	Index   int
}

// afterAll is an index after all changes of a version.
const afterAll = math.MaxInt32

// AfterVersion returns the position after all changes of a version.
func AfterVersion(version int64) LogPosition { return LogPosition{version, afterAll} }

// PositionOf returns the position after a change.
func PositionOf(c *Change) LogPosition { return LogPosition{c.Version, c.Index} }

// Precedes reports whether a change comes after the position.
func (p LogPosition) Precedes(c *Change) bool {
	return c.Version > p.Version || c.Version == p.Version && c.Index > p.Index
}

// Whole is the last version of which no change comes after the position.
func (p LogPosition) Whole() int64 {
	if p.Index == afterAll {
		return p.Version
	}
	return p.Version - 1
}
