package plan

import "time"

// Stored is what a cache has of an answer at an instant.
type Stored struct {
	// Servable reports that a request at that instant would be a hit, unless a change comes
	// before.
	Servable bool
	// Status is the status of the answer, 0 if nothing is stored. Bytes is the size of its
	// body, Weight the memory that it takes with all its encodings.
	Status, Bytes, Weight int
	// Until is when the answer stops being right by the clock, zero if never.
	Until time.Time
	// Next reports that the answer links to a next page.
	Next bool
}
