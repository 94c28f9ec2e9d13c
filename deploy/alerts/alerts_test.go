// Package alerts_test checks that Prometheus accepts the alert rules, and that each
// fires at its threshold.
package alerts_test

import (
	"os/exec"
	"testing"

	"marquee/deploy/devstack"
)

func TestRules(t *testing.T) {
	t.Parallel()
	promtool := devstack.Tool(t, "promtool", "prometheus")
	for _, args := range [][]string{
		{"check", "config", "prometheus.yml"}, // includes the rules that it names
		{"test", "rules", "marquee_test.yml"},
	} {
		if out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}
