package storage

import (
	"bytes"
	"time"
)

// Event is what one write did to an object.
type Event struct {
	// Version is the catalogue's version that the write made; it is also that of
	// the object's state behind it, unless the write deleted the object.
	Version   int64
	Operation Operation
	// Who wrote, "" when unknown.
	Who string
	At  time.Time
	// Fields are the names of the fields that an update changed.
	Fields []string
	// Before is the state that an update or deletion replaced, After the one behind
	// an update; nil where they are too large to be read with those of other events.
	Before, After *Document
	// Replaced is the version of the state before the write, 0 for a creation.
	Replaced int64
}

// Changed lists the fields given by clients that differ, in the order of replies.
func Changed(before, after *Document) []string {
	out := []string{}
	for _, f := range after.Noun.FieldsFrom(Client) {
		if !bytes.Equal(AppendJSON(nil, f.Type, before.Fields[f.Name]), AppendJSON(nil, f.Type, after.Fields[f.Name])) {
			out = append(out, f.Name)
		}
	}
	return out
}
