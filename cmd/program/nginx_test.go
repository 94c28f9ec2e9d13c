package program

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"marquee/deploy/devstack"
	"marquee/deploy/devstack/server"
)

// runNginx runs nginx until the test ends, and returns when it takes connections at
// the address. The configuration is made for a user and a folder.
func runNginx(t testing.TB, address string, config func(user, dir string) []byte) {
	t.Helper()
	program := devstack.Tool(t, "nginx", "nginx-light")
	dir := t.TempDir()
	user, file := "nobody", filepath.Join(dir, "nginx.conf")
	if os.Getuid() == 0 {
		user = "root" // its workers write into this test's folder
	}
	if err := os.WriteFile(file, config(user, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	var logged output
	cmd := exec.Command(program, "-p", dir, "-c", file)
	cmd.Stderr = &logged
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // the master ends its workers
		_ = cmd.Wait()
		if t.Failed() {
			text := logged.String()
			t.Logf("nginx said:\n%s", text[:min(len(text), 4<<10)])
		}
	})
	awaitListener(t, address)
}

// freeAddress is one that nobody listens at, and that a process which ends and
// starts again finds free.
func freeAddress(t testing.TB) string {
	t.Helper()
	port, err := server.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// awaitListener waits until an address takes connections.
func awaitListener(t testing.TB, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(errors.Join(err, ctx.Err()))
		}
	}
}
