package warm

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A page with more than a 64th of all requests is among the popular ones, whatever else is
// asked for, and the memory stays bounded.
func TestPopularPagesAreFoundInAFlood(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := newAsked(func(string) bool { return true })
		hot := rapid.IntRange(1, 10).Draw(t, "hot pages")
		every := rapid.IntRange(2, 5).Draw(t, "one of how many requests is for a hot page")
		for i := range 5000 {
			target := "/cold?" + strconv.Itoa(i)
			if i%every == 0 {
				target = "/hot?" + strconv.Itoa(i/every%hot)
			}
			a.Count("set", target, Miss)
		}
		popular := a.popular(&Set{Name: "set"}, time.Now())
		for i := range hot {
			if target := "/hot?" + strconv.Itoa(i); !slices.Contains(popular, target) {
				t.Errorf("%s is not among %v", target, popular)
			}
		}
		if n := len(*a.existing("set").pages.Load()); n > maxCounted {
			t.Errorf("got %d pages, want at most %d", n, maxCounted)
		}
	})
}

// Sets that do not exist, or too many, are not counted.
func TestCountedSetsAreBounded(t *testing.T) {
	t.Parallel()
	a := newAsked(func(set string) bool { return set != "unknown" })
	for range 10 {
		a.Count("unknown", "/", Hit)
	}
	for i := range 2 * maxSets {
		a.Count(strconv.Itoa(i), "/", Hit)
	}
	if a.existing("unknown") != nil || a.size != maxSets {
		t.Errorf("got %d sets, want %d, without the unknown one", a.size, maxSets)
	}
	for range 2 {
		a.age()
	}
	a.Count("late", "/", Hit)
	if a.size != 1 {
		t.Errorf("got %d sets after some minutes, want the one that is asked for", a.size)
	}
}

// Requests lose their weight: half of it in each step.
func TestRequestsAge(t *testing.T) {
	t.Parallel()
	a := newAsked(func(string) bool { return true })
	for range 100 {
		a.Count("set", "/old", Miss)
	}
	a.age()
	for range 60 {
		a.Count("set", "/new", Miss)
	}
	if got := a.popular(&Set{Name: "set"}, time.Now()); !slices.Equal(got, []string{"/new", "/old"}) || a.requests("set") != 110 {
		t.Errorf("got %v with %d requests, want /new first, and 110", got, a.requests("set"))
	}
}

// Every request for a set is counted once, apart or with the others, and no number
// decreases, however the labels move.
func TestResultsBySet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := newAsked(func(string) bool { return true })
		served := func() (labels map[string]int64, sums [results]int64) {
			labels = map[string]int64{}
			a.Served(func(set string, as Result, n int64) {
				labels[set] += n
				sums[as] += n
			})
			return labels, sums
		}
		set := rapid.Map(rapid.IntRange(0, 2*maxLabels), func(i int) string { return fmt.Sprint("set", i) })
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			before, _ := served()
			var active []Set
			for _, name := range rapid.SliceOfNDistinct(set, 0, 2*maxLabels, rapid.ID).Draw(t, "active") {
				active = append(active, Set{Name: name})
			}
			a.label(active)
			_, want := served()
			for _, name := range rapid.SliceOf(set).Draw(t, "requests") {
				as := Result(rapid.IntRange(0, int(results)-1).Draw(t, "result"))
				a.Count(name, "/", as)
				want[as]++
			}
			labels, got := served()
			if got != want {
				t.Errorf("got %d requests by result, want %d", got, want)
			}
			if len(labels) > maxLabels+1 {
				t.Errorf("got %d labels, want at most %d and the others", len(labels), maxLabels)
			}
			for name, n := range before {
				if got, still := labels[name]; still && got < n {
					t.Errorf("%q decreases from %d to %d", name, n, got)
				}
			}
		}
	})
}

func TestCountsFromManyGoroutines(t *testing.T) {
	t.Parallel()
	a := newAsked(func(string) bool { return true })
	a.Count("set", "/", Hit)
	a.label([]Set{{Name: "set"}})
	var counting sync.WaitGroup
	for g := range 4 {
		counting.Go(func() {
			for i := range 1000 {
				a.Count("set", "/", Hit)
				a.Count("set", "/"+strconv.Itoa(g*1000+i), Miss)
			}
		})
	}
	counting.Wait()
	a.Served(func(set string, as Result, n int64) {
		if want := [results]int64{Hit: 4000, Miss: 4000}[as]; set == "set" && n != want {
			t.Errorf("got %d requests with result %d, want %d", n, as, want)
		}
	})
	if n := len(*a.existing("set").pages.Load()); n > maxCounted {
		t.Errorf("got %d pages, want at most %d", n, maxCounted)
	}
}
