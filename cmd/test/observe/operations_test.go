package observe_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	alertName    = regexp.MustCompile(`(?m)^\s+- alert: (\w+)$`)
	alertHeading = regexp.MustCompile(`(?m)^### (Marquee .*)$`)
	innerCapital = regexp.MustCompile(`([a-z])([A-Z])`)
)

// The handbook has a paragraph for each alert, and for no other. Its heading is the name
// in words, so that its anchor is the name in kebab case.
func TestHandbookExplainsAlerts(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("../../../deploy/alerts/marquee.yml")
	if err != nil {
		t.Fatal(err)
	}
	handbook, err := os.ReadFile("../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, m := range alertHeading.FindAllStringSubmatch(string(handbook), -1) {
		explained[strings.ToLower(m[1])] = true
	}
	alerts := alertName.FindAllStringSubmatch(string(rules), -1)
	if len(alerts) == 0 {
		t.Error("got no alerts, want some")
	}
	for _, m := range alerts {
		words := strings.ToLower(innerCapital.ReplaceAllString(m[1], "$1 $2"))
		if !explained[words] {
			t.Errorf("docs/operations.md: got no paragraph %q, want one", words)
		}
		delete(explained, words)
	}
	for words := range explained {
		t.Errorf("docs/operations.md: got a paragraph %q, want an alert of that name", words)
	}
}
