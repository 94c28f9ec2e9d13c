package timing

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// Times of calls add up, also while a call runs, and calls at the same time count each.
func TestSpent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := With(t.Context(), "id-1")
		if With(ctx, "id-2") != ctx || From(ctx).ID() != "id-1" {
			t.Error("times began twice")
		}
		Begin(ctx, Redis)
		time.Sleep(time.Second)
		End(ctx, Redis)
		Begin(ctx, PostgreSQL)
		Begin(ctx, PostgreSQL)
		time.Sleep(2 * time.Second)
		End(ctx, PostgreSQL)
		time.Sleep(3 * time.Second)
		want := []Spent{{PostgreSQL, 7 * time.Second}, {Redis, time.Second}}
		if got := From(ctx).Spent(); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		End(ctx, PostgreSQL)
		time.Sleep(time.Hour)
		if got := From(ctx).Spent(); !reflect.DeepEqual(got, want) {
			t.Errorf("after the end: got %v, want %v", got, want)
		}
	})
}

// A request shows the read that it waited for last, and not itself.
func TestFollow(t *testing.T) {
	t.Parallel()
	own, other := From(With(t.Context(), "a")), From(With(t.Context(), "b"))
	own.Follow(own)
	if own.Flight() != nil {
		t.Error("a request follows itself")
	}
	own.Follow(other)
	if own.Flight() != other {
		t.Error("a request does not follow the other")
	}
}

// A context without times records nothing, and allocates nothing.
func TestWithoutTimes(t *testing.T) { // not parallel: allocations of other tests would count
	ctx := context.Background()
	n := testing.AllocsPerRun(100, func() {
		Begin(ctx, Redis)
		End(ctx, Redis)
		From(ctx).Follow(nil)
	})
	if n != 0 || From(ctx).Spent() != nil || From(ctx).Flight() != nil {
		t.Errorf("got %v allocations and the times %v, want none", n, From(ctx).Spent())
	}
}

func TestEveryPartHasAName(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{"": true}
	for p := range parts {
		if seen[p.String()] {
			t.Errorf("part %d: got the name %q, want one of its own", p, p)
		}
		seen[p.String()] = true
	}
}
