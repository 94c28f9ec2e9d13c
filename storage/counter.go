package storage

// MaxCounter is the largest value of a counter: the largest whole number that every reader
// of JSON reads exactly (RFC 8259, section 6). Counters stop there.
const MaxCounter = 1<<53 - 1

// Vote is a user's opinion of an object.
type Vote int

// The votes. None takes back an earlier vote.
const (
	None    Vote = 0
	Like    Vote = 1
	Dislike Vote = -1
)

// Voted reports whether users vote for objects of the noun.
func (n *Noun) Voted() bool { return n.Field("likes") != nil }

// Viewed reports whether views of the noun's objects are counted.
func (n *Noun) Viewed() bool { return n.Field("views") != nil }

// Flush names the objects of one noun whose counters a flush wrote.
type Flush struct {
	Noun *Noun
	IDs  []string
}

// Flushes is a part of the flush log.
type Flushes struct {
	// Flushes are in the order in which they were written. An object may appear in
	// several of them.
	Flushes []Flush
	// Next is the position to continue reading from.
	Next int64
	// Complete is false if flushes before the first one here were pruned unread.
	// Then the counters of any object may have changed.
	Complete bool
}
