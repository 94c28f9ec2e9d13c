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
	// flushEvery is how often the flush log is read without a notification. A
	// process flushes as often.
	flushEvery = 2 * time.Second
	// flushesAtOnce is how many flushes one read returns at most: about 1 MB of ids
	// if each flush is as large as it can be.
	flushesAtOnce = 20
)

// FlushConfig configures a FlushFollower. Read, Changed and Lost must be set.
type FlushConfig struct {
	// Read returns the flushes after position since, at most limit of them. A
	// negative position stands for the end of the log.
	Read func(ctx context.Context, since int64, limit int) (*storage.Flushes, error)
	// Listener notifies of flushes. If it is nil, flushes are found by polling only.
	Listener poll.Listener
	// Changed is called for each flush, in the order of the log. position is the end
	// of the part that was read: data read from now on includes the flush.
	Changed func(flush storage.Flush, position int64)
	// Lost is called if the counters of any object may have changed before position:
	// on start, when the age of existing copies is unknown, and when flushes were
	// pruned unread.
	Lost func(position int64)
	// Clock defaults to the system clock.
	Clock poll.Clock
	// Logger receives errors that are retried; nil discards them.
	Logger *slog.Logger
}

// FlushFollower follows the flush log for holders of copies. It stores none of
// it.
type FlushFollower struct {
	FlushConfig
	ask      chan struct{}
	position int64 // negative before the first read
	failing  bool
}

// NewFlushFollower returns a follower, which Run starts.
func NewFlushFollower(c FlushConfig) *FlushFollower {
	if c.Clock == nil {
		c.Clock = poll.System
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &FlushFollower{FlushConfig: c, ask: make(chan struct{}, 1), position: -1}
}

// Run reports flushes until ctx ends. It retries failed reads.
func (f *FlushFollower) Run(ctx context.Context) {
	var listener sync.WaitGroup
	defer listener.Wait()
	if f.Listener != nil {
		listener.Go(func() {
			poll.Listen(ctx, f.Listener, f.Clock, f.Logger, storage.FlushChannel, func(string) { poll.Poke(f.ask) })
		})
	}
	for ctx.Err() == nil {
		f.logState(ctx, f.drain(ctx))
		poll.Wait(ctx, f.Clock, flushEvery, f.ask)
	}
}

// drain reads until the end of the log.
func (f *FlushFollower) drain(ctx context.Context) error {
	for {
		since := f.position
		if err := f.read(ctx); err != nil || since < 0 || f.position < since+flushesAtOnce {
			return err
		}
	}
}

// read reports the next part of the log. Its end is read before copies become
// stale, so a flush written in the meantime is reported by the next read.
func (f *FlushFollower) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	log, err := f.Read(ctx, f.position, flushesAtOnce)
	if err != nil {
		return err
	}
	if f.position < 0 || !log.Complete {
		f.Lost(log.Next)
	}
	for _, flush := range log.Flushes {
		f.Changed(flush, log.Next)
	}
	f.position = log.Next
	return nil
}

// logState logs the first failure of a series, and the end of the series.
func (f *FlushFollower) logState(ctx context.Context, err error) {
	switch failing := err != nil; {
	case ctx.Err() != nil || failing == f.failing:
		return
	case failing:
		f.Logger.Warn("the flush log cannot be read; retrying", "err", err)
	default:
		f.Logger.Info("the flush log can be read again")
	}
	f.failing = !f.failing
}
