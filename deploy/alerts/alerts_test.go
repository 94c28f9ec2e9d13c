// Package alerts_test holds the alert rules to be what Prometheus takes, and each
// of them to come when it should.
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
		{"check", "config", "prometheus.yml"}, // and the rules that it names
		{"test", "rules", "marquee_test.yml"},
	} {
		if out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}
