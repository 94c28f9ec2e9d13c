package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"marquee/api"
	"marquee/search"
	"marquee/storage"
)

// slowEngine lists from a catalogue after a time.
type slowEngine struct {
	*memory
	takes time.Duration
	err   error
}

func (e *slowEngine) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(e.takes):
	}
	if e.err != nil {
		return nil, e.err
	}
	return e.memory.List(ctx, q)
}

// reachedProgress is an index that never lags.
type reachedProgress struct{ version int64 }

func (p reachedProgress) Version() int64                    { return p.version }
func (p reachedProgress) Wait(context.Context, int64) error { return nil }

// choosing is a catalogue whose lists come from a chooser.
type choosing struct {
	*memory
	lists search.Engine
}

func (c *choosing) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	return c.lists.List(ctx, q)
}

// Engines that take longer than other requests may still answer or refuse searches by
// expressions.
func TestSlowExpressionsAreAnswered(t *testing.T) {
	t.Parallel()
	const slow, hung = api.DefaultQueryTimeout + 2*time.Second, time.Hour
	refusal := &storage.Error{Code: storage.Invalid, Detail: "q: too much text",
		Faults: []storage.Fault{{Parameter: "q", Value: "H.at", Reason: "too much text"}}}
	for name, test := range map[string]struct {
		index, fallback time.Duration
		err             error
		target          string
		want            int
	}{
		"slow index":            {slow, hung, nil, "/2.0/movies?q=H.at&q_type=regex", http.StatusOK},
		"slow fallback":         {hung, slow, nil, "/2.0/movies?q=H.at&q_type=regex", http.StatusOK},
		"slow refusal":          {slow, hung, refusal, "/2.0/movies?q=H.at&q_type=regex", http.StatusBadRequest},
		"refusal of fallback":   {hung, slow, refusal, "/2.0/movies?q=H.at&q_type=regex", http.StatusBadRequest},
		"nobody answers":        {hung, hung, nil, "/2.0/movies?q=H.at&q_type=regex", http.StatusServiceUnavailable},
		"by words":              {slow, slow, nil, "/2.0/movies?q=Heat", http.StatusServiceUnavailable},
		"whole value":           {slow, slow, nil, "/2.0/movies?q=Heat&q_type=exact", http.StatusServiceUnavailable},
		"genres without a text": {slow, slow, nil, "/2.0/movies?genres=action", http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, m := seeded(t)
				tail := &memoryTail{memory: m}
				tail.follow(0)
				lists := search.NewChooser(search.ChooserConfig{Index: &slowEngine{m, test.index, test.err}, Fallback: &slowEngine{m, test.fallback, test.err},
					Progress: reachedProgress{m.version}, Log: tail})
				handler := withCache(t, api.Config{Catalogue: &choosing{m, lists}, Versions: m, Logger: quiet()}, tail)
				for _, header := range []http.Header{nil, {"Min-Version": {"1"}}} { // an answer for all, and one by itself
					r := httptest.NewRequest(http.MethodGet, test.target, nil)
					r.Header = header.Clone()
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, r)
					if w.Code != test.want {
						t.Errorf("with %v: got %d, want %d: %s", header, w.Code, test.want, w.Body)
					}
				}
			})
		})
	}
}
