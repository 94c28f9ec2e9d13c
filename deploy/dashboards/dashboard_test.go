// Package dashboards_test checks that Grafana and Prometheus accept the dashboard.
// A whole-program test checks that the program exposes its metrics.
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

// panel is one panel of a dashboard.
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

// Panels have descriptions and units, and do not overlap.
func TestPanels(t *testing.T) {
	t.Parallel()
	taken, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range panels(t) {
		if ids[p.ID] {
			t.Errorf("panel %q: another panel has the id %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type != "row" && (p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0) {
			t.Errorf("panel %q lacks a title, description, unit or query", p.Title)
		}
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				place := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if other, overlaps := taken[place]; overlaps || place[0] >= 24 {
					t.Errorf("panel %q overlaps %q, or is outside of the grid", p.Title, other)
				}
				taken[place] = p.Title
			}
		}
	}
}

// Each query is valid PromQL after Grafana has replaced its variables.
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
