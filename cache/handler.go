// Package cache stores whole HTTP responses and checks each one against the change
// log before it serves it, so nothing has to be purged. A response carries the
// version that its data was read at, and a plan.Checker reports whether a later
// change touches it.
package cache

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"marquee/cache/plan"
)

// The defaults of a Config.
const (
	// DefaultMemoryBytes holds about ten thousand lists with their forms.
	DefaultMemoryBytes = 256 << 20
	// DefaultOriginReads is about the connections of a database pool on a small
	// machine: more at once only wait there, with a deadline that runs.
	DefaultOriginReads = 64
	// DefaultQueueTimeout is how long a client waits for a place before it is told
	// to come back: as long as a person waits without doubt.
	DefaultQueueTimeout = time.Second
)

// Config is what a Handler needs. Next, Plan and Checker must be given.
type Config struct {
	// Next is the origin. It gets whole requests without conditions.
	Next http.Handler
	// Plan says what a GET or HEAD asks for. For nil, the request is none of the
	// cache's business (a probe, a bad request) and Next answers.
	Plan    func(r *http.Request) *plan.Plan
	Checker plan.Checker
	// Shared is the level that processes share, nil for none.
	Shared *Redis
	// MemoryBytes bounds the responses in memory with all their forms, about.
	MemoryBytes int64
	// OriginReads is how many requests may be at the origin at once. As many again
	// may be there that wait for a version.
	OriginReads int
	// QueueTimeout is how long a request waits for a place at the origin.
	QueueTimeout time.Duration
	Logger       *slog.Logger
	// Admit is asked before a request costs a read of the origin; it answers itself
	// when it returns false. Nil admits everybody.
	Admit func(w http.ResponseWriter, r *http.Request) bool
	// Unavailable answers when the origin has no place or no answer, and nothing
	// may stand in; X-Request-Id is set by then. Nil sends a problem with status 503.
	Unavailable http.Handler
	// Observe is told every result. It must not block.
	Observe func(Event)
}

// Handler is the cache in front of an origin. Close must be called.
type Handler struct {
	next        http.Handler
	plan        func(*http.Request) *plan.Plan
	checker     plan.Checker
	memory      *memory
	shared      *Redis
	sharing     *sharing // nil without a shared level
	aging       [plan.Sources]aging
	health      [plan.Sources]health
	flights     *flights
	gate        *gate // to the origin
	waiting     *gate // to the origin, for those that wait there for a version
	admit       func(http.ResponseWriter, *http.Request) bool
	unavailable http.Handler
	logger      *slog.Logger
	observe     func(Event)
	ids         *requestIDs
	// now is the machine's clock. It decides how long responses serve, never which
	// version they show: tests set it forward and back.
	now func() time.Time
}

// New returns a Handler.
func New(c Config) (*Handler, error) {
	c = c.withDefaults()
	memory, err := newMemory(c.MemoryBytes)
	if err != nil {
		return nil, fmt.Errorf("new cache: %w", err)
	}
	h := &Handler{
		next: c.Next, plan: c.Plan, checker: c.Checker, memory: memory, shared: c.Shared, flights: newFlights(),
		gate: newGate(c.OriginReads, c.QueueTimeout), waiting: newGate(c.OriginReads, c.QueueTimeout),
		admit: c.Admit, unavailable: c.Unavailable, logger: c.Logger, observe: c.Observe, ids: newRequestIDs(), now: time.Now,
	}
	if c.Shared != nil {
		h.sharing = newSharing(h)
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
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Admit == nil {
		c.Admit = func(http.ResponseWriter, *http.Request) bool { return true }
	}
	if c.Unavailable == nil {
		c.Unavailable = http.HandlerFunc(unavailable)
	}
	if c.Observe == nil {
		c.Observe = func(Event) {}
	}
	return c
}

// Close waits for the work behind requests, until ctx ends. It is called when no
// requests come any more.
func (h *Handler) Close(ctx context.Context) error {
	err := h.flights.close(ctx)
	if h.sharing != nil {
		h.sharing.close()
	}
	return err
}

// visit is a request on its way through the cache.
type visit struct {
	w     http.ResponseWriter
	r     *http.Request
	plan  *plan.Plan
	id    []string // once it has one; hits do without
	start time.Time
	// callerFault says that the origin has blamed the caller.
	callerFault bool
}

// ServeHTTP answers a read from memory if it can: a known spelling, no
// credentials, no version asked for, and nothing has touched the entry.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.next.ServeHTTP(w, r)
		return
	}
	v := visit{w: w, r: r, start: h.now()}
	if r.Header["Authorization"] == nil && r.Header["Min-Version"] == nil {
		if v.plan = h.memory.plan(r.RequestURI); v.plan != nil && v.plan.Store {
			h.read(&v)
			return
		}
	}
	h.route(&v)
}

// route finds the way of a request that is not a plain read of a known target.
func (h *Handler) route(v *visit) {
	credentials := credentialed(v.r)
	if v.plan == nil {
		v.plan = h.memory.plan(v.r.RequestURI)
	}
	if v.plan == nil {
		if v.plan = h.plan(v.r); v.plan == nil {
			h.next.ServeHTTP(v.w, v.r)
			return
		}
		if !credentials && v.r.RequestURI != "" {
			h.memory.remember(v.r.RequestURI, v.plan)
		}
	}
	switch {
	case credentials:
		h.bypass(v, detailCredentials)
	case !v.plan.Store:
		h.bypass(v, "")
	case v.r.Header["Min-Version"] != nil:
		h.readAtLeast(v)
	default:
		h.read(v)
	}
}

// credentialed reports whether a request says who asks: in a header, or with
// parameters of OAuth 1.0 (RFC 5849, section 3.5.3).
func credentialed(r *http.Request) bool {
	if r.Header["Authorization"] != nil {
		return true
	}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(name); err != nil || strings.HasPrefix(decoded, "oauth_") {
			return true
		}
	}
	return false
}

// finished tells what became of a request.
func (h *Handler) finished(v *visit, result Result, status int) {
	id := ""
	if v.id != nil {
		id = v.id[0]
	}
	h.observe(Event{Result: result, ID: id, Method: v.r.Method, Route: v.plan.Route, RouteNumber: v.plan.RouteNumber, Status: status, CallerFault: v.callerFault, Took: time.Since(v.start), Request: v.r})
}
