// Package follow keeps parts of the catalogue in the memory of a process: it loads them,
// and applies the changes of the log, so that a search has a write a moment later.
package follow

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"

	"marquee/storage"
	"marquee/storage/poll"
)

// Part is a copy of something of the objects of one noun. Apply, and the function that Load
// returns, are not called at the same time.
type Part interface {
	Noun() *storage.Noun
	// Load reads the copy from the catalogue, and returns its version and a function that
	// puts it in place.
	Load(ctx context.Context) (version int64, replace func(), err error)
	// Apply applies changes of the noun. It reports false if it cannot, so that the copy has
	// to be loaded.
	Apply(changes []*storage.Change) bool
}

// Config configures a Follower. Log and Content must be set.
type Config struct {
	// Log has the changes that the parts may lack.
	Log storage.Tail
	// Content names what the parts have, for the log of failures.
	Content string
	// Patience is the number of changes that a reader waits for. Run applies more in the
	// background. 0 is any number, and then a reader also waits for another one.
	Patience int
	// Clock defaults to the system clock.
	Clock poll.Clock
	// Logger receives errors that are retried; nil discards them.
	Logger *slog.Logger
}

// Follower keeps parts up to date while Run runs. It is safe for concurrent use.
type Follower struct {
	Config
	parts []*followed
	// reload makes Run look at the log at once.
	reload chan struct{}
	// loaded is closed after the first load.
	loaded          chan struct{}
	loads, failures atomic.Uint64
	// following is held while parts are replaced or changed.
	following sync.Mutex
}

// unloaded is the version of a part before it is loaded.
const unloaded = -1

// followed is a part with its version of the catalogue.
type followed struct {
	Part
	version atomic.Int64
}

// New returns a follower of parts that are empty until Run has loaded them.
func New(c Config, parts ...Part) *Follower {
	if c.Clock == nil {
		c.Clock = poll.System
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	f := &Follower{Config: c, reload: make(chan struct{}, 1), loaded: make(chan struct{})}
	for _, p := range parts {
		part := &followed{Part: p}
		part.version.Store(unloaded)
		f.parts = append(f.parts, part)
	}
	return f
}

// Loaded is closed after the first load.
func (f *Follower) Loaded() <-chan struct{} { return f.loaded }

// Loads returns the number of complete loads.
func (f *Follower) Loads() uint64 { return f.loads.Load() }

// Failures returns the number of failed loads.
func (f *Follower) Failures() uint64 { return f.failures.Load() }

// Version returns a version of the catalogue that the parts show at least, 0 before they
// are loaded. It applies the changes of the log that are missing, unless these are many.
func (f *Follower) Version() int64 {
	if to := f.Log.Version(); f.version() < to {
		f.follow(to, f.Patience)
	}
	return max(f.version(), 0)
}

func (f *Follower) version() int64 {
	version := int64(math.MaxInt64)
	for _, p := range f.parts {
		version = min(version, p.version.Load())
	}
	return version
}

// follow applies the changes up to a version that the parts lack, if these are at most some
// (0 for any number). It reports false if they cannot follow: they are not loaded yet, or
// the log does not know all changes since.
func (f *Follower) follow(to int64, most int) bool {
	if most == 0 {
		f.following.Lock()
	} else if !f.following.TryLock() {
		return true
	}
	defer f.following.Unlock()
	for _, p := range f.parts {
		if v := p.version.Load(); v < to && !f.advance(p, to, most) || v == unloaded {
			poll.Poke(f.reload)
			return false
		}
	}
	return true
}

// advance brings a part to a version, and reports whether it is there.
func (f *Follower) advance(p *followed, to int64, most int) bool {
	from, noun := p.version.Load(), p.Noun()
	if from == unloaded {
		return false
	}
	var changes []*storage.Change
	known := f.Log.Between(from, to, func(change *storage.Change) bool {
		if change.Noun == noun {
			changes = append(changes, change)
		}
		return most == 0 || len(changes) <= most
	})
	if !known || most > 0 && len(changes) > most || len(changes) > 0 && !p.Apply(changes) {
		return false
	}
	p.version.Store(to)
	return true
}
