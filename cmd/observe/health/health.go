// Package health reports whether a process wants requests: for the probes, for the
// metrics, and for the drain before it stops.
package health

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"marquee/api"
)

const (
	// lookEvery is how often servers are asked whether they answer: as often as
	// balancers ask this process.
	lookEvery = time.Second
	// lookTimeout is how long an answer may take. A server that needs longer for a
	// ping is of no use to requests.
	lookTimeout = time.Second
)

// Flags registers gauges that are 1 while a condition holds.
type Flags interface {
	Flag(name, help string, is func() bool, labels ...string)
}

// Monitor knows how a process stands: its phase, what it answers with, and what it
// does in another way because something of that is missing. Servers are asked
// behind, so that probes and scrapes wait for nobody.
type Monitor struct {
	Readiness
	logger *slog.Logger
	flags  Flags

	mu           sync.Mutex
	dependencies []dependency
	modes        []mode
	// answers reports whether there is anything to answer with; nil is always.
	answers func() bool
	// looks are done at every look.
	looks []func(ctx context.Context)
}

// dependency is something that answers are made with.
type dependency struct {
	name  string
	state func() api.State
}

// mode is another way to do something.
type mode struct {
	name string
	on   func() bool
}

// New makes the health of a process that starts. Run looks.
func New(flags Flags, logger *slog.Logger) *Monitor {
	h := &Monitor{logger: logger, flags: flags}
	flags.Flag("ready", "Whether the process wants requests, as its probe /readyz says.", func() bool { return h.Report(context.Background()).Status == api.Ready })
	return h
}

// Logger is where changes of it are told.
func (h *Monitor) Logger() *slog.Logger { return h.logger }

// Depend adds something that answers are made with, which knows how it stands.
func (h *Monitor) Depend(name string, state func() api.State) {
	h.flags.Flag("dependency_up", "Whether something that answers are made with is up, as /readyz says.",
		func() bool { return state() == api.Up }, "dependency", name)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dependencies = append(h.dependencies, dependency{name: name, state: state})
}

// Mode adds something that is done in another way when something is missing.
func (h *Monitor) Mode(name string, on func() bool) {
	h.flags.Flag("degraded", "Whether something is done in another way than usual, as /readyz says.", on, "mode", name)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.modes = append(h.modes, mode{name: name, on: on})
}

// Answers says how to find out whether there is anything to answer with.
func (h *Monitor) Answers(can func() bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers = can
}

// Look has something done every second.
func (h *Monitor) Look(look func(ctx context.Context)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looks = append(h.looks, look)
}

// Server asks a server every second whether it answers, and returns what it said
// last; until it has said something it counts as up.
func (h *Monitor) Server(name string, ping func(ctx context.Context) error) (up func() bool) {
	var down atomic.Bool
	h.Look(func(ctx context.Context) {
		limited, cancel := context.WithTimeout(ctx, lookTimeout)
		defer cancel()
		err := ping(limited)
		if ctx.Err() != nil || down.Swap(err != nil) == (err != nil) {
			return
		}
		if err != nil {
			h.logger.Warn("a server does not answer", "server", name, "err", err)
		} else {
			h.logger.Info("a server answers again", "server", name)
		}
	})
	return func() bool { return !down.Load() }
}

// Run looks every second until ctx ends.
func (h *Monitor) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		h.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look does all looks at the same time, and waits for them.
func (h *Monitor) look(ctx context.Context) {
	h.mu.Lock()
	looks := slices.Clone(h.looks)
	h.mu.Unlock()
	var group sync.WaitGroup
	for _, look := range looks {
		group.Go(func() { look(ctx) })
	}
	group.Wait()
}

// Report is what the probe is told.
func (h *Monitor) Report(context.Context) *api.Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	report := &api.Health{Status: h.status(), Dependencies: map[string]api.State{}}
	for _, d := range h.dependencies {
		report.Dependencies[d.name] = d.state()
	}
	for _, m := range h.modes {
		if m.on() {
			report.Degraded = append(report.Degraded, m.name)
		}
	}
	return report
}

func (h *Monitor) status() api.Status {
	switch h.current() {
	case starting:
		return api.Starting
	case draining:
		return api.Draining
	}
	if h.answers != nil && !h.answers() {
		return api.NotReady
	}
	return api.Ready
}

// UpIf is the state of something that is up or down.
func UpIf(up func() bool) func() api.State {
	return func() api.State {
		if up() {
			return api.Up
		}
		return api.Down
	}
}
