// Package cache is the policy of the cache: when a stored response answers a request,
// when it is refreshed in the background, when the origin is read, and what answers
// when the origin fails.
//
// It stores whole responses and checks each one against the change log before it
// serves it, so nothing has to be purged. A response carries the version that its data
// was read at, and a plan.Checker reports whether a later change touches it.
//
// To follow a request, read serve.go, hit.go, miss.go, load.go and fallback.go in this
// order. direct.go has the requests that always go to the origin, visit.go writes the
// answers. prepare.go stores answers before they are right.
package cache

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"marquee/cache/flight"
	"marquee/cache/memory"
	"marquee/cache/origin"
	"marquee/cache/plan"
	"marquee/cache/response"
	"marquee/cache/shared"
)

// The defaults of a Config.
const (
	// DefaultMemoryBytes holds about ten thousand lists with their encodings.
	DefaultMemoryBytes = 256 << 20
	// DefaultOriginReads is about the size of a database pool on a small machine. More
	// reads would only wait there, while their deadlines run.
	DefaultOriginReads = 64
	// DefaultQueueTimeout is how long a request waits for a slot before it fails with
	// Retry-After: users accept a wait of a second.
	DefaultQueueTimeout = time.Second
)

// Config is what a Handler needs. Next, Plan and Checker are required.
type Config struct {
	// Next is the origin. It gets requests without conditions.
	Next http.Handler
	// Plan returns what a GET or HEAD asks for. It returns nil for a request that is
	// not for the cache (a probe, a bad request), which Next answers.
	Plan    func(r *http.Request) *plan.Plan
	Checker plan.Checker
	// Shared is the level that processes share, nil for none.
	Shared *shared.Redis
	// MemoryBytes bounds the responses in memory with all their encodings,
	// approximately.
	MemoryBytes int64
	// OriginReads is how many requests may be at the origin at once. As many again may
	// wait there for a version.
	OriginReads int
	// QueueTimeout is how long a request waits for a slot at the origin.
	QueueTimeout time.Duration
	// Now is the clock, time.Now by default. It decides how long answers are served, never
	// which version they show.
	Now    func() time.Time
	Logger *slog.Logger
	// Admit checks the rate limits before an origin read. When it returns false it has
	// answered the request. Nil admits every request.
	Admit func(w http.ResponseWriter, r *http.Request) bool
	// Unavailable answers when the origin has no slot or no answer, and no entry can
	// replace it. X-Request-Id is set by then. Nil sends a problem with status 503.
	Unavailable http.Handler
	// PreconditionFailed answers when a condition of the request fails. X-Request-Id is set
	// by then. Nil sends a problem with status 412.
	PreconditionFailed http.Handler
	// Observe is called with every event. It must not block.
	Observe func(Event)
}

// Handler is the cache in front of an origin. Close must be called.
type Handler struct {
	loader
	// versionSlots are slots at the origin for requests with Min-Version, which may wait
	// there.
	versionSlots *origin.Slots
	admit        func(http.ResponseWriter, *http.Request) bool
	unavailable  http.Handler
	// preconditionFailed answers 412.
	preconditionFailed http.Handler
	logger             *slog.Logger
	ids                *response.IDs
}

// New returns a Handler.
func New(c Config) (*Handler, error) {
	c = c.withDefaults()
	level, err := memory.New(c.MemoryBytes)
	if err != nil {
		return nil, fmt.Errorf("new cache: %w", err)
	}
	h := &Handler{
		loader: loader{
			plan: c.Plan, checker: c.Checker, memory: level, shared: c.Shared, origin: origin.Origin{Handler: c.Next, Logger: c.Logger},
			slots: origin.NewSlots(c.OriginReads, c.QueueTimeout), flights: flight.NewGroup(failedOutcome),
			observe: c.Observe, now: c.Now,
		},
		versionSlots: origin.NewSlots(c.OriginReads, c.QueueTimeout),
		admit:        c.Admit, unavailable: c.Unavailable, preconditionFailed: c.PreconditionFailed, logger: c.Logger, ids: response.NewIDs(),
	}
	if c.Shared != nil {
		h.publisher = shared.NewPublisher(c.Shared, h.published)
	}
	return h, nil
}

func (c Config) withDefaults() Config {
	if c.MemoryBytes <= 0 {
		c.MemoryBytes = DefaultMemoryBytes
	}
	if c.OriginReads <= 0 {
		c.OriginReads = DefaultOriginReads
	}
	if c.QueueTimeout <= 0 {
		c.QueueTimeout = DefaultQueueTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Admit == nil {
		c.Admit = func(http.ResponseWriter, *http.Request) bool { return true }
	}
	if c.Unavailable == nil {
		c.Unavailable = refusal(http.StatusServiceUnavailable, "unavailable", "too many requests wait for an answer; try again")
	}
	if c.PreconditionFailed == nil {
		c.PreconditionFailed = refusal(http.StatusPreconditionFailed, "precondition-failed", "a condition in a header fails; read again without it")
	}
	if c.Observe == nil {
		c.Observe = func(Event) {}
	}
	return c
}

// CountersChanged marks the entries that show objects with these surrogate keys, and
// may have been read before the source reached the position in the flush log. Each is
// refreshed in the background at its next hit, and served as before until then, and
// while the origin is crowded or fails. Reads of the source after this call must show
// the counters up to the position.
func (h *Handler) CountersChanged(source plan.Source, keys []string, position int64) {
	h.counters[source].Changed(keys, position)
}

// AllCountersChanged is CountersChanged for every entry of the source, when it is not
// known which objects have changed. A position before the last one means that the
// index was replaced by one with fewer flushes. Entries may have been read from it
// before this call, so all of them are marked, whatever their positions.
func (h *Handler) AllCountersChanged(source plan.Source, position int64) {
	if back := h.counters[source].AllChanged(position); back {
		h.memory.OutdateCounters(source)
	}
}

// Close waits for the work in the background, until ctx ends. It is called when no
// more requests come.
func (h *Handler) Close(ctx context.Context) error {
	err := h.flights.Close(ctx)
	if h.publisher != nil {
		h.publisher.Close()
	}
	return err
}

// Stats are numbers of a Handler, for metrics.
type Stats struct {
	memory.Stats
	// Reads are the slots at the origin, Versions those for requests that wait there
	// for a version.
	Reads, Versions origin.SlotStats
}

// Stats returns the numbers as they are now. It takes a few microseconds.
func (h *Handler) Stats() Stats {
	return Stats{Stats: h.memory.Stats(), Reads: h.slots.Stats(), Versions: h.versionSlots.Stats()}
}
