// Package flight is a singleflight: concurrent requests for a target share one read.
// Unlike golang.org/x/sync/singleflight, a read goes on when its first client leaves,
// has a deadline of its own, and lets its clients give up or take another answer while
// it runs.
package flight

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	// slowAfter is how long Wait waits before it looks for another answer: ten times
	// what slow reads take, and as long as the change log may go unread before its
	// readers notice.
	slowAfter = time.Second
	// slowAgain is the pause between two looks after that.
	slowAgain = slowAfter / 4
)

// Flight is one attempt to get an answer, for all requests that want it meanwhile.
type Flight[T any] struct {
	target   string
	deadline time.Time
	// detached is the context of the first request, without its end.
	detached context.Context
	// cancel is nil until Start. A flight that lands without a read never starts.
	cancel  context.CancelFunc
	done    chan struct{} // closed when outcome is set
	outcome T
}

// Group has the flights under way, at most one for each target.
type Group[T any] struct {
	failed func(error) T

	mutex    sync.Mutex
	byTarget map[string]*Flight[T]
	closed   bool
	running  sync.WaitGroup
}

// NewGroup returns a group. failed makes the outcome of a flight that ends with an
// error of this package.
func NewGroup[T any](failed func(error) T) *Group[T] {
	return &Group[T]{failed: failed, byTarget: map[string]*Flight[T]{}}
}

// Join returns the flight to a target. If there was none, the caller leads the new
// one, which takes at most timeout, and must call Start or Land. The flight keeps the
// values of ctx, not its end.
func (g *Group[T]) Join(ctx context.Context, target string, timeout time.Duration) (f *Flight[T], leads bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if f := g.byTarget[target]; f != nil {
		return f, false
	}
	f = &Flight[T]{
		target: target, detached: context.WithoutCancel(ctx), deadline: time.Now().Add(timeout), done: make(chan struct{}),
	}
	g.byTarget[target] = f
	return f, true
}

// Flight returns the flight to a target, nil if there is none.
func (g *Group[T]) Flight(target string) *Flight[T] {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.byTarget[target]
}

// Start runs read in the background, with a context that ends at the flight's
// deadline. read must call Land. In a closed group the flight fails at once.
func (g *Group[T]) Start(f *Flight[T], read func(ctx context.Context)) {
	ctx, ok := g.begin(f)
	if !ok {
		g.Land(f, g.failed(http.ErrServerClosed))
		return
	}
	go func() {
		defer g.running.Done()
		read(ctx)
	}()
}

// begin is false in a closed group.
func (g *Group[T]) begin(f *Flight[T]) (ctx context.Context, ok bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.closed {
		return nil, false
	}
	g.running.Add(1)
	ctx, f.cancel = context.WithDeadline(f.detached, f.deadline)
	return ctx, true
}

// Land gives the outcome to all requests that wait. A later request begins another
// flight.
func (g *Group[T]) Land(f *Flight[T], outcome T) {
	g.mutex.Lock()
	delete(g.byTarget, f.target)
	g.mutex.Unlock()
	f.outcome = outcome
	close(f.done)
	if f.cancel != nil {
		f.cancel()
	}
}

// Context returns the context of the flight's first request, without its end.
func (f *Flight[T]) Context() context.Context { return f.detached }

// Wait returns the outcome of a flight. From slowAfter on it also asks instead for
// another outcome, and returns that. The error is that of ctx, whose client left. At
// the flight's deadline Wait returns a failed outcome, even when the read ignores it.
func (g *Group[T]) Wait(ctx context.Context, f *Flight[T], instead func() (T, bool)) (outcome T, err error) {
	if f.landed() {
		return f.outcome, nil
	}
	patience := time.NewTimer(min(slowAfter, time.Until(f.deadline)))
	defer patience.Stop()
	for {
		select {
		case <-f.done:
			return f.outcome, nil
		case <-ctx.Done():
			return outcome, ctx.Err()
		case <-patience.C:
			if o, ok := instead(); ok {
				return o, nil
			}
			left := time.Until(f.deadline)
			if left <= 0 {
				return g.failed(context.DeadlineExceeded), nil
			}
			patience.Reset(min(slowAgain, left))
		}
	}
}

// landed lets an outcome win over a client that has left meanwhile.
func (f *Flight[T]) landed() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// Close waits for the flights under way. When ctx ends first, it cancels them and
// returns the error of ctx.
func (g *Group[T]) Close(ctx context.Context) error {
	g.mutex.Lock()
	g.closed = true
	g.mutex.Unlock()
	landed := make(chan struct{})
	go func() {
		g.running.Wait()
		close(landed)
	}()
	select {
	case <-landed:
		return nil
	case <-ctx.Done():
	}
	g.mutex.Lock()
	for _, f := range g.byTarget {
		if f.cancel != nil {
			f.cancel()
		}
	}
	g.mutex.Unlock()
	return ctx.Err()
}
