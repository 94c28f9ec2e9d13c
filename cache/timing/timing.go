// Package timing gathers where the time of a request goes: calls of stores, and waits.
//
// The cache begins it for requests that memory does not answer. It travels in the
// context, so that hooks of the stores' clients find it. A context without it costs one
// look-up and records nothing.
package timing

import (
	"context"
	"sync"
	"time"
)

// Part is a store, or something that a request waits for.
type Part uint8

// The parts.
const (
	// PostgreSQL is statements, until their last row is read.
	PostgreSQL Part = iota
	// Connection is waiting for a connection of the pool to PostgreSQL.
	Connection
	// Elasticsearch is calls of the nodes.
	Elasticsearch
	// Redis is commands, for the shared level, rate limits and nonces.
	Redis
	// Slot is waiting for a slot at the origin.
	Slot
	// Lease is waiting for another process that reads the same target.
	Lease
	// Flight is waiting for another request's read of the same target (singleflight).
	Flight
	// Log is waiting until the process has read a version in the change log.
	Log
	// Index is waiting until the search index has a version.
	Index
	parts
)

var names = [parts]string{
	PostgreSQL: "postgresql", Connection: "connection", Elasticsearch: "elasticsearch", Redis: "redis",
	Slot: "slot", Lease: "lease", Flight: "flight", Log: "log", Index: "index",
}

// String returns the name of the part, as in the log.
func (p Part) String() string { return names[p] }

// Times are the times of one request, or of a read in the background. They are safe for
// concurrent use. A nil *Times records nothing.
type Times struct {
	id string

	mutex  sync.Mutex
	spent  [parts]span
	flight *Times
}

// span is the time in a part. Calls that run add the time since start as long as they
// do, so that a request which gives up shows what it waited for.
type span struct {
	used    bool
	running int
	sum     time.Duration // of the ends minus the starts, since zero
}

// zero is the time from which starts and ends are measured.
var zero = time.Now()

type key struct{}

// With returns a context with times for the request with an id. It returns ctx if it has
// times already.
func With(ctx context.Context, id string) context.Context {
	if From(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, key{}, &Times{id: id})
}

// From returns the times in a context, nil without any.
func From(ctx context.Context) *Times {
	t, _ := ctx.Value(key{}).(*Times)
	return t
}

// Begin records that a call or a wait begins, and End that it ends. Calls of one part
// that run at the same time add up.
func Begin(ctx context.Context, p Part) { From(ctx).add(p, 1) }

// End records that a call or a wait ends; see Begin.
func End(ctx context.Context, p Part) { From(ctx).add(p, -1) }

func (t *Times) add(p Part, running int) {
	if t == nil {
		return
	}
	now := time.Since(zero)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	s := &t.spent[p]
	s.used = true
	s.running += running
	s.sum -= time.Duration(running) * now
}

// Follow records that the request waits for a read whose times are other.
func (t *Times) Follow(other *Times) {
	if t == nil || other == t {
		return
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.flight = other
}

// Flight returns the times of the read that the request waited for last, nil if it made
// its own.
func (t *Times) Flight() *Times {
	if t == nil {
		return nil
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.flight
}

// ID returns the id of the request.
func (t *Times) ID() string { return t.id }

// Spent is the time in one part.
type Spent struct {
	Part Part
	Time time.Duration
}

// Spent returns the times in all parts that were used so far, in the order of the parts.
func (t *Times) Spent() (all []Spent) {
	if t == nil {
		return nil
	}
	now := time.Since(zero)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for p, s := range t.spent {
		if s.used {
			all = append(all, Spent{Part: Part(p), Time: s.sum + time.Duration(s.running)*now})
		}
	}
	return all
}
