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

// Every alert has its paragraph in the handbook, under its name in words, so that
// the heading's anchor is the name in kebab case; and no paragraph is about an
// alert that is not there.
func TestAlertsAreExplained(t *testing.T) {
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
		t.Error("there are no alerts")
	}
	for _, m := range alerts {
		words := strings.ToLower(innerCapital.ReplaceAllString(m[1], "$1 $2"))
		if !explained[words] {
			t.Errorf("docs/operations.md has no paragraph %q", words)
		}
		delete(explained, words)
	}
	for words := range explained {
		t.Errorf("docs/operations.md explains %q, which is no alert", words)
	}
}
