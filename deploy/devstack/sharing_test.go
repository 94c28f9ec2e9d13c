package devstack_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"marquee/deploy/await"

	"marquee/deploy/devstack"
)

const (
	// userVariable makes TestSharedUser a user of the named server.
	userVariable = "MARQUEE_DEVSTACK_TEST_USER"
)

// TestSharedUser runs in other processes. It prints the server's address and uses the server until its input ends.
func TestSharedUser(t *testing.T) {
	switch os.Getenv(userVariable) {
	case "redis":
		_, _ = os.Stdout.WriteString("\naddress " + devstack.Redis(t) + "\n")
	case "owned":
		_, _ = os.Stdout.WriteString("\naddress " + devstack.StartRedis(t).URL() + "\n")
	case "frozen":
		s := devstack.StartPostgres(t)
		s.Kill()
		_, _ = os.Stdout.WriteString("\naddress " + s.URL() + "\n")
	case "elasticsearch":
		_, _ = os.Stdout.WriteString("\naddress " + devstack.Elasticsearch(t) + "\n")
	default:
		return
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// user is a test process that uses a shared server.
type user struct {
	cmd   *exec.Cmd
	input io.Closer
	out   *bufio.Scanner
}

func startUser(t *testing.T, kind, folder string) *user {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestSharedUser$", "-test.count=1")
	cmd.Env = append(os.Environ(), userVariable+"="+kind, "MARQUEE_DEVSTACK_DIR="+folder, "MARQUEE_DEVSTACK_LINGER=50ms",
		"MARQUEE_TEST_ELASTICSEARCH_URL=", "MARQUEE_TEST_REDIS_URL=")
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	u := &user{cmd: cmd, input: input, out: bufio.NewScanner(output)}
	t.Cleanup(func() { u.kill() })
	return u
}

// address waits for the server and returns its host and port.
func (u *user) address(t *testing.T) string {
	t.Helper()
	for u.out.Scan() {
		if text, found := strings.CutPrefix(u.out.Text(), "address "); found {
			parsed, err := url.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			return parsed.Host
		}
	}
	t.Fatal("a user ended without a server")
	return ""
}

func (u *user) end(t *testing.T) {
	t.Helper()
	u.input.Close()
	for u.out.Scan() { // Wait requires that the pipe is read to its end
	}
	if err := u.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func (u *user) kill() {
	_ = u.cmd.Process.Kill()
	_ = u.cmd.Wait()
}

// Processes share one server. It survives a killed user, and ends after the last one.
func TestShared(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"redis", "elasticsearch"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			first, second := startUser(t, kind, folder), startUser(t, kind, folder)
			address := first.address(t)
			if other := second.address(t); other != address {
				t.Errorf("the second user has server %s, want %s", other, address)
			}
			first.kill()
			if !listens(address) {
				t.Error("the server ended with its first user, want it to serve the second")
			}
			late := startUser(t, kind, folder)
			if other := late.address(t); other != address {
				t.Errorf("a late user has server %s, want %s", other, address)
			}
			late.end(t)
			second.end(t)
			awaitEnd(t, folder, address)
		})
	}
}

// A server that belongs to one test ends with the killed test process.
func TestOwnedKilled(t *testing.T) {
	t.Parallel()
	u := startUser(t, "owned", t.TempDir())
	address := u.address(t)
	if !listens(address) {
		t.Error("the server does not answer")
	}
	u.kill()
	await.True(t, "the server to end", func() bool { return !listens(address) })
}

// The server of a killed supervisor ends, and the next user starts another one.
func TestSharedSupervisorKilled(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first := startUser(t, "redis", folder)
	address := first.address(t)
	states, err := filepath.Glob(filepath.Join(folder, "*", "server.json"))
	if err != nil || len(states) != 1 {
		t.Fatalf("state files %q, error %v, want one file", states, err)
	}
	b, err := os.ReadFile(states[0])
	if err != nil {
		t.Fatal(err)
	}
	var state struct{ Supervisor int }
	if err := json.Unmarshal(b, &state); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(state.Supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await.True(t, "the server to end", func() bool { return !listens(address) })
	second := startUser(t, "redis", folder)
	address = second.address(t)
	if !listens(address) {
		t.Error("the second server does not answer")
	}
	second.end(t)
	first.kill() // its test would fail
	awaitEnd(t, folder, address)
}

// awaitEnd waits until the server, its data and its supervisor are gone.
func awaitEnd(t *testing.T, folder, address string) {
	t.Helper()
	await.True(t, "the server to end", func() bool { return !listens(address) })
	locks, err := filepath.Glob(filepath.Join(folder, "*", "alive"))
	if err != nil || len(locks) != 1 {
		t.Fatalf("lock files %q, error %v, want one file", locks, err)
	}
	f, err := os.Open(locks[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	await.True(t, "the supervisor to end", func() bool {
		return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	})
	left, err := filepath.Glob(filepath.Join(folder, "*", "server*"))
	if err != nil || len(left) > 0 {
		t.Errorf("files %q are left, error %v, want none", left, err)
	}
}

func listens(address string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
