package cache_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// turning is a catalogue with one collection, and two processes that share a Redis and a
// clock.
type turning struct {
	clock atomic.Pointer[time.Time]
	sides [2]*fixture.Server
	// operators are the addresses of the sides for operators.
	operators [2]fixture.Site
	editor    fixture.Site
}

const (
	independence = "/collections/independence-day"
	// popular is a page of the films that readers ask for before the start.
	popular = independence + "/movies?limit=5"
)

// turningPages are 200 while the collection is active, and 404 before and after.
var turningPages = []string{independence, independence + "/movies", independence + "/movies?offset=10", popular}

func newTurning(t *testing.T, now time.Time) *turning {
	t.Helper()
	c := new(turning)
	c.set(now)
	e := fixture.Catalogue(t)
	e["MARQUEE_REDIS_URL"] = devstack.StartRedis(t).URL()
	token := fixture.NewToken(t, e)
	for i := range c.sides {
		c.sides[i] = fixture.StartAt(t, e, func() time.Time { return *c.clock.Load() }, "api", "--listen", "127.0.0.1:0")
		c.operators[i] = fixture.AdminSite(t, c.sides[i].Stderr.String)
	}
	c.editor = c.sides[0].WithToken(token)
	for i := range 15 {
		c.editor.Post(t, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Freedom %d","release_year":1947}}`, i))
	}
	c.editor.Post(t, "/2.0/collections", `{"collection":{"name":"Independence Day","query":"year=1947","pins":["3"],
		"periods":[{"from":"2026-08-15T00-00","to":"2026-08-15T23-59"}]}}`)
	return c
}

// set sets the clock of both processes.
func (c *turning) set(now time.Time) { c.clock.Store(&now) }

// read reads a page as the public does. It returns the answer, and whether it was a hit.
func (c *turning) read(t *testing.T, side int, path string) (a *fixture.Answer, hit bool) {
	t.Helper()
	a, err := c.sides[side].Public().Ask(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return a, strings.HasPrefix(a.Header.Get("Cache-Status"), "Marquee; hit;")
}

// expect reads the pages on both sides. They must have a status, and the list of collections
// must show the collection if it is 200.
func (c *turning) expect(t *testing.T, when string, status int) {
	t.Helper()
	c.each(t, when, status, false)
}

// expectHits is expect for pages that must be hits, each at the first request since something
// happened.
func (c *turning) expectHits(t *testing.T, when string, status int) {
	t.Helper()
	c.each(t, when, status, true)
}

func (c *turning) each(t *testing.T, when string, status int, hits bool) {
	t.Helper()
	for side := range c.sides {
		for _, path := range turningPages {
			if a, hit := c.read(t, side, path); hits && !hit || a.Status != status {
				t.Errorf("%s: %s on process %d: got status %d, want %d; Cache-Status %q", when, path, side, a.Status, status, a.Header.Get("Cache-Status"))
			}
		}
		a, hit := c.read(t, side, "/collections")
		if listed := a.Number(t, "meta.total") == 1; hits && !hit || listed != (status == http.StatusOK) {
			t.Errorf("%s: the list on process %d: got %s, Cache-Status %q", when, side, a.Body, a.Header.Get("Cache-Status"))
		}
	}
}

// metric returns the value of a series of a side.
func (c *turning) metric(t *testing.T, side int, series string) int {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (\d+)$`).FindSubmatch(c.operators[side].Get(t, "/metrics").Body)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(found[1]))
	return n
}

// ready returns an error unless a side has all pages of a kind.
func (c *turning) ready(t *testing.T, side int, kind string, pages int) error {
	t.Helper()
	label := `{kind="` + kind + `"}`
	if ready, wanted := c.metric(t, side, "marquee_warm_pages"+label), c.metric(t, side, "marquee_warm_pages_wanted"+label); ready != pages || wanted != pages {
		return fmt.Errorf("process %d has %d of %d pages for %s, want %d", side, ready, wanted, kind, pages)
	}
	return nil
}

// await waits until both sides have all pages of a kind.
func (c *turning) await(t *testing.T, kind string, pages int) {
	t.Helper()
	for side := range c.sides {
		await.Nil(t, func() error { return c.ready(t, side, kind, pages) })
	}
}

// The first request after a start, after a write that touches the pages, and after an end is
// a hit on every process, and none of them comes before its time.
func TestCollectionsTurnWarm(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 8, 15, 0, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 0, 1)
	c := newTurning(t, start.Add(-time.Hour))
	c.expect(t, "an hour before the start", http.StatusNotFound)
	pages := len(turningPages) + 1
	c.set(start.Add(-10 * time.Second))
	for side := range c.sides {
		await.Nil(t, func() error { // the processes learn of the collection, and that readers ask for the popular page
			c.read(t, side, popular)
			return c.ready(t, side, "turn", pages)
		})
	}
	for _, s := range c.sides {
		plan := s.WithToken(c.editor.Token).Get(t, "/2.0"+independence+"/plan")
		if plan.Number(t, "plan.movies") != 15 || plan.At(t, "plan.periods.0.from") != "2026-08-15T00-00-00" {
			t.Errorf("got the plan %s", plan.Body)
		}
		fixture.Contains(t, string(plan.Body), `/movies?offset=10","bytes":`, `"kept":true`, `"problems":[]`)
		fixture.Lacks(t, string(plan.Body), `"kept":false`)
	}
	c.set(start.Add(-time.Nanosecond))
	c.expect(t, "just before the start", http.StatusNotFound)
	c.set(start)
	c.expectHits(t, "at the start", http.StatusOK)

	c.await(t, "now", pages)
	const reads = `marquee_warm_duration_seconds_count{kind="now"}`
	before := [2]int{c.metric(t, 0, reads), c.metric(t, 1, reads)}
	c.editor.Do(t, http.MethodPut, "/2.0/movies/3", `{"movie":{"title":"Freedom at Midnight"}}`, http.StatusOK)
	for side := range c.sides {
		await.True(t, "a page is read again", func() bool { return c.metric(t, side, reads) > before[side] })
	}
	c.await(t, "now", pages)
	c.expectHits(t, "after a write", http.StatusOK)
	for side := range c.sides {
		if a, _ := c.read(t, side, independence+"/movies"); a.At(t, "movies.0.title") != "Freedom at Midnight" {
			t.Errorf("after a write: got %.300s", a.Body)
		}
	}

	c.set(end.Add(-10 * time.Second))
	c.await(t, "turn", pages)
	c.await(t, "now", pages) // in the same round, or a later one
	c.set(end.Add(-time.Nanosecond))
	c.expectHits(t, "just before the end", http.StatusOK)
	c.set(end)
	c.expectHits(t, "at the end", http.StatusNotFound)
}
