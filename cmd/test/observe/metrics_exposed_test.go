package observe_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"marquee/deploy/await"

	"marquee/api"
	"marquee/cmd/observe/metric"
	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

var updatingMetrics = flag.Bool("update-metrics", false, "rewrite the table of metrics in docs/observability.md")

// exposure is an exposed metric.
type exposure struct {
	kind, help string
	labels     map[string]bool
	values     map[string]bool // label=value
}

var (
	sampleLine = regexp.MustCompile(`^(\w+)(?:\{(.*)\})? \S+$`)
	labelPair  = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
)

// exposed returns the metrics of /metrics that have samples (text format 0.0.4 of
// Prometheus).
func exposed(t *testing.T, s fixture.Site) map[string]*exposure {
	t.Helper()
	all, found := map[string]*exposure{}, map[string]*exposure{}
	for line := range strings.SplitSeq(strings.TrimSpace(string(s.Get(t, "/metrics").Body)), "\n") {
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, help, _ := strings.Cut(rest, " ")
			all[name] = &exposure{help: help, labels: map[string]bool{}, values: map[string]bool{}}
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			all[name].kind = kind
			continue
		}
		sample := sampleLine.FindStringSubmatch(line)
		if sample == nil {
			t.Fatalf("got the line %s, want a sample", line)
		}
		name := sample[1]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base := strings.TrimSuffix(name, suffix); all[base] != nil && all[base].kind != "counter" && all[base].kind != "gauge" {
				name = base
			}
		}
		found[name] = all[name]
		for _, pair := range labelPair.FindAllStringSubmatch(sample[2], -1) {
			found[name].labels[pair[1]] = true
			found[name].values[pair[1]+"="+pair[2]] = true
		}
	}
	return found
}

// withRareAnswers adds the label values of responses that a healthy program does not
// send.
func withRareAnswers(t *testing.T, metrics map[string]*exposure) map[string]*exposure {
	t.Helper()
	m := metric.New()
	requests := m.Requests()
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		for status := 100; status < 600; status += 100 {
			requests.Answered(api.Event{Route: "/2.0/movies", Method: method, Status: status})
		}
	}
	server := httptest.NewServer(m)
	defer server.Close()
	for name, rare := range exposed(t, fixture.Site{Base: server.URL}) {
		if known := metrics[name]; known != nil {
			maps.Copy(known.values, rare.values)
		}
	}
	return metrics
}

// busyProgram returns the admin address of a program with all servers, after requests
// that create all series.
func busyProgram(t *testing.T) fixture.Site {
	t.Helper()
	e := fixture.WithIndex(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	s := fixture.Serve(t, e, "--limit-address", "100000", "--limit-user", "100000")
	editor := fixture.Site{Base: s.Base, Token: fixture.NewToken(t, e)}
	film := editor.Post(t, "/2.0/movies", `{"movie":{"title":"Night Ferry","genres":[{"name":"Harbour"}]}}`).Header.Get("Location")
	s.Get(t, film)
	s.Get(t, film)
	s.Get(t, "/2.0/movies?q=ferry")
	s.Do(t, http.MethodPost, film+"/views", "", http.StatusNoContent)
	s.Do(t, http.MethodGet, "/nothing", "", http.StatusNotFound)
	fixture.Site{Base: s.Base, Token: "mq_" + strings.Repeat("A", 26)}.Do(t, http.MethodGet, film, "", http.StatusUnauthorized)
	return fixture.AdminSite(t, s.Stderr.String)
}

// query is an expression of a dashboard or a rule, with the labels in its texts.
type query struct {
	where, expression string
	shown             []string
}

var (
	metricName   = regexp.MustCompile(`\b((?:marquee|go|process)_\w+)(?:\{([^}]*)\})?`)
	matcherLabel = regexp.MustCompile(`(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
	plainWords   = regexp.MustCompile(`^[\w-]+(\|[\w-]+)*$`)
	grouping     = regexp.MustCompile(`\b(?:by|without|on|ignoring)\s*\(([^)]*)\)`)
	shownLabel   = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}|\$labels\.(\w+)`)
)

// check returns the metrics and labels of an expression that no program exposes.
// Prometheus adds job and instance.
func (q query) check(metrics map[string]*exposure) (faults []string) {
	known := map[string]bool{"job": true, "instance": true}
	named := metricName.FindAllStringSubmatch(q.expression, -1)
	for _, found := range named {
		name := found[1]
		m := metrics[name]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base := strings.TrimSuffix(name, suffix); base != name && m == nil && metrics[base] != nil {
				m = metrics[base]
			}
		}
		if m == nil {
			faults = append(faults, fmt.Sprintf("%s: no program exposes %s", q.where, name))
			continue
		}
		maps.Copy(known, m.labels)
		for _, label := range matcherLabel.FindAllStringSubmatch(found[2], -1) {
			if !m.labels[label[1]] && label[1] != "job" && label[1] != "instance" {
				faults = append(faults, fmt.Sprintf("%s: %s has no label %s", q.where, name, label[1]))
				continue
			}
			if label[1] == "job" || label[1] == "instance" || !plainWords.MatchString(label[3]) {
				continue
			}
			for value := range strings.SplitSeq(label[3], "|") {
				if !m.values[label[1]+"="+value] {
					faults = append(faults, fmt.Sprintf("%s: no %s has %s=%q", q.where, name, label[1], value))
				}
			}
		}
	}
	var used []string
	for _, group := range grouping.FindAllStringSubmatch(q.expression, -1) {
		used = append(used, strings.Split(group[1], ",")...)
	}
	for _, label := range append(used, q.shown...) {
		if label = strings.TrimSpace(label); len(named) > 0 && !known[label] {
			faults = append(faults, fmt.Sprintf("%s: no metric has the label %s", q.where, label))
		}
	}
	return faults
}

// labelsIn returns the labels in a text.
func labelsIn(text string) (labels []string) {
	for _, found := range shownLabel.FindAllStringSubmatch(text, -1) {
		labels = append(labels, found[1]+found[2])
	}
	return labels
}

// dashboardQueries returns the queries of the panels and variables of the dashboard.
func dashboardQueries(t *testing.T) (queries []query) {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
		Templating struct {
			List []struct {
				Name, Type string
				Query      json.RawMessage // a text for other types
			}
		}
	}
	if err := json.Unmarshal(repositoryFile(t, "deploy/dashboards/marquee.json"), &board); err != nil {
		t.Fatal(err)
	}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			queries = append(queries, query{"the panel " + panel.Title, target.Expr, labelsIn(target.LegendFormat)})
		}
	}
	for _, v := range board.Templating.List {
		if v.Type != "query" {
			continue
		}
		var asks struct{ Query string }
		if err := json.Unmarshal(v.Query, &asks); err != nil {
			t.Fatal(err)
		}
		found := labelValues.FindStringSubmatch(asks.Query)
		if found == nil {
			t.Fatalf("the variable %s: got %s, want label_values", v.Name, asks.Query)
		}
		queries = append(queries, query{"the variable " + v.Name, found[1], []string{found[2]}})
	}
	return queries
}

// labelValues matches a query of Grafana for the values of a label.
var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

var ruleLine = regexp.MustCompile(`^\s+(?:- )?(alert|record|expr|summary): (.*)$`)

// ruleQueries returns the queries of the rules, each of which is on one line.
func ruleQueries(t *testing.T) (queries []query) {
	t.Helper()
	name := ""
	for line := range strings.SplitSeq(string(repositoryFile(t, "deploy/alerts/marquee.yml")), "\n") {
		found := ruleLine.FindStringSubmatch(line)
		switch {
		case found == nil:
		case found[1] == "expr":
			queries = append(queries, query{where: "the rule " + name, expression: found[2]})
		case found[1] == "summary":
			queries[len(queries)-1].shown = labelsIn(found[2])
		default:
			name = found[2]
		}
	}
	return queries
}

// A program exposes the metrics of the dashboard and the alerts. The table in the
// documentation matches the exposed metrics.
func TestMetricsAreExposed(t *testing.T) {
	t.Parallel()
	operators := busyProgram(t)
	queries := append(dashboardQueries(t), ruleQueries(t)...)
	if len(queries) < 50 {
		t.Fatalf("got %d expressions, want at least 50", len(queries))
	}
	for _, q := range queries {
		if metricName.FindString(q.expression) == "" && !strings.Contains(q.expression, "marquee:") && !strings.Contains(q.expression, "up{") {
			t.Errorf("%s: got no metric in %s", q.where, q.expression)
		}
	}
	await.Nil(t, func() error { // votes, views and pings are counted in the background
		var faults []string
		metrics := withRareAnswers(t, exposed(t, operators))
		for _, q := range queries {
			faults = append(faults, q.check(metrics)...)
		}
		if len(faults) > 0 {
			return fmt.Errorf("%s", strings.Join(faults, "\n"))
		}
		return nil
	})
	checkTable(t, exposed(t, operators))
}

// check finds unknown metrics, labels and values.
func TestQueryCheck(t *testing.T) {
	t.Parallel()
	metrics := map[string]*exposure{
		"marquee_a_total": {labels: map[string]bool{"gate": true}, values: map[string]bool{"gate=x": true, "gate=y": true}}, "marquee_b": {labels: map[string]bool{"le": true}},
	}
	for expression, faults := range map[string]int{
		`sum by (gate, job) (rate(marquee_a_total{gate="x",job="y"}[5m]))`:  0,
		`histogram_quantile(0.9, sum by (le) (rate(marquee_b_bucket[5m])))`: 0,
		`marquee_a_total{gate=~"x|y",instance=~"$instance"}`:                0,
		`marquee_a_total{gate="z"}`:                                         1,
		`marquee_a_total{gate!~"x|z|w"}`:                                    2,
		`marquee_c`:                                                         1,
		`marquee_a_total{route="/"}`:                                        1,
		`sum by (route) (marquee_a_total)`:                                  1,
		`sum by (le) (marquee_a_total) / 2`:                                 1,
	} {
		if found := (query{where: "here", expression: expression}).check(metrics); len(found) != faults {
			t.Errorf("%s: got the faults %v, want %d", expression, found, faults)
		}
	}
}

// The table of metrics is between two lines of the page.
const (
	tableBegins = "<!-- The table is made by go test ./cmd/test/observe -run TestMetricsAreExposed -update-metrics -->\n"
	tableEnds   = "<!-- The end of the table -->\n"
)

// checkTable compares the documentation with the exposed metrics, or updates it.
func checkTable(t *testing.T, metrics map[string]*exposure) {
	t.Helper()
	var table strings.Builder
	table.WriteString("| metric | type | labels | what |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		if !strings.HasPrefix(name, "marquee_") {
			continue // the client library documents the metrics of the Go runtime and the process
		}
		m := metrics[name]
		delete(m.labels, "le")
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", name, m.kind, strings.Join(slices.Sorted(maps.Keys(m.labels)), ", "), m.help)
	}
	const page = "docs/observability.md"
	before, rest, begins := strings.Cut(string(repositoryFile(t, page)), tableBegins)
	stands, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		t.Fatalf("%s: got no lines around the table, want them", page)
	}
	if *updatingMetrics {
		text := before + tableBegins + table.String() + tableEnds + after
		if err := os.WriteFile(filepath.Join(fixture.Root(t), page), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if stands != table.String() {
		t.Errorf("the table in %s differs from the exposed metrics, want\n%s", page, table.String())
	}
}

func repositoryFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(fixture.Root(t), path))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
