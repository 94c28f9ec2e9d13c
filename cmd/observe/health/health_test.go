package health

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/api"
)

// noFlags registers nothing.
type noFlags struct{}

func (noFlags) Flag(string, string, func() bool, ...string) {}

func newMonitor() *Monitor { return New(noFlags{}, slog.New(slog.DiscardHandler)) }

func TestReportFollowsPhases(t *testing.T) {
	t.Parallel()
	h := newMonitor()
	can := true
	h.Answers(func() bool { return can })
	want := func(status api.Status) {
		t.Helper()
		if got := h.Report(t.Context()).Status; got != status {
			t.Errorf("got %s, want %s", got, status)
		}
	}
	want(api.Starting)
	h.Serve()
	want(api.Ready)
	can = false
	want(api.NotReady)
	h.Drain()
	want(api.Draining)
	h.Serve() // too late
	want(api.Draining)
}

// A server that stops answering is down after a ping and its timeout, and up again
// after the next ping. Report does not wait for it.
func TestServerIsPingedInBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMonitor()
		h.Serve()
		var frozen atomic.Bool
		up := h.Server("postgresql", func(ctx context.Context) error {
			if frozen.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		h.Depend("postgresql", UpIf(up))
		h.Mode("kept-answers-only", func() bool { return !up() })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			h.Run(ctx)
		}()
		want := func(state api.State, degraded ...string) {
			t.Helper()
			asked := time.Now()
			report := h.Report(t.Context())
			if time.Since(asked) != 0 {
				t.Error("Report waits for a server")
			}
			if diff := cmp.Diff(&api.Health{Status: api.Ready, Dependencies: map[string]api.State{"postgresql": state}, Degraded: degraded}, report); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		}
		synctest.Wait()
		want(api.Up)
		frozen.Store(true)
		time.Sleep(lookEvery + lookTimeout)
		synctest.Wait()
		want(api.Down, "kept-answers-only")
		frozen.Store(false)
		time.Sleep(lookEvery)
		synctest.Wait()
		want(api.Up)
		stop()
		<-ended
	})
}

// Server logs changes of a server, and not every ping.
func TestServerLogsChanges(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	h := New(noFlags{}, slog.New(slog.NewTextHandler(&log, nil)))
	var down error
	h.Server("redis", func(context.Context) error { return down })
	for _, down = range []error{nil, errors.New("refused"), errors.New("refused"), nil, nil} {
		h.look(t.Context())
	}
	if got := strings.Count(log.String(), "\n"); got != 2 || !strings.Contains(log.String(), "refused") {
		t.Errorf("got %d lines, want 2, one with the cause:\n%s", got, log.String())
	}
}
