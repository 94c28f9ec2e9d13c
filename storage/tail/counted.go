package tail

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"marquee/storage"
	"marquee/storage/poll"
)

const (
	// countedEvery is how often the log of votes and views is read without a
	// notification: as often as they are written.
	countedEvery = 2 * time.Second
	// countedAtOnce is how many flushes are read at a time, some 1 MB of ids where
	// each is as large as can be.
	countedAtOnce = 20
)

// CountedConfig says what to follow. Read, Changed and Lost must be set.
type CountedConfig struct {
	// Read reads whose votes and views were written behind a place in that log, at
	// most so many flushes. A negative place stands for the end.
	Read func(ctx context.Context, since int64, limit int) (*storage.CountedLog, error)
	// Listener tells of flushes; nil where only asking finds them.
	Listener poll.Listener
	// Changed is handed whose votes and views have changed, in the order of the log,
	// and a place at or after that: what is read from then on shows it.
	Changed func(changed storage.Counted, place int64)
	// Lost is called when any may have changed up to a place: at the start, when
	// nobody knows what copies were made of, and when what was not read is no longer
	// kept.
	Lost func(place int64)
	// Clock is the machine's when nil.
	Clock poll.Clock
	// Logger receives what fails and is tried again; nil drops it.
	Logger *slog.Logger
}

// Counted follows the log of votes and views for those who hold copies. It keeps
// nothing: what it reads it hands on.
type Counted struct {
	CountedConfig
	ask     chan struct{}
	place   int64 // negative before the first answer
	failing bool
}

// NewCounted makes a follower; Run follows.
func NewCounted(c CountedConfig) *Counted {
	if c.Clock == nil {
		c.Clock = poll.System
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Counted{CountedConfig: c, ask: make(chan struct{}, 1), place: -1}
}

// Run hands on what is counted until ctx ends. What fails is tried again.
func (c *Counted) Run(ctx context.Context) {
	var listener sync.WaitGroup
	defer listener.Wait()
	if c.Listener != nil {
		listener.Go(func() {
			poll.Listen(ctx, c.Listener, c.Clock, c.Logger, storage.CountedChannel, func(string) { poll.Poke(c.ask) })
		})
	}
	for ctx.Err() == nil {
		c.report(ctx, c.drain(ctx))
		poll.Wait(ctx, c.Clock, countedEvery, c.ask)
	}
}

// drain reads until there is no more.
func (c *Counted) drain(ctx context.Context) error {
	for {
		since := c.place
		if err := c.read(ctx); err != nil || since < 0 || c.place < since+countedAtOnce {
			return err
		}
	}
}

// read hands on the next stretch of the log. The place is taken before copies
// count as old: what is counted meanwhile comes again.
func (c *Counted) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	log, err := c.Read(ctx, c.place, countedAtOnce)
	if err != nil {
		return err
	}
	if c.place < 0 || !log.Complete {
		c.Lost(log.Next)
	}
	for _, counted := range log.Counted {
		c.Changed(counted, log.Next)
	}
	c.place = log.Next
	return nil
}

// report logs when reading begins to fail, and when it works again.
func (c *Counted) report(ctx context.Context, err error) {
	switch failing := err != nil; {
	case ctx.Err() != nil || failing == c.failing:
		return
	case failing:
		c.Logger.Warn("whose votes and views changed is not known; asking again", "err", err)
	default:
		c.Logger.Info("whose votes and views changed is known again")
	}
	c.failing = !c.failing
}
