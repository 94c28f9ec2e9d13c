// Package warm keeps answers in the cache that readers are going to ask for: it prepares
// them before the clock turns them, and reads them again after writes that touch them. An
// Agenda says which answers these are, and the package decides when each is read.
//
// To follow a page, read round.go (is it warm, and when is it due) and read.go (the reads).
// asked.go finds the pages that are asked for most, and counts hits and misses.
package warm

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"marquee/cache/plan"
)

// Agenda says which answers are to be warm.
type Agenda interface {
	// Sets returns the sets whose pages are shown at an instant, and those that turn after
	// it, up to an end. It is called often: it must be cheap while nothing has changed.
	Sets(ctx context.Context, now, end time.Time) ([]Set, error)
	// Known reports whether there is a set with a name. It must not block.
	Known(name string) bool
}

// Set is a group of pages that turn together.
type Set struct {
	Name string
	// Pages are canonical targets.
	Pages []string
	// Series are the canonical targets of consecutive pages of a list. Only those up to the
	// first one that has no next page are warmed.
	Series []string
	// Active reports that the pages are shown now.
	Active bool
	// Since is when the set became active, zero if it always is.
	Since time.Time
	// Turn is the next instant at which the clock changes the answers, zero if there is none
	// up to the end of the agenda.
	Turn time.Time
}

// Cache has the answers. *cache.Handler implements it.
type Cache interface {
	// Look returns what memory has of a target's answer at an instant, zero for now. It counts
	// as a use: otherwise what nobody has asked for yet would be evicted first.
	Look(target string, at time.Time) plan.Stored
	// Prepare brings the answer at an instant, zero for now, into memory and the shared level.
	// It reads the origin if no level has the answer.
	Prepare(ctx context.Context, target string, at time.Time) error
	// Crowded reports that more than half of the slots at the origin are taken.
	Crowded() bool
}

const (
	// Ahead is how long before a turn its answers are prepared at the earliest: long enough
	// for thousands of reads, and so short that few of them are touched meanwhile.
	Ahead = time.Minute
	// Spread is the time in which the sets that turn at one instant begin, one after the
	// other, from Ahead on. The rest is for reads that failed or that a write touched.
	Spread = 45 * time.Second
	// MaxPages bounds the pages that are warm or prepared. It is enough for a hundred
	// collections with eleven pages and as many popular ones each. With 20 KB each they take
	// about 50 MB, and a write is compared with all of them in about a millisecond.
	MaxPages = 2048
	// Share is the part of the cache's memory that these pages may take: 1/8. They stay there
	// without readers, so the rest is for what readers ask for.
	Share = 8
	// MaxPopular is how many pages of a set are warm because they are asked for most, besides
	// those that the agenda names.
	MaxPopular = 20

	// maxReads is how many pages are read at a time: 1/16 of the default slots at the origin.
	// One is read while the origin is crowded, so that warming neither delays readers nor
	// stops.
	maxReads = 4
	// idlePause is the time between two reads of a page that writes touch all the time, while
	// nobody asks for it. A page that was asked for since its last read is due at once: if it
	// were not, the next request would read it. So pages cost at most one read for each
	// request, and one in a second.
	idlePause = time.Second
	// crowdedPause is the time until the next look while the origin is crowded.
	crowdedPause = 100 * time.Millisecond
	// tick is the time between two rounds when nothing happens. It bounds how late a jump of
	// the clock, and an entry that has become too old, are noticed.
	tick = time.Second
	// roundPause is the least time between two rounds, and maxShare the inverse of the share
	// of the time that rounds may take: a tenth.
	roundPause, maxShare = time.Millisecond, 10
)

// Config is what a Warmer needs. Cache, MaxBytes and Agenda are required.
type Config struct {
	Cache Cache
	// MaxBytes bounds the memory of the pages, approximately.
	MaxBytes int64
	Agenda   Agenda
	// Now is the clock that turns answers, time.Now by default. Reads are paced by the
	// system's clock.
	Now func() time.Time
	// Observe is called after each read. It must not block.
	Observe func(Read)
	Logger  *slog.Logger
}

// Read is one read of a page.
type Read struct {
	// Prepared reports that the answer is for a turn, and not for now.
	Prepared bool
	// Took is the time from when the page was found to be due until it was stored.
	Took time.Duration
	// Failed reports that it was not stored. It is tried again.
	Failed bool
}

// Warmer keeps pages warm while Run runs.
type Warmer struct {
	config   Config
	asked    *Asked
	wake     chan struct{}
	landings chan landing
	reads    sync.WaitGroup
	stats    atomic.Pointer[Stats]

	// Only Run's goroutine uses these.
	sets    []Set // the last ones that the agenda returned
	failing bool  // whether the agenda fails
	pages   map[key]*page
	queue   []*page
	reading int // the reads under way
	rounds  int64
}

// New returns a Warmer.
func New(c Config) *Warmer {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Observe == nil {
		c.Observe = func(Read) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	w := &Warmer{
		config: c, asked: newAsked(c.Agenda.Known), wake: make(chan struct{}, 1), landings: make(chan landing), pages: map[key]*page{},
	}
	w.stats.Store(new(Stats))
	return w
}

// Asked returns the counts of requests.
func (w *Warmer) Asked() *Asked { return w.asked }

// Wake makes Run look at the pages soon: something was written.
func (w *Warmer) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // Run has not seen the last call yet
	}
}

// Run keeps the pages warm until ctx ends. Then it waits for the reads under way.
func (w *Warmer) Run(ctx context.Context) {
	defer w.reads.Wait()
	aged := time.Now()
	for ctx.Err() == nil {
		began := time.Now()
		if began.Sub(aged) >= ageEvery {
			w.asked.age()
			aged = began
		}
		next := w.round(ctx, began)
		w.wait(ctx, next, min(max(roundPause, (maxShare-1)*time.Since(began)), tick))
	}
}

// wait waits for the time of the next round. A call of Wake, or the end of a read, brings it
// forward, but not before the pause has passed.
func (w *Warmer) wait(ctx context.Context, next time.Time, pause time.Duration) {
	rested := time.NewTimer(pause)
	defer rested.Stop()
	due := time.NewTimer(max(pause, time.Until(next)))
	defer due.Stop()
	wake := (chan struct{})(nil) // not before the pause has passed
	for again := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
			return
		case <-rested.C:
			if again {
				return
			}
			wake = w.wake
		case <-wake:
			return
		case l := <-w.landings:
			w.land(ctx, l)
			if wake != nil {
				return
			}
			again = true
		}
	}
}

// Stats are numbers of a Warmer, for metrics.
type Stats struct {
	// Warm are the pages that are warm now, of Wanted.
	Warm, Wanted int
	// Prepared are the pages that are ready for a turn, of Turning whose time to be prepared
	// has come.
	Prepared, Turning int
}

// Stats returns the numbers at the last round.
func (w *Warmer) Stats() Stats { return *w.stats.Load() }
