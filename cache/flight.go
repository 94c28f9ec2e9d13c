package cache

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// originTimeout bounds one read of the origin for all who wait for it: twice
// the longest that an origin with its own deadlines takes.
const originTimeout = 10 * time.Second

// outcome is what a flight brought: an entry, which may be stored, or another
// response, or an error.
type outcome struct {
	entry    *entry
	found    Result // how the entry was found where it was stored; Missed: the origin made it
	response *response
	err      error
	refused  bool // who led was not admitted, so there is nothing else
	early    bool // the flight is still in the air
}

// made is the outcome of asking the origin.
func made(e *entry) outcome { return outcome{entry: e, found: Missed} }

// failed reports whether the origin failed, so that an older answer may stand in.
func (o *outcome) failed() bool {
	if o.response != nil {
		return o.response.status >= http.StatusInternalServerError
	}
	return o.err != nil && !errors.Is(o.err, errTooLarge)
}

// late reports whether the origin had no answer in time, or knew that it would
// not have one: faults of a query do not count, nor does a crowd at the gate.
func (o *outcome) late() bool {
	if o.response != nil {
		return o.response.status == http.StatusServiceUnavailable || o.response.status == http.StatusGatewayTimeout
	}
	return errors.Is(o.err, context.DeadlineExceeded)
}

// errSlow says that an answer is not waited for any longer.
var errSlow = errors.New("the origin takes too long")

// flight is one attempt to get an answer, for all who want it at that time. It
// goes on when its first client leaves.
type flight struct {
	target   string
	origin   context.Context // of the request that began it, without its end
	deadline time.Time
	// ctx has the deadline; it is there when the flight has started, which one that
	// finds its answer in the shared level does not need.
	ctx     context.Context
	cancel  context.CancelFunc
	behind  bool          // nobody waits: what shows old counts is no answer
	done    chan struct{} // closed when the outcome is there
	outcome outcome
}

// flights are those in the air, at most one for each target.
type flights struct {
	mutex    sync.Mutex
	byTarget map[string]*flight
	closed   bool
	running  sync.WaitGroup
}

func newFlights() *flights { return &flights{byTarget: map[string]*flight{}} }

// join returns the flight to a target. Who leads it, because there was none,
// must start or land it.
func (g *flights) join(ctx context.Context, target string) (f *flight, leads bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if f := g.byTarget[target]; f != nil {
		return f, false
	}
	f = &flight{
		target: target, origin: context.WithoutCancel(ctx), deadline: time.Now().Add(originTimeout), done: make(chan struct{}),
	}
	g.byTarget[target] = f
	return f, true
}

// flying reports whether there is a flight to a target.
func (g *flights) flying(target string) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.byTarget[target] != nil
}

// start lets the flight go on by itself; fly must land it. When the handler is
// closed it lands at once.
func (g *flights) start(f *flight, fly func()) {
	g.mutex.Lock()
	closed := g.closed
	if !closed {
		g.running.Add(1)
		f.ctx, f.cancel = context.WithDeadline(f.origin, f.deadline)
	}
	g.mutex.Unlock()
	if closed {
		g.land(f, outcome{err: http.ErrServerClosed})
		return
	}
	go func() {
		defer g.running.Done()
		fly()
	}()
}

// land gives the outcome to all who wait; who comes later begins another flight.
func (g *flights) land(f *flight, o outcome) {
	g.mutex.Lock()
	delete(g.byTarget, f.target)
	g.mutex.Unlock()
	f.outcome = o
	close(f.done)
	if f.cancel != nil {
		f.cancel()
	}
}

// wait returns the outcome; or what there is instead, when that takes longer than
// slowAfter; or the error of ctx, when its client leaves before. An origin that
// ignores its deadline keeps nobody: they go on without it.
func (f *flight) wait(ctx context.Context, instead func() (outcome, bool)) (outcome, error) {
	if o, landed := f.landed(); landed {
		return o, nil
	}
	patience := time.NewTimer(min(slowAfter, time.Until(f.deadline)))
	defer patience.Stop()
	for {
		select {
		case <-f.done:
			return f.outcome, nil
		case <-ctx.Done():
			return outcome{}, ctx.Err()
		case <-patience.C:
			if o, ok := instead(); ok {
				return o, nil
			}
			left := time.Until(f.deadline)
			if left <= 0 {
				return outcome{err: context.DeadlineExceeded}, nil
			}
			patience.Reset(min(slowAgain, left))
		}
	}
}

// landed is the outcome if it is there.
func (f *flight) landed() (outcome, bool) {
	select {
	case <-f.done:
		return f.outcome, true
	default:
		return outcome{}, false
	}
}

// close ends the flights when ctx does, and waits for them.
func (g *flights) close(ctx context.Context) error {
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
