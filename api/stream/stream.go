// Package stream sends the change log to readers as server-sent events. All readers of a
// process share one read of the log: its end in memory. A reader that lags further reads
// pages from the store, until it reaches the part in memory.
package stream

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"marquee/storage"
)

// Tail is the end of the change log in memory. storage/tail has it.
type Tail interface {
	// Version is the version up to which the changes are in memory.
	Version() int64
	// Grown returns a channel that is closed when Version is greater than at the call.
	Grown() <-chan struct{}
	// After visits the changes after a position until visit returns false. upTo is the
	// version up to which it knows all of them. It visits none and returns false if some
	// of them are not in memory.
	After(at storage.LogPosition, visit func(*storage.Change) bool) (upTo int64, known bool)
}

// Log is the whole change log.
type Log interface {
	// ChangesAfter returns at most limit changes after a position.
	ChangesAfter(ctx context.Context, at storage.LogPosition, limit int) (*storage.Changes, error)
}

// DefaultReaders is the default of Config.Readers. A thousand readers take some 40 MB.
const DefaultReaders = 1000

const (
	// heartbeat is the interval of comments, which show that the connection works. A
	// comment is promised every 15 s, and a write or a read of the log may delay it.
	heartbeat = 10 * time.Second
	// patience is how long a reader may take nothing.
	patience = 30 * time.Second
	// longest is how long a stream lasts, up to a tenth more. The reader comes back, its
	// credentials are checked again, and a new process gets its share of readers.
	longest = time.Hour
	// readTimeout bounds a read of the log, and the wait for a turn.
	readTimeout = 4 * time.Second
	// retryAfter is the pause after a failed read.
	retryAfter = time.Second
	// readsAtOnce bounds the reads of the log that run at once. They use the connections
	// to the database that other requests need, too.
	readsAtOnce = 4
)

// Config configures a Feed. Tail, Log and Encode are required.
type Config struct {
	Tail Tail
	Log  Log
	// Encode returns a change as JSON on one line: for editors, and as the public sees it.
	Encode func(c *storage.Change) (whole, public []byte, err error)
	// Readers is the largest number of open streams, 0 for DefaultReaders.
	Readers int
	// Logger gets failures to read the log; nil discards them.
	Logger *slog.Logger
}

// Feed sends the change log to many readers. It is safe for concurrent use.
type Feed struct {
	config Config
	places chan struct{}
	// ended is closed by End.
	ended chan struct{}
	end   sync.Once

	recent recent
	reads  singleflight.Group
	turns  chan struct{} // of reads
	counts counts
}

// New returns a Feed.
func New(c Config) *Feed {
	if c.Readers <= 0 {
		c.Readers = DefaultReaders
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Feed{config: c, places: make(chan struct{}, c.Readers), ended: make(chan struct{}), turns: make(chan struct{}, readsAtOnce)}
}

// Enter takes a place for one stream. It returns false when all are taken, or after End.
// The caller calls leave in the end.
func (f *Feed) Enter() (leave func(), ok bool) {
	select {
	case <-f.ended:
	default:
		select {
		case f.places <- struct{}{}:
			return func() { <-f.places }, true
		default:
		}
	}
	f.counts.refused.Add(1)
	return nil, false
}

// End ends all streams, and lets none begin. Their readers come back to another process.
func (f *Feed) End() { f.end.Do(func() { close(f.ended) }) }

// lifetime returns how long a stream lasts. Streams that began together end apart.
func lifetime() time.Duration { return longest + rand.N(longest/10) }

// counts are the numbers of Stats.
type counts struct{ events, refused, slow, resyncs, reads, failures atomic.Int64 }

// Stats are numbers of a Feed, for metrics.
type Stats struct {
	// Open streams of at most Readers.
	Open, Readers int
	// Events were sent. Refused streams found no place, and Slow readers were let go.
	Events, Refused, Slow int64
	// Resyncs are the readers that lagged more than the log reaches back.
	Resyncs int64
	// Reads of the log were made for readers that lag, and Failures failed.
	Reads, Failures int64
}

// Stats returns the numbers as they are now.
func (f *Feed) Stats() Stats {
	return Stats{
		Open: len(f.places), Readers: cap(f.places), Events: f.counts.events.Load(), Refused: f.counts.refused.Load(),
		Slow: f.counts.slow.Load(), Resyncs: f.counts.resyncs.Load(), Reads: f.counts.reads.Load(), Failures: f.counts.failures.Load(),
	}
}
