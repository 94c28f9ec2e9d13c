package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres/storetest"
)

// ended is a period that is over.
const ended = `{"from":"2001-01-01T00-00","to":"2001-01-01T12-00"}`

// actives is the query for active collections by name.
func actives(at time.Time) *storage.Query {
	return &storage.Query{Noun: storage.Collection, Limit: 10, Order: storage.Order{Sort: &storage.Collection.Sorts[0]},
		Conditions: []storage.Condition{{Filter: &storage.Collection.Filters[0], At: at, Hides: true}}}
}

// The calendar is read again after a write of a collection, whoever wrote, and only then.
func TestCalendarFollowsWrites(t *testing.T) {
	t.Parallel()
	url := devstack.Postgres(t)
	s := storetest.New(t, url)
	other := storetest.Open(t, url, storetest.Key)
	calendar := func() string {
		c, err := s.Calendar(await.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Calendar(await.Context(t))
		if err != nil || again != c {
			t.Errorf("the calendar was read twice, %v", err)
		}
		return fmt.Sprintf("%v %s", c.Active("a", time.Now()), strings.Join(c.Inactive(time.Now()), ","))
	}
	want := func(what, want string) {
		t.Helper()
		if got := calendar(); got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	want("empty", "false ")
	storetest.Create(t, other, storage.Collection, `{"name":"A"}`)
	want("created", "true ")
	storetest.Create(t, other, storage.Collection, `{"name":"B","periods":[`+ended+`]}`)
	want("another", "true b")
	if _, err := storetest.Update(t, other, storage.Collection, "a", `{"periods":[`+ended+`]}`); err != nil {
		t.Fatal(err)
	}
	want("updated", "false a,b")
	if err := storetest.Delete(t, other, storage.Collection, "b", false); err != nil {
		t.Fatal(err)
	}
	want("deleted", "false a")
}

// A page belongs to one state of the database, also while periods change: it never has an
// object whose own periods say that it is not active, and the total and what is missing
// agree with it.
func TestActiveListsShowOneState(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Collection, `{"name":"A"}`)
	written := make(chan error, 1)
	go func() {
		for i := range 200 {
			periods := []string{ended, ""}[i%2]
			if _, err := storetest.Update(t, s, storage.Collection, "a", fmt.Sprintf(`{"periods":[%s],"description":"%d"}`, periods, i)); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	seen := map[string]bool{}
	for {
		q := actives(time.Now())
		q.IDs = []string{"a"}
		page, err := s.List(await.Context(t), q)
		if err != nil {
			t.Fatal(err)
		}
		state := fmt.Sprintf("%d of %d, missing %v", len(page.Objects), page.Total, page.Missing)
		if seen[state] = true; state != "1 of 1, missing []" && state != "0 of 0, missing [a]" {
			t.Fatal(state)
		}
		for _, o := range page.Objects {
			if d, err := storage.ParseDocument(o.Noun, o.Body); err != nil || len(storage.Periods(d)) > 0 {
				t.Fatalf("the page shows %s, %v", o.Body, err)
			}
		}
		select {
		case err := <-written:
			if err != nil {
				t.Fatal(err)
			}
			if len(seen) != 2 {
				t.Errorf("only seen %v", seen)
			}
			return
		default:
		}
	}
}

// A page says until when it is right.
func TestActiveListsSayUntil(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	at := time.Date(2027, 7, 4, 12, 0, 0, 0, time.UTC)
	until := func() time.Time {
		page, err := s.List(await.Context(t), actives(at))
		if err != nil {
			t.Fatal(err)
		}
		return page.Until
	}
	storetest.Create(t, s, storage.Collection, `{"name":"A"}`)
	if got := until(); !got.IsZero() {
		t.Errorf("without periods: %s", got)
	}
	storetest.Create(t, s, storage.Collection, `{"name":"B","periods":[{"from":"2027-08-01T00-00","to":"2027-08-02T00-00"}]}`)
	storetest.Create(t, s, storage.Collection, `{"name":"C","periods":[{"from":"2027-07-01T00-00","to":"2027-07-31T00-00"}]}`)
	if got, want := until(), time.Date(2027, 7, 31, 0, 1, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
