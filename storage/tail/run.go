package tail

import (
	"context"
	"fmt"
	"sync"
	"time"

	"marquee/storage"
	"marquee/storage/poll"
)

const (
	// pollEvery is how often the log is read without a notification: notifications
	// make it fast, and polling guarantees it. A poll is one small query.
	pollEvery = 250 * time.Millisecond
	// readTimeout bounds a read from the database.
	readTimeout = 2 * time.Second
	// maxUnread is the number of unread versions beyond which none is read, after an
	// import or a long outage. Reading them would take longer than making the answers
	// again that they could confirm.
	maxUnread = 1000
	// readAtOnce is the number of changes that one read returns: about 2 MB.
	readAtOnce = 500
)

// Run follows the log until ctx ends or Failed is closed. It retries failed reads.
func (l *Log) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var listener sync.WaitGroup
	defer listener.Wait()
	defer cancel()
	listener.Go(func() {
		poll.Listen(ctx, l.source, l.clock, l.logger, storage.CatalogueChannel, func(string) { poll.Poke(l.ask) })
	})
	for ctx.Err() == nil && l.Err() == nil {
		l.logState(ctx, l.round(ctx))
		poll.Wait(ctx, l.clock, pollEvery, l.ask)
	}
}

// logState logs the first failure of a series, and the end of the series.
func (l *Log) logState(ctx context.Context, err error) {
	switch failing := err != nil; {
	case ctx.Err() != nil || failing == l.failing:
		return
	case failing:
		l.logger.Warn("the log of changes cannot be read; retrying", "err", err, "version", l.Version())
	default:
		l.logger.Info("the log of changes can be read again", "version", l.Version())
	}
	l.failing = err != nil
}

// round reads everything that was committed before it started.
func (l *Log) round(ctx context.Context) error {
	began := l.clock.Now()
	after, version, err := l.span(ctx)
	if err != nil {
		return err
	}
	known := l.Version()
	switch {
	case version < known:
		l.fail(fmt.Errorf("%w: it is at version %d, and was at %d", ErrOtherHistory, version, known))
		return nil
	case !l.loaded: // a cache shared with other processes has answers from before the start
		l.publish(newWindow(max(after, version-maxUnread)))
		l.loaded = true
	case known < after || version-known > maxUnread:
		l.logger.Info("raised the floor of the log", "unread", version-known, "version", version)
		l.publish(newWindow(version))
	}
	for l.Version() < version {
		if err := l.read(ctx, version); err != nil {
			return err
		}
	}
	l.confirmed.Store(&began)
	return nil
}

func (l *Log) span(ctx context.Context) (after, version int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return l.source.Span(ctx)
}

// read reads the next changes. Changes that it cannot decode, such as those of a
// noun that only a newer release knows, raise the floor. Waiting for a release that
// can would leave everything else unchecked.
func (l *Log) read(ctx context.Context, version int64) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	w := l.window.Load()
	read, err := l.source.Changes(ctx, w.version, readAtOnce)
	switch {
	case err == nil:
	case ctx.Err() == nil && storage.CodeOf(err) == storage.Internal:
		l.logger.Error("changes cannot be decoded; all older answers are stale", "after", w.version, "up to", version, "err", err)
		l.publish(newWindow(version))
		return nil
	default:
		return err
	}
	to := read.Version
	if n := len(read.Changes); n >= readAtOnce {
		to = read.Changes[n-1].Version
	}
	if to <= w.version {
		return fmt.Errorf("the log ends at version %d, the catalogue is at %d", to, version)
	}
	l.publish(w.with(read.Changes, to, l.maxChanges, l.maxBytes))
	return nil
}

// publish replaces the window. Only Run's goroutine calls it.
func (l *Log) publish(w *window) {
	close(l.window.Swap(w).superseded)
}

// fail stops following for good.
func (l *Log) fail(err error) {
	l.logger.Error("the log of changes is no longer followed", "err", err)
	l.err = err
	close(l.failed)
}
