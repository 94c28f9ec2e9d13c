package storage

import "time"

// DeadLetter is a document that an index refused.
type DeadLetter struct {
	Index string
	Noun  *Noun
	ID    string
	// Version is the version of the change that wrote the document.
	Version int64
	Reason  string
	// At is the time of the last refusal, Attempts the number of refusals.
	At       time.Time
	Attempts int
}
