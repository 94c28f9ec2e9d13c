// Package await has the waits that tests share. Each has a limit that a busy machine does not reach, so that a test fails
// only when what it waits for does not happen.
package await

import (
	"context"
	"testing"
	"time"
)

const (
	// contextLimit is for the longest work of a test: an import of all films under the race detector takes minutes.
	contextLimit = 10 * time.Minute
	// pollLimit is for a condition: most hold after a second or two, a server that starts on a busy machine takes longer.
	pollLimit = 2 * time.Minute
	pollEvery = 10 * time.Millisecond
	// attempts is how often Within tries.
	attempts = 5
)

// Context returns a context for calls of servers. It ends after ten minutes, or in the test's cleanup. Unlike t.Context it
// can be used by cleanups that are registered later.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), contextLimit)
	t.Cleanup(cancel)
	return ctx
}

// Nil calls f until it returns nil. After two minutes it fails the test with the last error.
func Nil(t testing.TB, f func() error) {
	t.Helper()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for limit := time.After(pollLimit); ; {
		err := f()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("no success within %s: %v", pollLimit, err)
		}
	}
}

// True calls f until it returns true. After two minutes it fails the test and says what it waited for.
func True(t testing.TB, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for limit := time.After(pollLimit); !f(); {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited %s without success for %s", pollLimit, what)
		}
	}
}

// Within tests what must happen within a limit that a busy machine may exceed, such as the life of a lease. An attempt that
// takes longer proves nothing, and Within tries again from the start. The first attempt within the limit decides.
func Within(t testing.TB, limit time.Duration, attempt func() error) {
	t.Helper()
	var took time.Duration
	for range attempts {
		start := time.Now()
		err := attempt()
		if took = time.Since(start); took < limit {
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
	t.Errorf("no attempt ended within %s; the last one took %s", limit, took)
}
