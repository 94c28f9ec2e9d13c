package api

import (
	"net/http"
	"strings"
	"testing"

	"marquee/storage"
)

// A seventh noun has its routes and parameters by being described.
func TestRoutesOfAnotherNoun(t *testing.T) {
	t.Parallel()
	award := &storage.Noun{Name: "award", Plural: "awards", Label: "name", Fields: storage.Genre.Fields, Sorts: storage.Genre.Sorts}
	prize := &storage.Noun{Name: "prize", Plural: "prizes", Parents: []*storage.Noun{award}, Fields: storage.Season.Fields, Sorts: storage.Season.Sorts}
	want := map[string]string{
		"/2.0/award":                               "OPTIONS POST",
		"/2.0/award/{award_id}":                    "DELETE OPTIONS PUT",
		"/2.0/awards":                              "GET HEAD OPTIONS POST",
		"/2.0/awards/{award_id}":                   "DELETE GET HEAD OPTIONS PUT",
		"/2.0/prize":                               "OPTIONS POST",
		"/2.0/prize/{prize_id}":                    "DELETE OPTIONS PUT",
		"/2.0/prizes":                              "GET HEAD OPTIONS",
		"/2.0/prizes/{prize_id}":                   "GET HEAD OPTIONS",
		"/2.0/awards/{award_id}/prizes":            "GET HEAD OPTIONS POST",
		"/2.0/awards/{award_id}/prizes/{prize_id}": "DELETE GET HEAD OPTIONS PUT",
	}
	routes := append(nounRoutes(award), nounRoutes(prize)...)
	if len(routes) != len(want) {
		t.Errorf("%d routes, want %d", len(routes), len(want))
	}
	for _, r := range routes {
		if got := strings.Join(r.Methods(), " "); got != want[r.Template] {
			t.Errorf("%s takes %q, want %q", r.Template, got, want[r.Template])
		}
	}
	for _, p := range routes[2].Parameters(http.MethodGet) {
		if p.Name == "" || p.Allowed == "" || p.Doc == "" || p.read == nil {
			t.Errorf("parameter %+v is incomplete", p)
		}
	}
}

func TestRangesOfTimes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]int64{ // 0 stands for an open end
		"2014-12-31T23-59":                      {1420070340, 1420070399},
		"2014-12-31T23-59-07":                   {1420070347, 1420070347},
		"2014-12-31T23-59..":                    {1420070340, 0},
		"..2014-12-31T23-59":                    {0, 1420070399},
		"..2014-12-31T23-59-00":                 {0, 1420070340},
		"2014-12-31T23-59-30..2014-12-31T23-59": {1420070370, 1420070399},
	} {
		c, faults := parseRange(storage.TimeRange, value)
		if len(faults) > 0 || !sameEnd(c.Range.From, want[0]) || !sameEnd(c.Range.To, want[1]) {
			t.Errorf("%s: %+v %v, want %v", value, c, faults, want)
		}
	}
}

func sameEnd(n *int64, want int64) bool { return n == nil && want == 0 || n != nil && *n == want }

func TestRangesOfDecimals(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]int64{
		"7.2": {72, 72}, "7.25": {73, 72}, "7.25..8.01": {73, 80}, "7.20..": {72, 0}, "..9.999": {0, 99}, "..10": {0, 100}, "9.91..10.0": {100, 100},
	} {
		c, faults := parseRange(storage.DecimalRange, value)
		if len(faults) > 0 || !sameEnd(c.Range.From, want[0]) || !sameEnd(c.Range.To, want[1]) {
			t.Errorf("%s: %+v %v, want %v", value, c, faults, want)
		}
	}
	for value, want := range map[string]int64{"7.2": 72, "7.25": 72, "7.29999": 72, "10": 100, "0": 0} {
		if c, faults := parseAbove(value); len(faults) > 0 || *c.Range.From != want {
			t.Errorf("%s: %+v %v, want %d", value, c, faults, want)
		}
	}
	_, faults := parseRange(storage.CountRange, "10..0")
	if len(faults) != 1 || faults[0].Reason != "FROM 10 is greater than TO 0" {
		t.Errorf("%v", faults)
	}
}
