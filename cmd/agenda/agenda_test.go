package agenda

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/api"
	"marquee/api/route"
	"marquee/cache"
	"marquee/cache/warm"
	"marquee/storage"
	"marquee/storage/period"
	"marquee/storage/schedule"
)

// catalogue is a change log and its calendar.
type catalogue struct {
	changes  []*storage.Noun // of version i+1
	calendar *schedule.Calendar
	reads    int
	err      error
}

func (c *catalogue) Calendar(context.Context) (*schedule.Calendar, error) {
	c.reads++
	return c.calendar, c.err
}

func (c *catalogue) Version() int64  { return int64(len(c.changes)) }
func (c *catalogue) Required() int64 { return 0 }

func (c *catalogue) Between(from, to int64, visit func(*storage.Change) bool) (known bool) {
	for version := from + 1; version <= to; version++ {
		if !visit(&storage.Change{Version: version, Noun: c.changes[version-1]}) {
			break
		}
	}
	return true
}

// write changes the periods of collections: from and to, as civil times in UTC.
func (c *catalogue) write(t *testing.T, collections map[string][][2]string) {
	t.Helper()
	c.changes = append(c.changes, storage.Collection)
	all := map[string][]period.Period{}
	for id, spans := range collections {
		all[id] = []period.Period{}
		for _, span := range spans {
			p, faults := period.Parse(period.Form{From: span[0], To: span[1]})
			if faults != nil {
				t.Fatal(faults)
			}
			all[id] = append(all[id], p)
		}
	}
	c.calendar = schedule.New(schedule.Stamp{Version: c.Version(), Count: len(all)}, all)
}

// at returns a time on the day of the tests.
func at(hour, minute, second int) time.Time {
	return time.Date(2026, 8, 15, hour, minute, second, 0, time.UTC)
}

// sets returns the sets of an agenda by name, with what the tests compare.
func sets(t *testing.T, a *Agenda, now time.Time) map[string]string {
	t.Helper()
	found, err := a.Sets(t.Context(), now, now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range found {
		got[s.Name] = fmt.Sprintf("active %v", s.Active)
		if !s.Since.IsZero() {
			got[s.Name] += " since " + s.Since.Format(time.TimeOnly)
		}
		if !s.Turn.IsZero() {
			got[s.Name] += ", turns at " + s.Turn.Format(time.TimeOnly)
		}
	}
	return got
}

func TestSetsFollowTheClock(t *testing.T) {
	t.Parallel()
	c := new(catalogue)
	c.write(t, map[string][][2]string{
		"always": nil, "day": {{"2026-08-15T10-00", "2026-08-15T11-59"}}, "noon": {{"2026-08-15T12-00", "2026-08-15T12-00"}},
		"past": {{"2025-08-15T12-00", "2025-08-15T12-00"}},
	})
	a := New(c, c)
	for _, step := range []struct {
		now  time.Time
		want map[string]string
	}{
		{at(9, 58, 59), map[string]string{"": "active true", "always": "active true"}},
		{at(9, 59, 0), map[string]string{"": "active true, turns at 10:00:00", "always": "active true", "day": "active false, turns at 10:00:00"}},
		{at(10, 0, 0), map[string]string{"": "active true", "always": "active true", "day": "active true since 10:00:00"}},
		{at(11, 59, 30), map[string]string{"": "active true, turns at 12:00:00", "always": "active true",
			"day": "active true since 10:00:00, turns at 12:00:00", "noon": "active false, turns at 12:00:00"}},
		{at(12, 0, 0), map[string]string{"": "active true, turns at 12:01:00", "always": "active true", "noon": "active true since 12:00:00, turns at 12:01:00"}},
		{at(10, 30, 0), map[string]string{"": "active true", "always": "active true", "day": "active true since 10:00:00"}}, // the clock was set back
		{at(12, 1, 0), map[string]string{"": "active true", "always": "active true"}},
	} {
		if diff := cmp.Diff(step.want, sets(t, a, step.now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.now.Format(time.TimeOnly), diff)
		}
	}
	if c.reads != 1 {
		t.Errorf("got %d reads of the calendar, want 1", c.reads)
	}
}

func TestCalendarIsReadWhenACollectionChanges(t *testing.T) {
	t.Parallel()
	c := new(catalogue)
	c.write(t, map[string][][2]string{"one": nil})
	a := New(c, c)
	expect := func(reads int, names ...string) {
		t.Helper()
		got := sets(t, a, at(9, 0, 0))
		for _, name := range append(names, "") {
			if got[name] == "" || !a.Known(name) {
				t.Errorf("%q is not known, or has no set", name)
			}
		}
		if len(got) != len(names)+1 || c.reads != reads {
			t.Errorf("got %v after %d reads, want %q after %d", got, c.reads, names, reads)
		}
	}
	expect(1, "one")
	c.changes = append(c.changes, storage.Movie, storage.Genre)
	expect(1, "one")
	c.write(t, map[string][][2]string{"one": nil, "two": nil})
	expect(2, "one", "two")
	c.write(t, map[string][][2]string{"two": nil})
	c.err = errors.New("the database is gone")
	if _, err := a.Sets(t.Context(), at(9, 0, 0), at(9, 1, 0)); !errors.Is(err, c.err) {
		t.Errorf("got error %v, want %v", err, c.err)
	}
	c.err = nil
	expect(4, "two")
	if a.Known("one") {
		t.Error("a collection that was deleted is known")
	}
}

func TestPagesOfASet(t *testing.T) {
	t.Parallel()
	c := new(catalogue)
	c.write(t, map[string][][2]string{"noir": nil})
	found, err := New(c, c).Sets(t.Context(), at(9, 0, 0), at(9, 1, 0))
	if err != nil || len(found) != 2 {
		t.Fatalf("got %v, error %v, want two sets", found, err)
	}
	want := warm.Set{Name: "noir", Pages: []string{"/2.0/collections/noir"}, Active: true, Series: []string{
		"/2.0/collections/noir/movies", "/2.0/collections/noir/movies?offset=10", "/2.0/collections/noir/movies?offset=20", "/2.0/collections/noir/movies?offset=30",
		"/2.0/collections/noir/movies?offset=40", "/2.0/collections/noir/movies?offset=50", "/2.0/collections/noir/movies?offset=60",
		"/2.0/collections/noir/movies?offset=70", "/2.0/collections/noir/movies?offset=80", "/2.0/collections/noir/movies?offset=90",
	}}
	if diff := cmp.Diff(want, found[1]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := []string{"/2.0/collections"}; !slices.Equal(found[0].Pages, want) {
		t.Errorf("got %q, want %q", found[0].Pages, want)
	}
}

// Requests count for the collection that they name, as hits or misses of their route.
func TestRequests(t *testing.T) {
	t.Parallel()
	numbers := map[string]int{}
	for _, r := range route.Table() {
		numbers[r.Template] = r.Number
	}
	c := new(catalogue)
	c.write(t, map[string][][2]string{"noir": nil})
	a := New(c, c)
	_ = sets(t, a, at(9, 0, 0))
	w := warm.New(warm.Config{Cache: &cache.Handler{}, Agenda: a})
	q := NewRequests(w.Asked())
	const object, films = "/2.0/collections/{collection_id}", "/2.0/collections/{collection_id}/movies"
	for _, e := range []cache.Event{
		{Result: cache.Hit, RouteNumber: numbers[object], Target: "/2.0/collections/noir"},
		{Result: cache.HitShared, RouteNumber: numbers[films], Target: "/2.0/collections/noir/movies?offset=10"},
		{Result: cache.Touched, RouteNumber: numbers[object], Target: "/2.0/collections/noir?fields=name"},
		{Result: cache.Collapsed, RouteNumber: numbers[films], Target: "/2.0/collections/noir/movies"},
		{Result: cache.Bypassed, RouteNumber: numbers[object], Target: "/2.0/collections/noir"},
		{Result: cache.Missed, RouteNumber: numbers[object], Target: "/2.0/collections/unknown"},
		{Result: cache.Hit, RouteNumber: numbers[api.CollectionsTarget], Target: "/2.0/collections?limit=5"},
		{Result: cache.Hit, RouteNumber: numbers["/2.0/movies/{movie_id}"], Target: "/2.0/movies/1"},
		{Result: cache.SharedWritten},
	} {
		e.Method = http.MethodGet
		q.Cached(e)
	}
	w.Asked().Served(func(set string, as warm.Result, n int64) {
		if want := map[warm.Result]int64{warm.Hit: 3, warm.Collapsed: 1, warm.Miss: 1}[as]; set != "" || n != want {
			t.Errorf("%q: got %d requests with result %d, want %d", set, n, as, want)
		}
	})
}
