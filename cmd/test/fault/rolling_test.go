package fault_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
	"marquee/deploy/gateway"
)

// rollingDrain is the drain of each process. The gateway has no probes: it notices the
// end when connections are refused.
const rollingDrain = "200ms"

// TestRollingRestart restarts the two processes of a gateway one after the other while
// clients read and write. No request fails, and no client retries. Reads have a
// Min-Version, so that the gateway does not answer from its cache. The test is not
// parallel, since replies have deadlines.
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
		awaitUse(t, g, p)
	}
	c.stop()
	c.verify(t, e)
	answers, _ := c.nextWindow()
	for what, n := range answers.counts {
		if refused(what) {
			t.Errorf("got %d times %s, want no failure", n, what)
		}
	}
	t.Logf("%v, slowest read %s", answers.counts, answers.slowest)
	if t.Failed() {
		t.Logf("the gateway's failures:\n%s", failures(t, g))
	}
}

// failures returns the lines of the gateway's access log with a status of 500 or more.
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

// awaitUse waits until the gateway uses a restarted process. The gateway avoids a
// process for a while after failed connections. If the other process ended before, no
// process would be left.
func awaitUse(t *testing.T, g *gateway.Gateway, p *fixture.Process) {
	t.Helper()
	read := func() string {
		b, err := os.ReadFile(g.Log)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := len(read())
	await.Nil(t, func() error {
		if answered := fmt.Sprintf(`"upstream":%q,"upstream_status":"2`, p.Address()); !strings.Contains(read()[before:], answered) {
			return fmt.Errorf("the gateway does not use %s", p.Address())
		}
		return nil
	})
}
