package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"marquee/api"
	"marquee/cache"
	"marquee/storage"
	"marquee/storage/edit"
)

// lostTail is the tail of a log that cannot be read.
type lostTail struct{ *memoryTail }

func (lostTail) Current() bool { return false }

// spent is a catalogue in which every user is over quota.
type spent struct{ *memory }

func (spent) Write(context.Context, *edit.Write) (*edit.Written, error) {
	return nil, &storage.Error{Code: storage.QuotaExceeded, Detail: "ed has stored 90 of 100 bytes"}
}

// Events of the API and of the cache in front mark a status of 5xx that the caller
// caused. A version that this process may not know yet is not the caller's fault.
func TestEventsMarkCallerFaults(t *testing.T) {
	t.Parallel()
	_, m := seeded(t)
	tail := &memoryTail{memory: m}
	tail.follow(0)
	for _, c := range []struct {
		name           string
		tail           api.Tail
		method, header string
		value          string
		before, status int // before is what the same gets first, 0 when it is asked once
		callerFault    bool
	}{
		{"a signed request over its limit", tail, "GET", "Authorization", "OAuth oauth_signature=x", 401, 503, true},
		{"a version of the future", tail, "GET", "Min-Version", "1000", 0, 503, true},
		{"a version that was not read yet", lostTail{tail}, "GET", "Min-Version", "1000", 0, 503, false},
		{"a quota", tail, "POST", "Authorization", "Bearer " + editorToken, 0, 507, true},
		{"a read", tail, "GET", "Accept", "*/*", 0, 200, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var events []api.Event
			var cached []cache.Event
			config := api.Config{
				Catalogue: spent{m}, Versions: m, Logger: quiet(), VersionWait: time.Millisecond, Freshness: api.NewFreshness(c.tail, nil),
				Limits: &api.Limits{Limiter: stopped(), Address: 3}, Observe: func(e api.Event) { events = append(events, e) },
			}
			origin := api.New(config)
			handler, err := cache.New(cache.Config{Next: origin, Plan: origin.Plan, Checker: config.Freshness, Observe: func(e cache.Event) { cached = append(cached, e) }})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := handler.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			asked := client{t: t, handler: handler}
			if c.before != 0 {
				asked.do(c.method, "/2.0/movies", "", c.header, c.value).want(c.before)
				events, cached = nil, nil
			}
			asked.do(c.method, "/2.0/movies", `{"movie":{"title":"Heat"}}`, c.header, c.value).want(c.status)
			if len(events) != 1 || events[0].CallerFault != c.callerFault {
				t.Errorf("events of the API: got %+v", events)
			}
			if reads := c.method == http.MethodGet; (len(cached) > 0) != reads || reads && (cached[0].Status != c.status || cached[0].CallerFault != c.callerFault) {
				t.Errorf("events of the cache: got %+v", cached)
			}
		})
	}
}
