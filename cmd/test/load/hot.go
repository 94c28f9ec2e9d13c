package load

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"
)

const (
	// HotReaders is how many clients read.
	HotReaders    = 4
	hotReadEvery  = 10 * time.Millisecond
	hotWriteEvery = 100 * time.Millisecond // often enough that something is always touched
)

// HotClients are clients that read the same targets again and again while one writes.
type HotClients struct {
	fixture.Site // to read at, without credentials
	editor       fixture.Site
	film         string // the path of one that is written again and again
	Targets      []string
	cancel       context.CancelFunc
	group        sync.WaitGroup

	mu     sync.Mutex
	counts map[string]int // of reads by what Cache-Status says, of writes by their status
	Wrong  []string       // answers that nobody should get
}

// StartHot reads every target once, so that it is kept, then starts the clients.
// The test's end stops them.
func StartHot(t *testing.T, s fixture.Site, film string, targets []string) *HotClients {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	h := &HotClients{Site: s.Public(), editor: s, film: film, cancel: cancel, counts: map[string]int{}}
	for _, target := range targets {
		a, err := h.Send(t.Context(), http.MethodGet, target, "")
		if err != nil {
			t.Fatal(err)
		}
		if a.Status == http.StatusOK {
			h.Targets = append(h.Targets, target)
		}
	}
	for i := range HotReaders {
		h.group.Go(func() {
			Every(ctx, hotReadEvery, func(n int) { h.read(context.WithoutCancel(ctx), h.Targets[(i*7+n)%len(h.Targets)]) })
		})
	}
	h.group.Go(func() {
		Every(ctx, hotWriteEvery, func(n int) { h.write(context.WithoutCancel(ctx), n) })
	})
	t.Cleanup(h.Stop)
	return h
}

// Every calls f until ctx ends.
func Every(ctx context.Context, pause time.Duration, f func(n int)) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f(n)
		}
	}
}

// Stop lets the requests on their way end.
func (h *HotClients) Stop() {
	h.cancel()
	h.group.Wait()
}

// read must be answered, whatever happens.
func (h *HotClients) read(ctx context.Context, target string) {
	ctx, cancel := context.WithTimeout(ctx, fixture.Patience)
	defer cancel()
	a, err := h.Send(ctx, http.MethodGet, target, "")
	switch {
	case err != nil:
		h.count("wrong", fmt.Sprintf("%s: %v", target, err))
	case a.Status != http.StatusOK:
		h.count("wrong", fmt.Sprintf("%s: %d (%s): %s", target, a.Status, a.Header.Get("Cache-Status"), a.Body))
	default:
		h.count(fixture.SourceOf(a))
	}
}

// write writes, or is told to try again.
func (h *HotClients) write(ctx context.Context, n int) {
	ctx, cancel := context.WithTimeout(ctx, fixture.Patience)
	defer cancel()
	a, err := h.editor.Send(ctx, http.MethodPut, h.film, fmt.Sprintf(`{"movie":{"description":"For the %dth time.","release_year":%d}}`, n, 1950+n%10))
	switch {
	case err != nil:
		h.count("wrong", fmt.Sprintf("a write: %v", err))
	case a.Status == http.StatusOK:
		h.count("written")
	case a.Status == http.StatusServiceUnavailable:
		h.count("refused")
	default:
		h.count("wrong", fmt.Sprintf("a write: %d: %s", a.Status, a.Body))
	}
}

func (h *HotClients) count(what string, wrong ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[what]++
	if len(h.Wrong) < 10 {
		h.Wrong = append(h.Wrong, wrong...)
	}
}

// seen is how often one of them was counted.
func (h *HotClients) seen(whats ...string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := 0
	for _, what := range whats {
		sum += h.counts[what]
	}
	return sum
}

// Await waits until one of them was seen so many times more.
func (h *HotClients) Await(t *testing.T, more int, whats ...string) {
	t.Helper()
	enough := h.seen(whats...) + more
	await.Nil(t, func() error {
		if n := h.seen(whats...); n < enough {
			return fmt.Errorf("%v was seen %d of %d times", whats, n, enough)
		}
		return nil
	})
}

// Told is what was counted, as text.
func (h *HotClients) Told() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return fmt.Sprint(h.counts)
}
