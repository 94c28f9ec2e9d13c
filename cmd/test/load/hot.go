package load

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
)

const (
	// HotReaders is the number of reading clients.
	HotReaders    = 4
	hotReadEvery  = 10 * time.Millisecond
	hotWriteEvery = 100 * time.Millisecond // so short that writes always touch some cached responses
)

// HotClients is a set of clients that read the same targets, and one that writes.
type HotClients struct {
	fixture.Site // for reads, without credentials
	editor       fixture.Site
	film         string // path of the film that is written
	Targets      []string
	cancel       context.CancelFunc
	group        sync.WaitGroup

	mu     sync.Mutex
	counts map[string]int // of reads by Cache-Status, of writes by their result
	Wrong  []string       // wrong replies, at most 10
}

// StartHot reads each target once, so that it is cached, and starts the clients. They
// stop at the end of the test.
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

// Every calls f at an interval until ctx ends. n counts the calls from 0.
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

// Stop stops the clients after their current requests.
func (h *HotClients) Stop() {
	h.cancel()
	h.group.Wait()
}

// read reads a target. Every reply but 200 is wrong.
func (h *HotClients) read(ctx context.Context, target string) {
	ctx, cancel := context.WithTimeout(ctx, fixture.Patience)
	defer cancel()
	a, err := h.Send(ctx, http.MethodGet, target, "")
	switch {
	case err != nil:
		h.count("wrong", fmt.Sprintf("%s: got %v, want 200", target, err))
	case a.Status != http.StatusOK:
		h.count("wrong", fmt.Sprintf("%s: got %d (%s), want 200: %s", target, a.Status, a.Header.Get("Cache-Status"), a.Body))
	default:
		h.count(fixture.SourceOf(a))
	}
}

// write updates the film. The reply must be 200 or 503.
func (h *HotClients) write(ctx context.Context, n int) {
	ctx, cancel := context.WithTimeout(ctx, fixture.Patience)
	defer cancel()
	a, err := h.editor.Send(ctx, http.MethodPut, h.film, fmt.Sprintf(`{"movie":{"description":"For the %dth time.","release_year":%d}}`, n, 1950+n%10))
	switch {
	case err != nil:
		h.count("wrong", fmt.Sprintf("a write: got %v, want 200 or 503", err))
	case a.Status == http.StatusOK:
		h.count("written")
	case a.Status == http.StatusServiceUnavailable:
		h.count("refused")
	default:
		h.count("wrong", fmt.Sprintf("a write: got %d, want 200 or 503: %s", a.Status, a.Body))
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

// seen returns the sum of some counts.
func (h *HotClients) seen(whats ...string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := 0
	for _, what := range whats {
		sum += h.counts[what]
	}
	return sum
}

// Await waits until the sum of some counts has grown by more.
func (h *HotClients) Await(t *testing.T, more int, whats ...string) {
	t.Helper()
	enough := h.seen(whats...) + more
	await.Nil(t, func() error {
		if n := h.seen(whats...); n < enough {
			return fmt.Errorf("%v: got %d, want %d", whats, n, enough)
		}
		return nil
	})
}

// Counts returns the counts as a text.
func (h *HotClients) Counts() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return fmt.Sprint(h.counts)
}
