package fault_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
	"marquee/deploy/gateway"
)

// rollingDrain is how long each process drains. The gateway has no probes: it learns
// of the end when connections are refused.
const rollingDrain = "200ms"

// Two processes behind the gateway are ended and started again in turn while
// everybody reads and writes. No request fails, and no client asks twice. Reads
// name a version, so that the gateway has to ask a process each time. No other test of the package runs
// beside it: answers have deadlines.
func TestRollingRestart(t *testing.T) {
	e := fixture.Catalogue(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	e.WithoutLimits()
	token := fixture.NewToken(t, e)
	var processes [2]*fixture.Process
	for i := range processes {
		processes[i] = fixture.StartProcess(t, e, "api", "--drain", rollingDrain, "--log-level", "error")
	}
	g := gateway.Start(t, gateway.Config{Programs: []string{processes[0].Address(), processes[1].Address()}, Before: []string{"127.0.0.1"}})
	c := startCrowd(t, entrance{
		Site: fixture.Site{Base: g.URL, Token: token}, client: g.Client(t, nil), reading: []string{"Min-Version", "1"}, forwarded: true,
	}, processes[:]...)
	for _, p := range processes {
		c.await(t, "write 200", 10)
		p.End()
		c.await(t, "write 200", 10)
		p.Start()
		usedAgain(t, g, p)
	}
	c.stop()
	c.ended(t, e)
	answers, _ := c.nextWindow()
	for what, n := range answers.counts {
		if refused(what) {
			t.Errorf("%s: %d times", what, n)
		}
	}
	t.Logf("%v, the slowest read took %s", answers.counts, answers.slowest)
	if t.Failed() {
		t.Logf("the gateway's failures:\n%s", failures(t, g))
	}
}

// failures are the lines of the access log that have a status of 500 or more.
func failures(t *testing.T, g *gateway.Gateway) string {
	t.Helper()
	b, err := os.ReadFile(g.Log)
	if err != nil {
		t.Fatal(err)
	}
	var failed strings.Builder
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, `"status":5`) {
			failed.WriteString(line)
		}
	}
	return failed.String()
}

// usedAgain waits until the gateway, which puts a process aside whose connections
// fail, has come back to it. Until then the end of the other would leave nobody.
func usedAgain(t *testing.T, g *gateway.Gateway, p *fixture.Process) {
	t.Helper()
	read := func() string {
		b, err := os.ReadFile(g.Log)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := len(read())
	fixture.Eventually(t, func() error {
		if answered := fmt.Sprintf(`"upstream":%q,"upstream_status":"2`, p.Address()); !strings.Contains(read()[before:], answered) {
			return fmt.Errorf("the gateway does not ask %s", p.Address())
		}
		return nil
	})
}
