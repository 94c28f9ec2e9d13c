package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/api"
	"marquee/api/route"
)

// given is a parameter of a query string.
type given struct{ name, value string }

// drawRead draws a read of a seeded catalogue: a path and parameters.
func drawRead(t *rapid.T) (string, []given) {
	reads := lists()
	for _, r := range route.Table() {
		if r.Kind == route.Object {
			reads = append(reads, r)
		}
	}
	r := reads[rapid.IntRange(0, len(reads)-1).Draw(t, "route")]
	var out []given
	for _, p := range parameters(r) {
		values := goodValues(r.Noun, p)
		switch p.Name {
		case "q_type":
			values = []string{"match", "exact"}
		case "facet_limit":
			values = []string{"1", "20"}
		}
		if p.Name == "highlight" && has(out, "q") {
			values = []string{"true", "false"}
		}
		if len(values) == 0 || p.Name == "q" && rapid.Bool().Draw(t, "no q") || rapid.IntRange(0, 3).Draw(t, "use "+p.Name) > 0 {
			continue
		}
		if p.Name == "q_type" && !has(out, "q") || p.Name == "facet_limit" && !has(out, "facets") {
			continue
		}
		out = append(out, given{p.Name, rapid.SampledFrom(values).Draw(t, p.Name)})
	}
	return path(r), out
}

func has(parameters []given, name string) bool {
	for _, p := range parameters {
		if p.name == name {
			return true
		}
	}
	return false
}

// spell returns one of the spellings of a read.
func spell(t *rapid.T, path string, parameters []given) string {
	all := append([]given{}, parameters...)
	for _, standard := range []given{{"offset", "0"}, {"limit", "10"}} {
		if strings.Count(path, "/")%2 == 0 && !has(all, standard.name) && rapid.Bool().Draw(t, "write out") {
			all = append(all, standard)
		}
	}
	for i, p := range all {
		if items := strings.Split(p.value, ","); p.name == "ids" && len(items) < 100 && rapid.Bool().Draw(t, "twice") {
			all[i].value += "," + items[0]
		}
	}
	all = append(all, given{"utm_source", "mail"})
	var out []string
	for _, p := range rapid.Permutation(all).Draw(t, "order") {
		out = append(out, escapeSome(t, p.name)+"="+escapeSome(t, p.value))
	}
	return escapePath(t, path) + "?" + strings.Join(out, rapid.SampledFrom([]string{"&", "&&"}).Draw(t, "between"))
}

// escapeSome escapes the characters that must be escaped, and some others.
func escapeSome(t *rapid.T, s string) string {
	more := rapid.Bool().Draw(t, "more escapes")
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' && !more:
			b.WriteByte('+')
		case more && i%3 == 0:
			fmt.Fprintf(&b, rapid.SampledFrom([]string{"%%%02x", "%%%02X"}).Draw(t, "case"), c)
		case url.QueryEscape(string(c)) == string(c) || c == ',' && !more:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func escapePath(t *rapid.T, path string) string {
	if rapid.Bool().Draw(t, "escape the path") {
		return strings.Replace(strings.Replace(path, "s", "%73", 1), "e", "%65", 1)
	}
	return path
}

// answerTo returns all parts of an answer that clients see.
func (c *client) answerTo(target string) string {
	a := c.get(target)
	body := string(a.body)
	if a.status != http.StatusOK { // which holds the request's id
		body = ""
	}
	return fmt.Sprintln(a.status, a.header["Link"], a.header["Etag"], body)
}

// All spellings of a read have one target, which is also a spelling and appears in
// links. Reads with different answers have different targets.
func TestSpellingsHaveOneTarget(t *testing.T) {
	t.Parallel()
	_, m := seeded(t)
	origin := api.New(api.Config{Catalogue: m, Logger: quiet()})
	c := &client{t: t, handler: origin}
	plan := func(rt *rapid.T, target string) string {
		p := origin.Plan(httptest.NewRequest(http.MethodGet, target, nil))
		if p == nil || p.Subject == nil || !p.Store {
			rt.Fatalf("%s has the plan %+v", target, p)
		}
		return p.Target
	}
	seen := map[string]string{}
	rapid.Check(t, func(rt *rapid.T) {
		path, parameters := drawRead(rt)
		one, other := spell(rt, path, parameters), spell(rt, path, parameters)
		target := plan(rt, one)
		if again := plan(rt, other); again != target {
			rt.Fatalf("the targets of %s and %s are %s and %s", one, other, target, again)
		}
		if again := plan(rt, target); again != target {
			rt.Fatalf("the target of %s: got %s", target, again)
		}
		answer := c.answerTo(target)
		for _, spelling := range []string{one, other} {
			if got := c.answerTo(spelling); got != answer {
				rt.Fatalf("%s is answered\n%s\n%s is\n%s", spelling, got, target, answer)
			}
		}
		for _, link := range c.get(target).links() {
			if again := plan(rt, link); again != link {
				rt.Fatalf("%s links to %s, which has the target %s", target, link, again)
			}
		}
		if before, ok := seen[target]; ok && before != answer {
			rt.Fatalf("%s has two answers", target)
		}
		seen[target] = answer
	})
}

// Reads whose meta shows other parameters have other targets.
func TestTargetsOfDifferentReadsDiffer(t *testing.T) {
	t.Parallel()
	_, m := seeded(t)
	origin := api.New(api.Config{Catalogue: m, Logger: quiet()})
	targets := map[string]string{}
	for _, s := range []string{
		"/2.0/movies", "/2.0/movies?genres=ALL", "/2.0/movies?recommended=false", "/2.0/movies?sort=-added", "/2.0/movies?limit=9",
		"/2.0/movies?offset=1", "/2.0/movies?year=5", "/2.0/movies?year=5..5", "/2.0/movies?ids=1,2", "/2.0/movies?ids=2,1", "/2.0/movies?q=heat",
		"/2.0/movies?q=heat&q_type=match", "/2.0/movies?q=heat&sort=added", "/2.0/movies?q=Heat", "/2.0/series", "/2.0/movies/1", "/2.0/movies/1?fields=id",
		"/2.0/suggest?q=heat", "/2.0/suggest?q=Heat", "/2.0/suggest?q=heat&types=movies", "/2.0/suggest?q=heat&types=movies,genres", "/2.0/suggest?q=heat&limit=9",
	} {
		p := origin.Plan(httptest.NewRequest(http.MethodGet, s, nil))
		if p == nil {
			t.Fatalf("%s has no plan", s)
		}
		if other, found := targets[p.Target]; found {
			t.Errorf("%s and %s have one target", s, other)
		}
		targets[p.Target] = s
	}
	for s, want := range map[string]string{
		"/2.0/movies?sort=added":           "/2.0/movies",
		"/2.0/movies?q=a+b&sort=relevance": "/2.0/movies?q=a+b",
		"/2.0/movies?fields=id,id":         "/2.0/movies?fields=id",
		"/2.0/suggest?limit=8&q=heat":      "/2.0/suggest?q=heat",
	} {
		if got := origin.Plan(httptest.NewRequest(http.MethodHead, s, nil)).Target; got != want {
			t.Errorf("the target of %s: got %s, want %s", s, got, want)
		}
	}
}

func TestOtherRequestsHaveNoPlan(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.fail = func(context.Context) error { t.Error("Plan used the store"); return nil }
	origin := api.New(api.Config{Catalogue: m, Logger: quiet()})
	for _, s := range []string{
		"POST /2.0/movies", "PUT /2.0/movies/1", "OPTIONS /2.0/movies", "GET /livez", "GET /readyz", "GET /", "GET /2.0/movie/1", "GET /2.0/nothing",
		"GET /2.0/movies/abc", "GET /2.0/movies?limit=0", "GET /2.0/movies?x=1", "GET /2.0/movies?q=%zz", "GET /2.0/movies?q_type=regex&q=(",
		"GET /2.0/movies?" + strings.Repeat("x", 9000), "GET /2.0/movies?limit=1&limit=1", "GET /2.0/suggest", "GET /2.0/suggest?q=a&types=films",
	} {
		method, target, _ := strings.Cut(s, " ")
		if p := origin.Plan(httptest.NewRequest(method, target, nil)); p != nil {
			t.Errorf("%s has the plan %+v", s, p)
		}
	}
	if p := origin.Plan(httptest.NewRequest(http.MethodGet, "/2.0/changes?limit=100", nil)); p == nil || p.Store || p.Target != "/2.0/changes" {
		t.Errorf("the log has the plan %+v", p)
	}
	if p := origin.Plan(httptest.NewRequest(http.MethodGet, "/2.0/genres/unknown", nil)); p == nil || p.Target != "/2.0/genres/unknown" {
		t.Errorf("a request with faults has the plan %+v", p)
	}
}
