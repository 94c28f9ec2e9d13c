package warm

import (
	"context"
	"time"
)

const (
	// firstBackoff and maxBackoff bound the pause after a read that failed, which doubles each
	// time.
	firstBackoff, maxBackoff = 100 * time.Millisecond, 5 * time.Second
	// evictedPause is the pause after an answer was evicted, or found no room. To read it again
	// at once would evict the next one.
	evictedPause = time.Minute
)

// landing is the end of a read.
type landing struct {
	page  *page
	began time.Time
	err   error
}

// start begins the queued reads, as many as may run at a time.
func (w *Warmer) start(ctx context.Context) {
	most := maxReads
	if w.config.Cache.Crowded() {
		most = 1
	}
	for w.reading < most && len(w.queue) > 0 {
		p := w.queue[0]
		w.queue = w.queue[1:]
		if p.round != w.rounds { // it was for a turn that is over, or does not happen any more
			p.queued = false
			continue
		}
		w.reading++
		w.reads.Go(func() { w.read(ctx, p) })
	}
}

// read reads a page.
func (w *Warmer) read(ctx context.Context, p *page) {
	l := landing{page: p, began: time.Now()}
	w.asked.reading(p.set, p.target)
	l.err = w.config.Cache.Prepare(ctx, p.target, p.at)
	select {
	case w.landings <- l:
	case <-ctx.Done():
	}
}

// land records the end of a read, and begins the next one.
func (w *Warmer) land(ctx context.Context, l landing) {
	p := l.page
	w.reading--
	p.read, p.queued, p.stored = l.began, false, l.err == nil
	since := p.missing
	if since.IsZero() { // somebody else stored it during the read
		since = l.began
	}
	w.config.Observe(Read{Prepared: !p.at.IsZero(), Took: time.Since(since), Failed: l.err != nil})
	if p.stored {
		p.missing = time.Time{}
	} else {
		w.config.Logger.Debug("a page was not warmed; it is retried", "target", p.target, "err", l.err)
		p.notBefore = time.Now().Add(min(firstBackoff<<min(p.failures, 8), maxBackoff))
		p.failures++
	}
	w.start(ctx)
}
