package flight

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// outcome is a text or an error.
type outcome struct {
	text string
	err  error
}

const timeout = 10 * time.Second

func newGroup() *Group[outcome] {
	return NewGroup(func(err error) outcome { return outcome{err: err} })
}

func nothing() (outcome, bool) { return outcome{}, false }

// lead joins a flight that must be new.
func (g *Group[T]) lead(ctx context.Context, t *testing.T, target string) *Flight[T] {
	t.Helper()
	f, leads := g.Join(ctx, target, timeout)
	if !leads {
		t.Fatalf("a flight to %s is under way", target)
	}
	return f
}

// expect waits for an outcome of a flight.
func expect(t *testing.T, g *Group[outcome], f *Flight[outcome], want outcome) {
	t.Helper()
	if got, err := g.Wait(t.Context(), f, nothing); got.text != want.text || !errors.Is(got.err, want.err) || err != nil {
		t.Errorf("got %+v and error %v, want %+v", got, err, want)
	}
}

func TestClientsShareAFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		f := g.lead(t.Context(), t, "/film")
		g.Start(f, func(context.Context) {
			time.Sleep(time.Second / 2)
			g.Land(f, outcome{text: "one"})
		})
		joined, leads := g.Join(t.Context(), "/film", timeout)
		if joined != f || leads || g.Flight("/film") != f || g.Flight("/other") != nil {
			t.Error("the second client does not join the first one's flight")
		}
		expect(t, g, joined, outcome{text: "one"})
		g.Land(g.lead(t.Context(), t, "/film"), outcome{text: "two"}) // a later client begins another
	})
}

// A read goes on when the client that began it leaves.
func TestReadOutlivesItsFirstClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		ctx, leave := context.WithCancel(t.Context())
		f := g.lead(ctx, t, "/film")
		g.Start(f, func(ctx context.Context) {
			time.Sleep(time.Second / 2)
			g.Land(f, outcome{text: "one", err: ctx.Err()})
		})
		leave()
		if _, err := g.Wait(ctx, f, nothing); !errors.Is(err, context.Canceled) {
			t.Errorf("the client that left: got error %v, want %v", err, context.Canceled)
		}
		expect(t, g, f, outcome{text: "one"})
	})
}

// Wait asks for another outcome after a second, and then four times a second.
func TestWaitTakesAnotherOutcome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		f := g.lead(t.Context(), t, "/film")
		start, asked := time.Now(), 0
		got, err := g.Wait(t.Context(), f, func() (outcome, bool) {
			asked++
			return outcome{text: "stored"}, asked == 3
		})
		if took := time.Since(start); got.text != "stored" || err != nil || took != slowAfter+2*slowAgain {
			t.Errorf("got %+v and error %v after %s", got, err, took)
		}
		g.Land(f, outcome{})
	})
}

// The deadline counts from the start of the flight, and holds for a read that ignores
// it.
func TestDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		f := g.lead(t.Context(), t, "/film")
		g.Start(f, func(ctx context.Context) {
			<-ctx.Done()
			time.Sleep(time.Hour)
			g.Land(f, outcome{})
		})
		start := time.Now()
		time.Sleep(timeout / 2)
		expect(t, g, f, outcome{err: context.DeadlineExceeded})
		if took := time.Since(start); took != timeout {
			t.Errorf("waited until %s after the start, want %s", took, timeout)
		}
		if err := g.Close(t.Context()); err != nil { // ends with the read
			t.Error(err)
		}
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		f := g.lead(t.Context(), t, "/film")
		g.Start(f, func(ctx context.Context) {
			<-ctx.Done()
			g.Land(f, outcome{err: ctx.Err()})
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a flight under way: got error %v, want %v", err, context.DeadlineExceeded)
		}
		expect(t, g, f, outcome{err: context.Canceled})
		if err := g.Close(t.Context()); err != nil {
			t.Errorf("without one: got error %v", err)
		}
		late := g.lead(t.Context(), t, "/film")
		g.Start(late, func(context.Context) { t.Error("a closed group reads") })
		expect(t, g, late, outcome{err: http.ErrServerClosed})
	})
}
