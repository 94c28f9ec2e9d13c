// Package incoming describes what an import takes and does: records on their way
// from a file into the catalogue, and the report on them.
package incoming

import (
	"fmt"

	"marquee/storage"
	"marquee/storage/edit"
)

// Record is one object on its way from a file into the catalogue.
type Record struct {
	// File and Line say where it stands, for the report; a line counts from 1.
	// In formats that are one JSON value it is the line on which the item starts.
	File string
	Line int
	Noun *storage.Noun
	// Key is the object's identity in its source: importing the same key again
	// changes nothing. Keys of different sources and nouns do not meet.
	Key string
	// ParentKey is the key of the object that this one is part of.
	ParentKey string
	// Edit holds the fields. A list of references may hold Reference items.
	Edit *edit.Edit
	// Exact, when set, restores an exported object: the id and everything that
	// the server keeps are as in the document.
	Exact *storage.Document
	// Sources are the keys that an exported object had in other sources.
	Sources map[string]string
	// Mended says what had to be put right, in words that repeat, so that a
	// report can count them: "dropped a name that is empty or too long".
	Mended []string
	// Refused, when not empty, says why the record cannot be taken; nothing else
	// is set then but File, Line and Noun.
	Refused string
}

// Place is where the record stands: "movies.json.gz:17".
func (r *Record) Place() string { return fmt.Sprintf("%s:%d", r.File, r.Line) }

// Outcome is what became of a record.
type Outcome int

// The outcomes of an import.
const (
	// Created is a new object.
	Created Outcome = iota
	// Unchanged is a record that an earlier import took.
	Unchanged
	// Linked is a record of an object that is there from another source, known
	// by its IMDb id; the object stays as it is.
	Linked
	// Refused is a record that could not be taken.
	Refused
)
