package route

import (
	"net/http"
	"strings"
	"testing"

	"marquee/storage"
)

// A described noun has its routes and parameters.
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
		if p.Name == "" || p.Allowed == "" || p.Doc == "" {
			t.Errorf("parameter %+v is incomplete", p)
		}
	}
}
