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
	// pollEvery is how often the log is asked for without a notification: the
	// guarantee, where notifications only make it fast. It costs one small query.
	pollEvery = 250 * time.Millisecond
	// readTimeout bounds a question to the database.
	readTimeout = 2 * time.Second
	// maxUnread is the number of unread versions, as an import or a long absence
	// leaves them, beyond which none is read: to read them would take longer than to
	// make the answers anew that they could have confirmed.
	maxUnread = 1000
	// readAtOnce is how many changes are read at a time: some 2 MB.
	readAtOnce = 500
)

// Run follows the log until ctx ends or Failed is closed. What fails for a time
// is tried again.
func (l *Log) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var listener sync.WaitGroup
	defer listener.Wait()
	defer cancel()
	listener.Go(func() {
		poll.Listen(ctx, l.source, l.clock, l.logger, storage.CatalogueChannel, func(string) { poll.Poke(l.ask) })
	})
	for ctx.Err() == nil && l.Err() == nil {
		l.report(ctx, l.round(ctx))
		poll.Wait(ctx, l.clock, pollEvery, l.ask)
	}
}

// report logs when reading begins to fail, and when it works again.
func (l *Log) report(ctx context.Context, err error) {
	switch failing := err != nil; {
	case ctx.Err() != nil || failing == l.failing:
		return
	case failing:
		l.logger.Warn("the log of changes cannot be read; trying again", "err", err, "version", l.Version())
	default:
		l.logger.Info("the log of changes can be read again", "version", l.Version())
	}
	l.failing = err != nil
}

// round reads everything that was committed before it began.
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
	case !l.loaded: // a cache that other processes fill holds answers from before the start
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

// read takes the next changes. Those that cannot be understood, such as those of
// a noun that only a newer release knows, raise the floor: to wait for a release
// that can would leave everything else unchecked.
func (l *Log) read(ctx context.Context, version int64) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	w := l.window.Load()
	read, err := l.source.Changes(ctx, w.version, readAtOnce)
	switch {
	case err == nil:
	case ctx.Err() == nil && storage.CodeOf(err) == storage.Internal:
		l.logger.Error("changes cannot be understood; everything from before them counts as changed", "after", w.version, "up to", version, "err", err)
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

// publish replaces the window. Only Run's goroutine does.
func (l *Log) publish(w *window) {
	close(l.window.Swap(w).superseded)
}

// fail ends the following for good.
func (l *Log) fail(err error) {
	l.logger.Error("the log of changes is not followed any more", "err", err)
	l.err = err
	close(l.failed)
}
