package storage

// Vote is what a user thinks of an object.
type Vote int

// The votes. None takes back what was voted before.
const (
	None    Vote = 0
	Like    Vote = 1
	Dislike Vote = -1
)

// Voted reports whether users vote for objects of the noun.
func (n *Noun) Voted() bool { return n.Field("likes") != nil }

// Viewed reports whether views of the noun's objects are counted.
func (n *Noun) Viewed() bool { return n.Field("views") != nil }

// Counted names objects whose votes or views have changed.
type Counted struct {
	Noun *Noun
	IDs  []string
}

// CountedLog is a stretch of the log of changed votes and views.
type CountedLog struct {
	// Counted are in the order in which the counts were written; an object may
	// come again.
	Counted []Counted
	// Next is where to read on from.
	Next int64
	// Complete is false when what came first is no longer kept: then the votes and
	// views of any object may have changed.
	Complete bool
}
