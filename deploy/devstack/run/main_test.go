package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marquee/deploy/await"

	"marquee/storage/embedded"
)

const (
	// mainVariable makes the test binary run main.
	mainVariable = "MARQUEE_DEVSTACK_TEST_MAIN"
)

func TestMain(m *testing.M) {
	embedded.Supervise()
	if os.Getenv(mainVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

// The file names the running servers. When the parent is killed, the file and the servers disappear.
func TestRunEndsWithParent(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"redis-server", "javac", "mvn"} {
		if _, err := exec.LookPath(program); err != nil && os.Getuid() != 0 && os.Getenv("CI") != "true" {
			t.Skip(err) // only root can install it
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	parent := exec.Command("sh", "-c", `"$0" & wait`, self)
	parent.Dir = dir
	parent.Env = append(os.Environ(), mainVariable+"=1")
	parent.Stderr = os.Stderr
	output, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for scanner := bufio.NewScanner(output); len(lines) < 3 && scanner.Scan(); {
		lines = append(lines, scanner.Text())
	}
	b, err := os.ReadFile(filepath.Join(dir, environmentFile))
	if err != nil || string(b) != strings.Join(lines, "\n")+"\n" {
		t.Errorf("file contains %q, error %v, want the output %q", b, err, lines)
	}
	var addresses []string
	for _, line := range lines {
		_, value, _ := strings.Cut(line, "=")
		u, err := url.Parse(value)
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, u.Host)
		if !listens(u.Host) {
			t.Errorf("no server listens on %s", u.Host)
		}
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	await.True(t, "the file to go", func() bool {
		_, err := os.Stat(filepath.Join(dir, environmentFile))
		return os.IsNotExist(err)
	})
	for _, address := range addresses {
		await.True(t, address+" to close", func() bool { return !listens(address) })
	}
	_ = parent.Wait()
}

// The command receives the addresses, and run returns its exit code.
func TestRunCommand(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "out")
	script := fmt.Sprintf(`echo "$MARQUEE_REDIS_URL" > %s; exit 7`, file)
	code, err := runCommand(t.Context(), []string{"sh", "-c", script}, []string{"MARQUEE_REDIS_URL=redis://here"})
	if code != 7 || err != nil {
		t.Errorf("runCommand returned code %d, error %v, want 7", code, err)
	}
	if b, err := os.ReadFile(file); string(b) != "redis://here\n" {
		t.Errorf("the command saw %q, error %v, want redis://here", b, err)
	}
	if code, err := runCommand(t.Context(), []string{"/no/such/command"}, nil); code == 0 || err == nil {
		t.Errorf("a missing command: code %d, error %v, want both set", code, err)
	}
}

// With -postgres, the command receives the address of a running PostgreSQL, and run returns its exit code.
func TestRunWithPostgres(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "out")
	script := fmt.Sprintf(`echo "$MARQUEE_TEST_DATABASE_URL" > %s; exit 7`, file)
	if code, err := runWithPostgres(t.Context(), []string{"sh", "-c", script}); code != 7 || err != nil {
		t.Errorf("runWithPostgres returned code %d, error %v, want 7", code, err)
	}
	if b, err := os.ReadFile(file); !strings.HasPrefix(string(b), "postgres://") || err != nil {
		t.Errorf("the command saw %q, error %v, want the URL of a PostgreSQL", b, err)
	}
}

// An interrupted command may finish its work.
func TestRunCommandInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	started := filepath.Join(t.TempDir(), "started")
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(started); err == nil {
				cancel()
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	script := fmt.Sprintf(`trap 'exit 5' TERM; touch %s; while :; do sleep 0.05; done`, started)
	if code, err := runCommand(ctx, []string{"sh", "-c", script}, nil); code != 5 || err != nil {
		t.Errorf("runCommand returned code %d, error %v, want 5", code, err)
	}
}

// A run that ends does not remove the file of another run.
func TestWriteEnvironment(t *testing.T) {
	t.Chdir(t.TempDir())
	first, err := writeEnvironment("A=1\n")
	if err != nil {
		t.Fatal(err)
	}
	second, err := writeEnvironment("A=2\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := first(); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(environmentFile); string(b) != "A=2\n" {
		t.Errorf("file contains %q, error %v, want A=2", b, err)
	}
	if err := second(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir("."); len(left) > 0 {
		t.Errorf("files %v are left, error %v, want none", left, err)
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
	_ = conn.Close()
	return true
}
