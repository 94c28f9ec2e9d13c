package fallback_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"marquee/storage"
	"marquee/storage/fallback"
)

// server is a preferred server that answers as a test chooses.
type server struct {
	*fallback.Preferred
	answer func(ctx context.Context) error
	ready  func(ctx context.Context) bool
	asked  int
	log    strings.Builder
}

func newServer() *server {
	s := &server{answer: func(context.Context) error { return nil }}
	s.Preferred = fallback.New(fallback.Config{Opened: "opened", Closed: "closed", Failed: "failed", Logger: slog.New(slog.NewTextHandler(&s.log, nil))})
	return s
}

// ask asks the server and counts the result.
func (s *server) ask(ctx context.Context, patient bool) error {
	_, err := fallback.Ask(ctx, s.Preferred, fallback.Request[int]{Ready: s.ready, Patient: patient, Attributes: []any{"what", "test"},
		Ask: func(ctx context.Context) (int, error) {
			s.asked++
			return 1, s.answer(ctx)
		}})
	s.Count(err)
	return err
}

func down(context.Context) error { return storage.Errorf(storage.Unavailable, "down") }

func hung(ctx context.Context) error {
	<-ctx.Done()
	return &storage.Error{Code: storage.Unavailable, Err: ctx.Err()}
}

// fails makes an answer that wraps a reason.
func fails(reason error) func(context.Context) error {
	return func(context.Context) error { return fmt.Errorf("%w: it did not work", reason) }
}

func TestBreakerOpensAfterThreeFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.answer = down
		for range 5 {
			if err := s.ask(t.Context(), false); fallback.Answered(err) {
				t.Errorf("got %v, want a failure", err)
			}
		}
		if s.asked != 3 || !s.Degraded() {
			t.Errorf("asked %d times, degraded %v; want 3, true", s.asked, s.Degraded())
		}
		s.answer = func(context.Context) error { return nil }
		time.Sleep(1100 * time.Millisecond)
		if err := s.ask(t.Context(), false); err != nil || s.Degraded() {
			t.Errorf("after a second: got %v, degraded %v; want nil, false", err, s.Degraded())
		}
		if got, want := s.Stats(), (fallback.Stats{Preferred: 1, Failed: 5}); got != want {
			t.Errorf("Stats() = %+v, want %+v", got, want)
		}
		for _, want := range []string{"level=WARN msg=failed what=test err=down", "level=WARN msg=opened", "level=INFO msg=closed"} {
			if !strings.Contains(s.log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, s.log.String())
			}
		}
	})
}

// An open breaker needs proof of health: an answer, even a late one, but not a
// request that was never sent.
func TestProbe(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer func(context.Context) error
		ready  func(context.Context) bool
		closes bool
	}{
		"an answer":                     {answer: func(context.Context) error { return nil }, closes: true},
		"an object that does not exist": {answer: func(context.Context) error { return storage.Errorf(storage.NotFound, "no") }, closes: true},
		"an answer that lags":           {answer: fails(fallback.ErrLagging), closes: true},
		"a server that is not ready":    {ready: func(context.Context) bool { return false }},
		"an inconclusive failure":       {answer: fails(fallback.ErrInconclusive)},
		"a failure":                     {answer: down},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				s.answer = down
				for range 3 {
					_ = s.ask(t.Context(), false)
				}
				time.Sleep(1100 * time.Millisecond)
				s.answer, s.ready = test.answer, test.ready
				_ = s.ask(t.Context(), false)
				if s.Degraded() == test.closes {
					t.Errorf("Degraded() = %v, want %v", s.Degraded(), !test.closes)
				}
			})
		})
	}
}

// No client can open the breaker.
func TestInconclusiveFailures(t *testing.T) {
	t.Parallel()
	left, leave := context.WithCancel(context.Background())
	leave()
	for name, test := range map[string]struct {
		ctx    context.Context
		answer func(context.Context) error
		opens  bool
	}{
		"no answer":            {answer: hung, opens: true},
		"no connection":        {answer: down, opens: true},
		"a refused request":    {answer: func(context.Context) error { return errors.New("400") }},
		"a conflict":           {answer: fails(fallback.ErrInconclusive)},
		"a client that left":   {ctx: left, answer: hung},
		"an expensive request": {answer: func(ctx context.Context) error { return fmt.Errorf("%w: %w", fallback.ErrExpensive, hung(ctx)) }},
		"an expensive request to a server that is down": {
			answer: func(ctx context.Context) error { return fmt.Errorf("%w: %w", fallback.ErrExpensive, down(ctx)) }, opens: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, ctx := newServer(), t.Context()
				if test.ctx != nil {
					ctx = test.ctx
				}
				s.answer = test.answer
				for range 4 {
					_ = s.ask(ctx, false)
				}
				if s.Degraded() != test.opens {
					t.Errorf("Degraded() = %v, want %v", s.Degraded(), test.opens)
				}
			})
		})
	}
}

func TestShareOfTheRequestsTime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		deadline time.Duration
		patient  bool
		want     time.Duration
	}{
		"no deadline":                    {want: time.Second},
		"no deadline, patient":           {patient: true, want: time.Second},
		"a long deadline":                {deadline: 10 * time.Second, want: time.Second},
		"a long deadline, patient":       {deadline: 10 * time.Second, patient: true, want: 4 * time.Second},
		"two fifths of a short deadline": {deadline: 500 * time.Millisecond, want: 200 * time.Millisecond},
		"a short deadline, patient":      {deadline: 500 * time.Millisecond, patient: true, want: 200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, ctx := newServer(), t.Context()
				if test.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.deadline)
					defer cancel()
				}
				// Waiting until the server is ready is not the server's time.
				s.ready = func(context.Context) bool { time.Sleep(50 * time.Millisecond); return true }
				s.answer = hung
				began := time.Now()
				_ = s.ask(ctx, test.patient)
				if got := time.Since(began) - 50*time.Millisecond; got != test.want {
					t.Errorf("the server had %v, want %v", got, test.want)
				}
			})
		})
	}
}

func TestCountsByOutcome(t *testing.T) {
	t.Parallel()
	s := newServer()
	for _, err := range []error{nil, storage.Errorf(storage.NotFound, "no"), fmt.Errorf("%w by 3", fallback.ErrLagging), errors.New("400")} {
		s.Count(err)
	}
	if got, want := s.Stats(), (fallback.Stats{Preferred: 2, Lagging: 1, Failed: 1}); got != want {
		t.Errorf("Stats() = %+v, want %+v", got, want)
	}
}

func TestLagRemembersTheLastPosition(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l fallback.Lag[int]
		if _, _, ok := l.Last(); ok {
			t.Error("Last() of a server that never lagged: got ok")
		}
		l.Saw(7)
		time.Sleep(time.Second)
		if p, ago, ok := l.Last(); p != 7 || ago != time.Second || !ok {
			t.Errorf("Last() = %d, %v, %v; want 7, 1s, true", p, ago, ok)
		}
	})
}
