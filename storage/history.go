package storage

import (
	"bytes"
	"time"
)

// Event is one write of an object.
type Event struct {
	// Version is the catalogue's version after the write. It is also the version of the
	// object then, unless the write deleted the object.
	Version   int64
	Operation Operation
	// Who is the writer, "" when unknown.
	Who string
	At  time.Time
	// Fields are the names of the fields that an update changed.
	Fields []string
	// Before is the state before an update or deletion, After the state after an update.
	// They are nil where they are too large to be read with those of other events.
	Before, After *Document
	// Replaced is the version of the state before the write, 0 for a creation.
	Replaced int64
}

// Changed returns the names of the client fields that differ, in the order of replies.
func Changed(before, after *Document) []string {
	out := []string{}
	for _, f := range after.Noun.FieldsFrom(Client) {
		if !bytes.Equal(AppendJSON(nil, f.Type, before.Fields[f.Name]), AppendJSON(nil, f.Type, after.Fields[f.Name])) {
			out = append(out, f.Name)
		}
	}
	return out
}
