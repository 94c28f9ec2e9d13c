// Package dashboards_test holds the dashboard to be one that Grafana and
// Prometheus take. That a program exposes what it shows is a test of cmd/program.
package dashboards_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marquee/deploy/devstack"
)

// panel is a part of a dashboard.
type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []struct{ Expr string }
	FieldConfig              struct{ Defaults struct{ Unit string } }
}

func panels(t *testing.T) []panel {
	t.Helper()
	content, err := os.ReadFile("marquee.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct{ Panels []panel }
	if err := json.Unmarshal(content, &board); err != nil {
		t.Fatal(err)
	}
	return board.Panels
}

// Panels explain themselves, have units, and do not lie on one another.
func TestPanels(t *testing.T) {
	t.Parallel()
	taken, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range panels(t) {
		if ids[p.ID] {
			t.Errorf("%s: another panel has its id", p.Title)
		}
		ids[p.ID] = true
		if p.Type != "row" && (p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0) {
			t.Errorf("%s lacks its title, description, unit or queries", p.Title)
		}
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				place := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if other, lies := taken[place]; lies || place[0] >= 24 {
					t.Errorf("%s lies on %s, or outside", p.Title, other)
				}
				taken[place] = p.Title
			}
		}
	}
}

// Each query is one of PromQL, once Grafana has put its variables in.
func TestQueries(t *testing.T) {
	t.Parallel()
	promtool := devstack.Tool(t, "promtool", "prometheus")
	variables := strings.NewReplacer("$__rate_interval", "1m", "$job", "marquee", "$instance", ".+")
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboard\n  rules:\n")
	for i, p := range panels(t) {
		for j, target := range p.Targets {
			expression, err := json.Marshal(variables.Replace(target.Expr))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&rules, "  - record: panel:%d:%d\n    expr: %s\n", i, j, expression)
		}
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}
