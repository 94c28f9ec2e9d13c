package program

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

const (
	hotReaders    = 4
	hotReadEvery  = 10 * time.Millisecond
	hotWriteEvery = 100 * time.Millisecond // often enough that something is always touched
)

// hot are clients that read the same targets again and again while one writes.
type hot struct {
	site    // to read at, without credentials
	editor  site
	film    string // the path of one that is written again and again
	targets []string
	cancel  context.CancelFunc
	group   sync.WaitGroup

	mu     sync.Mutex
	counts map[string]int // of reads by what Cache-Status says, of writes by their status
	wrong  []string       // answers that nobody should get
}

// startHot reads every target once, so that it is kept, then starts the clients.
// The test's end stops them.
func startHot(t *testing.T, s site, film string, targets []string) *hot {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	h := &hot{site: s.public(), editor: s, film: film, cancel: cancel, counts: map[string]int{}}
	for _, target := range targets {
		a, err := h.send(t.Context(), http.MethodGet, target, "")
		if err != nil {
			t.Fatal(err)
		}
		if a.status == http.StatusOK {
			h.targets = append(h.targets, target)
		}
	}
	for i := range hotReaders {
		h.group.Go(func() {
			every(ctx, hotReadEvery, func(n int) { h.read(context.WithoutCancel(ctx), h.targets[(i*7+n)%len(h.targets)]) })
		})
	}
	h.group.Go(func() {
		every(ctx, hotWriteEvery, func(n int) { h.write(context.WithoutCancel(ctx), n) })
	})
	t.Cleanup(h.stop)
	return h
}

// every calls f until ctx ends.
func every(ctx context.Context, pause time.Duration, f func(n int)) {
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

// stop lets the requests on their way end.
func (h *hot) stop() {
	h.cancel()
	h.group.Wait()
}

// read must be answered, whatever happens.
func (h *hot) read(ctx context.Context, target string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a, err := h.send(ctx, http.MethodGet, target, "")
	switch {
	case err != nil:
		h.count("wrong", fmt.Sprintf("%s: %v", target, err))
	case a.status != http.StatusOK:
		h.count("wrong", fmt.Sprintf("%s: %d (%s): %s", target, a.status, a.header.Get("Cache-Status"), a.body))
	default:
		h.count(sourceOf(a))
	}
}

// write writes, or is told to try again.
func (h *hot) write(ctx context.Context, n int) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a, err := h.editor.send(ctx, http.MethodPut, h.film, fmt.Sprintf(`{"movie":{"description":"For the %dth time.","release_year":%d}}`, n, 1950+n%10))
	switch {
	case err != nil:
		h.count("wrong", fmt.Sprintf("a write: %v", err))
	case a.status == http.StatusOK:
		h.count("written")
	case a.status == http.StatusServiceUnavailable:
		h.count("refused")
	default:
		h.count("wrong", fmt.Sprintf("a write: %d: %s", a.status, a.body))
	}
}

func (h *hot) count(what string, wrong ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[what]++
	if len(h.wrong) < 10 {
		h.wrong = append(h.wrong, wrong...)
	}
}

// seen is how often one of them was counted.
func (h *hot) seen(whats ...string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := 0
	for _, what := range whats {
		sum += h.counts[what]
	}
	return sum
}

// await waits until one of them was seen so many times more.
func (h *hot) await(t *testing.T, more int, whats ...string) {
	t.Helper()
	enough := h.seen(whats...) + more
	eventually(t, func() error {
		if n := h.seen(whats...); n < enough {
			return fmt.Errorf("%v was seen %d of %d times", whats, n, enough)
		}
		return nil
	})
}

// told is what was counted, as text.
func (h *hot) told() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return fmt.Sprint(h.counts)
}
