package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/api"
	"marquee/cache/plan"
	"marquee/storage"
)

// prospects returns a client of seeded at noon of 2026-08-01, behind a cache that has the
// answers of one target at one instant.
func prospects(t *testing.T, target string, at time.Time) (*client, *memory) {
	t.Helper()
	c, m := seeded(t)
	c.handler = api.New(api.Config{
		Catalogue: m, Logger: quiet(), Now: func() time.Time { return time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC) },
		Stored: func(asked string, instant time.Time) plan.Stored {
			if asked == target && instant.Equal(at) {
				return plan.Stored{Servable: true, Status: http.StatusOK}
			}
			return plan.Stored{Servable: true, Status: http.StatusNotFound}
		},
	})
	return c, m
}

const heists = "/2.0/collections/heist-night"

// look reads as an editor.
func (c *client) look(target string) *answer {
	c.t.Helper()
	return c.write("GET", target, "")
}

func TestPlanOfACollection(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 8, 15, 0, 0, 0, 0, time.UTC)
	c, _ := prospects(t, heists+"/movies", start)
	for i := range 9 {
		c.post("/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Freedom %d","release_year":1947}}`, i))
	}
	c.put(`{"query":"sort=title","pins":["2"],"hidden":["1"],"periods":[{"from":"2026-08-15T00-00","to":"2026-08-15T23-59"},{"every":"year","from":"01-01T00-00","to":"01-01T00-00"}]}`)
	a := c.look(heists + "/plan").want(http.StatusOK)
	if got := a.header.Get("Cache-Control"); got != "private, max-age=0, must-revalidate" {
		t.Errorf("got Cache-Control %q", got)
	}
	sizes := make([]string, 3)
	for i, target := range []string{heists, heists + "/movies", heists + "/movies?offset=10"} {
		at := "?at="
		if i == 2 {
			at = "&at="
		}
		sizes[i] = fmt.Sprint(len(c.look(target + at + "2026-08-15T00-00").want(http.StatusOK).body))
	}
	want := `{"meta":{},"plan":{"at":"2026-08-01T12-00-00","movies":11,"periods":[{"from":"2026-08-15T00-00-00","to":"2026-08-15T23-59-59"},` +
		`{"from":"2027-01-01T00-00-00","to":"2027-01-01T00-00-59"},{"from":"2028-01-01T00-00-00","to":"2028-01-01T00-00-59"},` +
		`{"from":"2029-01-01T00-00-00","to":"2029-01-01T00-00-59"},{"from":"2030-01-01T00-00-00","to":"2030-01-01T00-00-59"}],` +
		`"pages":[{"url":"` + heists + `","bytes":` + sizes[0] + `,"kept":false},{"url":"` + heists + `/movies","bytes":` + sizes[1] + `,"kept":true},` +
		`{"url":"` + heists + `/movies?offset=10","bytes":` + sizes[2] + `,"kept":false}],"problems":[]}}`
	if diff := cmp.Diff(want, string(a.body)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	later := c.look(heists + "/plan?at=2026-08-15T12-00-30").want(http.StatusOK)
	if got := later.at("plan", "at"); got != "2026-08-15T12-00-30" {
		t.Errorf("got at %v", got)
	}
	if got := later.at("plan", "periods"); !strings.Contains(fmt.Sprint(got), "2026-08-15T23-59-59") {
		t.Errorf("got periods %v, want first the one that holds", got)
	}
	if got := fmt.Sprint(c.look(heists+"/plan?at=2031-01-02T00-00").at("plan", "periods")); strings.Contains(got, "2031") {
		t.Errorf("got periods %v, want only those that hold or come", got)
	}
}

func TestProblemsOfACollection(t *testing.T) {
	t.Parallel()
	c, m := prospects(t, "", time.Time{})
	const year, week, day = `{"every":"year","from":"12-20T00-00","to":"01-06T23-59"}`, `{"from":"2026-12-28T00-00","to":"2027-01-03T23-59"}`, `{"from":"2027-01-07T00-00","to":"2027-01-07T23-59"}`
	for _, tt := range []struct {
		name, collection string
		problems         []any
	}{
		{"none", `{"query":"genres=action","pins":["2"],"hidden":["3"],"periods":[]}`, []any{}},
		{"an empty list", `{"query":null,"pins":[],"hidden":[]}`, []any{"the list is empty: no film is pinned and shown, and the query finds none"}},
		{"a query that finds nothing", `{"query":"year=1900"}`, []any{"the list is empty: no film is pinned and shown, and the query finds none"}},
		{"periods that overlap", `{"query":"genres=action","periods":[` + day + `,` + year + `,` + week + `]}`, []any{"periods 2 and 3 overlap"}},
		{"periods that adjoin", `{"periods":[` + day + `,` + year + `]}`, []any{}},
		{"pins that are hidden", `{"pins":["3","1","2"],"hidden":["2","3"],"periods":[]}`, []any{"pins are hidden: 3, 2"}},
	} {
		c.put(tt.collection)
		if diff := cmp.Diff(tt.problems, c.look(heists+"/plan").want(http.StatusOK).at("plan", "problems")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	c.put(`{"query":"genres=action,drama","pins":[],"hidden":[]}`)
	delete(m.objects[storage.Genre], "drama")
	if diff := cmp.Diff([]any{`the query names the genre "drama", which no longer exists`}, c.look(heists+"/plan").at("plan", "problems")); diff != "" {
		t.Errorf("a genre that is gone (-want +got):\n%s", diff)
	}
}

func TestPlanIsForEditors(t *testing.T) {
	t.Parallel()
	c, _ := prospects(t, "", time.Time{})
	public := &client{t: t, handler: c.handler}
	public.look(heists + "/plan").refused(http.StatusUnauthorized)
	public.look(heists + "/plan?at=2026-08-15T00-00").refused(http.StatusUnauthorized)
	c.look("/2.0/collections/unknown/plan").refused(http.StatusNotFound)
	if got := c.look(heists + "/plan?at=2026-13-01T00-00&fields=name").refused(http.StatusBadRequest).places(); len(got) != 2 {
		t.Errorf("got faults at %v, want at and fields", got)
	}
}
