// Package follow carries the change log into the search index, in order.
package follow

import (
	"context"
	"errors"
	"time"

	"marquee/indexer/pair"
	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

const (
	// pollEvery is how often the log is read without a notification. Polling is the
	// guarantee; notifications only make it fast.
	pollEvery = time.Second
	// busyRounds is how many rounds in a row have to be busy until writes count as
	// faster than rounds of their own can carry them over. Then each round first
	// lingers, so that one refresh serves several writes. A writer that waits until its
	// change is found before it makes the next one never causes this.
	busyRounds = 2
	// linger is a sixth of the 300 ms that a change may take under load.
	linger = 50 * time.Millisecond
	// plenty is a round so large that lingering would gain nothing.
	plenty = readAtOnce / 2
	// leaveAlone is how long a live index that does not exist is left alone, so that
	// the log of its successor is followed at once.
	leaveAlone = 5 * time.Second
)

// Run carries the log into every live index until ctx ends. Receiving from wake
// reads the log at once.
func Run(ctx context.Context, p *pair.Pair, wake <-chan struct{}) {
	l := &loop{Pair: p, followers: map[string]*Follower{}, gone: map[string]time.Time{}}
	var pause poll.Backoff
	busy := 0
	for ctx.Err() == nil {
		n, err := l.round(ctx)
		switch {
		case err != nil:
			p.Failed(ctx, "the search index does not follow; trying again from its checkpoint", err)
			l.followers = map[string]*Follower{} // their state may be wrong
			p.Sleep(ctx, pause.Next())
			continue
		case n == 0:
			busy = 0
			poll.Wait(ctx, p.Clock, pollEvery, wake)
		case !l.busy() || n >= plenty:
			busy = 0
		default:
			if busy++; busy >= busyRounds {
				p.Sleep(ctx, linger)
			}
		}
		pause.Reset()
	}
}

// loop has the followers of the live indices: one, or two while readers move from
// one index to the other.
type loop struct {
	*pair.Pair
	followers map[string]*Follower
	// gone are live indices that were found not to exist, and when.
	gone map[string]time.Time
}

// round takes one step in each live index, and returns how many changes were
// found. It reads which indices are live when there is nothing else to do; saving a
// checkpoint returns that as well.
func (l *loop) round(ctx context.Context) (int, error) {
	found := 0
	for _, f := range l.followers {
		n, err := f.step(ctx)
		if errors.Is(err, search.ErrNoIndex) {
			l.gone[f.Name] = l.Clock.Now()
			l.Failed(ctx, "a search index is gone", err)
			n, err = 0, nil
		}
		if err != nil {
			return 0, err
		}
		if found = max(found, n); n > 0 {
			l.assign(f.live)
		}
	}
	if found > 0 {
		l.progress()
		return found, nil
	}
	c, err := l.Checkpoints(ctx)
	if err != nil {
		return 0, err
	}
	if l.assign(c.In(storage.Live)) {
		return l.round(ctx) // once: now each of them has its follower
	}
	l.progress()
	return 0, nil
}

// busy reports whether writes arrived during the last round.
func (l *loop) busy() bool {
	for _, f := range l.followers {
		if f.busy {
			return true
		}
	}
	return false
}

// assign gives each live index one follower, and reports whether one is new.
func (l *loop) assign(live []storage.Checkpoint) (added bool) {
	followers := map[string]*Follower{}
	for _, c := range live {
		if at, gone := l.gone[c.Index]; gone && l.Clock.Now().Sub(at) < leaveAlone {
			continue
		}
		if followers[c.Index] = l.followers[c.Index]; followers[c.Index] == nil {
			followers[c.Index] = NewFollower(l.Pair, c.Index, c.Version)
			added = true
		}
	}
	l.followers = followers
	return added
}

// progress sets the gauges: the lowest version of all live indices, and the highest
// lag.
func (l *loop) progress() {
	lowest, lag, first := int64(0), int64(0), true
	for _, f := range l.followers {
		if first || f.version < lowest {
			lowest, first = f.version, false
		}
		lag = max(lag, f.lag)
	}
	l.Counts.Version.Store(lowest)
	l.Counts.Lag.Store(lag)
}
