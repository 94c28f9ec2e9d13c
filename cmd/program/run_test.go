package program

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/cmd/monitor"
	"marquee/cmd/setting"
	"marquee/deploy/devstack"
	"marquee/storage/postgres"
)

// The tests of this package run the whole program, in this process or in one of
// its own that they can kill (child_test.go), against a real PostgreSQL.

// patience bounds every wait; what is waited for takes a second or two.
const patience = time.Minute

// environment is what a program under test finds in its environment: nothing
// of the tester's own but where PostgreSQL is, and any port for operators. Limits are off unless a test sets
// them, since tests ask for more than clients may, and no server waits before it
// ends.
type environment map[string]string

func (e environment) get(name string) string {
	value, set := e[name]
	switch {
	case set:
		return value
	case name == setting.Variable("postgres-bin"):
		return os.Getenv(name)
	case strings.HasPrefix(name, setting.Variable("limit-")):
		return "0"
	case name == setting.Variable(monitor.AdminFlag):
		return "127.0.0.1:0"
	case name == setting.Variable("drain"):
		return "0s"
	case name == setting.Variable("trusted-proxies"):
		return "127.0.0.1" // tests give requests their ids, as a gateway does
	}
	return ""
}

// output is what a program has written so far.
type output struct {
	mu   sync.Mutex
	text []byte
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// execute runs a command to its end.
func execute(t *testing.T, e environment, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, logged output
	p := New(&out, &logged)
	p.Getenv = e.get
	err = p.Run(ctx, args)
	return out.String(), logged.String(), err
}

// succeed runs a command that must succeed, and returns what it printed.
func succeed(t *testing.T, e environment, args ...string) string {
	t.Helper()
	stdout, stderr, err := execute(t, e, args...)
	if err != nil {
		t.Fatalf("marquee %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr)
	}
	return stdout
}

// fail runs a command that must fail, and returns all that its user gets to see.
func fail(t *testing.T, e environment, args ...string) string {
	t.Helper()
	stdout, stderr, err := execute(t, e, args...)
	if err == nil {
		t.Fatalf("marquee %s did not fail\n%s", strings.Join(args, " "), stdout)
	}
	return stdout + stderr + err.Error()
}

// contains checks that a text has all the parts.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

// lacks checks that a text has none of the parts.
func lacks(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q is in:\n%s", part, text)
		}
	}
}

// catalogue is the environment of commands on a new, empty catalogue.
func catalogue(t *testing.T) environment {
	t.Helper()
	e := environment{"MARQUEE_DATABASE_URL": devstack.Postgres(t)}
	succeed(t, e, "migrate")
	return e
}

// versionOf is the version of a catalogue.
func versionOf(t *testing.T, e environment) int64 {
	t.Helper()
	s, err := postgres.Open(t.Context(), e["MARQUEE_DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	version, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// newToken runs marquee token create.
func newToken(t *testing.T, e environment, args ...string) string {
	t.Helper()
	stdout := succeed(t, e, append([]string{"token", "create", "--user", "ed"}, args...)...)
	var answer struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil || answer.Token == "" {
		t.Fatalf("no token (%v) in: %s", err, stdout)
	}
	return answer.Token
}

// serving is a marquee in this process that serves.
type serving struct {
	site
	stdout, stderr output
	cancel         context.CancelFunc
	ended          chan struct{}
	err            error // read after ended
}

var anyPort = []string{"serve", "--listen", "127.0.0.1:0"}

// startServing starts marquee serve; see startRole.
func startServing(t *testing.T, e environment, args ...string) *serving {
	t.Helper()
	return startRole(t, e, append(anyPort, args...)...)
}

// startRole starts a command that serves, and returns when it answers. The test's
// end stops it.
func startRole(t *testing.T, e environment, args ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &serving{cancel: cancel, ended: make(chan struct{})}
	address := make(chan string, 1)
	p := New(&s.stdout, &s.stderr)
	p.Getenv = e.get
	p.Listening = func(a string) { address <- a }
	go func() {
		defer close(s.ended)
		s.err = p.Run(ctx, args)
	}()
	t.Cleanup(func() { cancel(); <-s.ended })
	select {
	case a := <-address:
		s.base = "http://" + a
	case <-s.ended:
		t.Fatalf("%v: %v\n%s", args, s.err, s.stderr.String())
	case <-time.After(patience):
		t.Fatalf("%v does not answer after %s\n%s", args, patience, s.stderr.String())
	}
	s.token = tokenIn(s.stdout.String())
	return s
}

// stop ends the server as an interrupt would, and returns how it ended.
func (s *serving) stop() error {
	s.cancel()
	<-s.ended
	return s.err
}

var tokenForm = regexp.MustCompile(`\bmq_[A-Z0-9]{20,}`)

func tokenIn(text string) string { return tokenForm.FindString(text) }

// eventually polls until f succeeds.
func eventually(t *testing.T, f func() error) {
	t.Helper()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(patience)
	for {
		err := f()
		if err == nil {
			return
		}
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("still not so after %s: %v", patience, err)
		}
	}
}

// free is nil when nobody listens on an address.
func free(t *testing.T, address string) error {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		return nil
	}
	return errors.Join(errors.New("somebody listens"), conn.Close())
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// withoutLimits lets everybody ask as often as they like.
func (e environment) withoutLimits() {
	for _, who := range []string{"limit-address", "limit-user", "limit-app"} {
		e[setting.Variable(who)] = "0"
	}
}

// without copies an environment, but for some variables.
func (e environment) without(names ...string) environment {
	e = maps.Clone(e)
	for _, name := range names {
		delete(e, name)
	}
	return e
}
