package health

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"marquee/api"
	"marquee/storage"
	"marquee/storage/tail"
)

// written is a change log that begins with version 1.
type written struct {
	mu      sync.Mutex
	changes []storage.Change
}

func (w *written) Span(context.Context) (after, version int64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return 0, int64(len(w.changes)), nil
}

func (w *written) Changes(_ context.Context, since int64, _ int) (*storage.Changes, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &storage.Changes{Changes: w.changes[since:], Version: int64(len(w.changes))}, nil
}

func (w *written) Listen(ctx context.Context, _ []string, _ func(string, string)) error {
	<-ctx.Done()
	return ctx.Err()
}

// write adds a change. The change of an import has no document, so the tail does not
// hold it in memory.
func (w *written) write(imported bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := storage.Change{Version: int64(len(w.changes) + 1), Noun: storage.Movie, At: time.Now()}
	if !imported {
		c.After = &storage.Document{Noun: storage.Movie, Fields: map[string]any{}}
	}
	w.changes = append(w.changes, c)
}

func TestLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, indexed := &written{}, int64(0)
		log := tail.New(tail.Config{Source: w})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			log.Run(ctx)
		}()
		lag := NewLag(log, func() int64 { return indexed })
		want := func(versions int64, duration time.Duration, state api.State) {
			t.Helper()
			if lag.Versions() != versions || lag.Duration() != duration || lag.State() != state {
				t.Errorf("got %d versions, %v, %s; want %d, %v, %s", lag.Versions(), lag.Duration(), lag.State(), versions, duration, state)
			}
		}
		pass := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
			lag.Look(ctx)
		}
		pass(time.Second)
		want(0, 0, api.Up) // an empty catalogue
		w.write(false)
		pass(time.Second)
		want(1, time.Second, api.Building)
		w.write(false)
		pass(9 * time.Second)
		indexed = 1
		want(1, 9*time.Second, api.Lagging) // since the second change
		indexed = 2
		pass(time.Second)
		want(0, 0, api.Up)
		w.write(true)
		pass(3 * time.Second)
		want(1, 3*time.Second, api.Up) // since the index last had all changes
		stop()
		<-ended
	})
}
