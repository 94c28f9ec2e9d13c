// Package incoming describes an import: the records on their way from a file into the
// catalogue, and the report on them.
package incoming

import (
	"fmt"

	"marquee/storage"
	"marquee/storage/edit"
)

// MaxKey is the maximum length of a key in bytes. An index entry of PostgreSQL has at most
// 2,704.
const MaxKey = 500

// Record is one object on its way from a file into the catalogue.
type Record struct {
	Position
	Noun *storage.Noun
	// Key identifies the object in its source: a second import of the key changes nothing.
	// Keys of different sources and nouns are different.
	Key string
	// ParentKey is the key of the object that this one is part of.
	ParentKey string
	// Edit has the fields. A list of references may have edit.Reference items.
	Edit *edit.Edit
	// Exact, when set, restores an exported object, with its id and the fields that the
	// server sets.
	Exact *storage.Document
	// Vote, when set, is a vote for the object with Noun and Key. Then there is no Edit.
	Vote *Vote
	// Sources has keys of the object in other sources, by source. A record that is not
	// Exact is linked to the object that has one of them.
	Sources map[string]string
	// Repairs has the repairs of the record, in texts that repeat so that a report can count
	// them: "removed marks from a title".
	Repairs []string
	// Refused, when not empty, is the reason why the record cannot be imported. Then only
	// Position and Noun are set too, and Key where it is known.
	Refused string
}

// Position is the place of a record in the files of an import, for the report.
type Position struct {
	File string
	// Line is the first line of the record. Lines count from 1.
	Line int
	// Item is the number of an item of a JSON list, from 1, and 0 elsewhere. A whole list
	// may be on one line.
	Item int
}

// Place returns the position as a text: "movies.csv:17", or "movies.json item 17".
func (p Position) Place() string {
	if p.Item > 0 {
		return fmt.Sprintf("%s item %d", p.File, p.Item)
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Outcome is the outcome of importing a record.
type Outcome int

// The outcomes of an import.
const (
	// Created is a new object.
	Created Outcome = iota
	// Unchanged is a record that an earlier import stored.
	Unchanged
	// Linked is a record of an object that came from another source with the same IMDb id,
	// or with a key that the record has too. The object does not change.
	Linked
	// Refused is a record that could not be imported.
	Refused
)
