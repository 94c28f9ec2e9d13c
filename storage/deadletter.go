package storage

import "time"

// DeadLetter is a change that a replica did not take.
type DeadLetter struct {
	Index string
	Noun  *Noun
	ID    string
	// Version is the catalogue's version of the change.
	Version int64
	Reason  string
	// At is when it was refused last, Attempts how often it was.
	At       time.Time
	Attempts int
}
