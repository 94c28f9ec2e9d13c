package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// q, q_type and sort depend on each other.
func TestSearchParameters(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, tt := range []struct {
		query string
		sort  string // the order applied
	}{
		{"q=heat", "relevance"},
		{"q=heat&q_type=match", "relevance"},
		{"q=heat&sort=relevance", "relevance"},
		{"q=heat&sort=-year", "-year"},
		{"q=heat&q_type=exact", "added"},
		{"q=heat&q_type=regex&sort=title", "title"},
		{"q=" + url.QueryEscape("(?i)^he.t$") + "&q_type=regex", "added"},
		{"q_type=regex&q=" + url.QueryEscape(`\d{2}`), "added"},
	} {
		a := c.get("/2.0/movies?" + tt.query).want(http.StatusOK)
		if got := a.at("meta", "sort"); got != tt.sort {
			t.Errorf("%s: sorted by %v, want %s", tt.query, got, tt.sort)
		}
	}
	for _, tt := range []struct{ query, parameter, reason string }{
		{"q_type=exact", "q_type", "needs q"},
		{"sort=relevance", "sort", "only with q"},
		{"q=heat&q_type=exact&sort=relevance", "sort", "only with q"},
		{"q=heat&sort=-relevance", "sort", "must be one of"},
		{"q=" + url.QueryEscape("(a") + "&q_type=regex", "q", "missing closing )"},
		{"q=" + url.QueryEscape(strings.Repeat("é", 130)) + "&q_type=regex", "q", "at most 256"},
		{"q=" + url.QueryEscape("(.{1,100}){1,9}z") + "&q_type=regex", "q", "instructions"},
		{"q=heat&q_type=regexp", "q_type", "must be one of"},
	} {
		a := c.get("/2.0/movies?" + tt.query).want(http.StatusBadRequest)
		errors, _ := a.at("errors").([]any)
		first, _ := errors[0].(map[string]any)
		if reason, _ := first["reason"].(string); first["parameter"] != tt.parameter || !strings.Contains(reason, tt.reason) {
			t.Errorf("%s: got fault %v, want %s %q", tt.query, first, tt.parameter, tt.reason)
		}
	}
}
