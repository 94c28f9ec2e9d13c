// Package health reports whether a process accepts requests, to probes and metrics,
// and during the drain before it stops.
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
	// lookEvery is the interval between two pings of a server. Balancers probe this
	// process as often.
	lookEvery = time.Second
	// lookTimeout bounds a ping. A server that needs longer is of no use to requests.
	lookTimeout = time.Second
)

// Flags registers gauges that are 1 while a condition holds.
type Flags interface {
	Flag(name, help string, is func() bool, labels ...string)
}

// Monitor holds the health of a process: its phase, its dependencies, and the
// functions that are in a fallback mode. It pings servers in the background, so that
// probes and scrapes do not wait.
type Monitor struct {
	Readiness
	logger *slog.Logger
	flags  Flags

	mu           sync.Mutex
	dependencies []dependency
	modes        []mode
	// answers reports whether the process can answer any request; nil means yes.
	answers func() bool
	// looks are called every second.
	looks []func(ctx context.Context)
}

// dependency is a server or log that the process uses.
type dependency struct {
	name  string
	state func() api.State
}

// mode is the fallback mode of a function.
type mode struct {
	name string
	on   func() bool
}

// New returns the monitor of a process that is starting. Run must be called.
func New(flags Flags, logger *slog.Logger) *Monitor {
	h := &Monitor{logger: logger, flags: flags}
	flags.Flag("ready", "Whether the process accepts requests, as in /readyz.", func() bool { return h.Report(context.Background()).Status == api.Ready })
	return h
}

// Logger returns the logger that changes are logged to.
func (h *Monitor) Logger() *slog.Logger { return h.logger }

// Depend adds a dependency with its state.
func (h *Monitor) Depend(name string, state func() api.State) {
	h.flags.Flag("dependency_up", "Whether a dependency is up, as in /readyz.",
		func() bool { return state() == api.Up }, "dependency", name)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dependencies = append(h.dependencies, dependency{name: name, state: state})
}

// Mode adds a fallback mode. on reports whether it is in use.
func (h *Monitor) Mode(name string, on func() bool) {
	h.flags.Flag("degraded", "Whether a function works in its fallback mode, as in /readyz.", on, "mode", name)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.modes = append(h.modes, mode{name: name, on: on})
}

// Answers sets the function that reports whether the process can answer any request.
func (h *Monitor) Answers(can func() bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers = can
}

// Look adds a function that is called every second.
func (h *Monitor) Look(look func(ctx context.Context)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looks = append(h.looks, look)
}

// Server pings a server every second. up returns the result of the last ping, true
// before the first one.
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
			h.logger.Warn("server is down", "server", name, "err", err)
		} else {
			h.logger.Info("server is up again", "server", name)
		}
	})
	return func() bool { return !down.Load() }
}

// Run calls the looks every second until ctx ends.
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

// look calls all looks concurrently, and waits for them.
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

// Report returns the health for a probe.
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

// UpIf returns the state of a dependency that is either up or down.
func UpIf(up func() bool) func() api.State {
	return func() api.State {
		if up() {
			return api.Up
		}
		return api.Down
	}
}
