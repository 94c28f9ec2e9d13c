package program

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"marquee/cmd/monitor"
	"marquee/cmd/setting"
	"marquee/deploy/devstack"
)

// asMarquee set in its environment makes the test binary the program itself, with
// the race detector in it.
const asMarquee = "MARQUEE_TEST_AS_PROGRAM"

func init() {
	if os.Getenv(asMarquee) == "" {
		return
	}
	os.Exit(Main())
}

// child is a marquee in a process of its own.
type child struct {
	cmd            *exec.Cmd
	stdout, stderr output
	ended          chan struct{}
	err            error // read after ended
}

// startChild starts a command. The test's end kills it.
func startChild(t *testing.T, e environment, args ...string) *child {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startProgram(t, program, e, args...)
}

// startProgram starts a command of another build.
func startProgram(t *testing.T, program string, e environment, args ...string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(program, args...), ended: make(chan struct{})}
	c.cmd.Env = []string{asMarquee + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), setting.Variable("postgres-bin") + "=" + e.get(setting.Variable("postgres-bin")),
		setting.Variable(monitor.AdminFlag) + "=" + e.get(setting.Variable(monitor.AdminFlag))}
	for name, value := range e {
		c.cmd.Env = append(c.cmd.Env, name+"="+value)
	}
	c.cmd.Stdout, c.cmd.Stderr = &c.stdout, &c.stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		c.err = c.cmd.Wait()
	}()
	t.Cleanup(func() {
		c.kill(t)
		lacks(t, c.stderr.String(), "DATA RACE", "panic:")
	})
	return c
}

// kill is kill -9, and returns when the process is gone.
func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	<-c.ended
}

// signal sends the process a signal.
func (c *child) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// wait returns how the process ended by itself.
func (c *child) wait(t *testing.T) error {
	t.Helper()
	select {
	case <-c.ended:
	case <-time.After(patience):
		t.Fatalf("it still runs after %s\n%s%s", patience, c.stdout.String(), c.stderr.String())
	}
	return c.err
}

// running fails the test when the process has ended.
func (c *child) running(t *testing.T) {
	t.Helper()
	select {
	case <-c.ended:
		t.Fatalf("it ended: %v\n%s%s", c.err, c.stdout.String(), c.stderr.String())
	default:
	}
}

var answersAt = regexp.MustCompile(`answers at (http://[^/\s]+)/`)

// startServer starts marquee serve in a process of its own, and returns when it
// answers.
func startServer(t *testing.T, e environment, args ...string) (*child, site) {
	t.Helper()
	c := startChild(t, e, append(anyPort, args...)...)
	return c, c.answers(t)
}

// answers waits until the process says that it answers, and where.
func (c *child) answers(t *testing.T) (s site) {
	t.Helper()
	eventually(t, func() error {
		c.running(t)
		found := answersAt.FindStringSubmatch(c.stdout.String())
		if found == nil {
			return errors.New("no address printed")
		}
		s = site{base: found[1], token: tokenIn(c.stdout.String())}
		return nil
	})
	return s
}

// private is a data directory for a private PostgreSQL. The test's end waits
// until no process is left in it. Without any PostgreSQL the test is skipped.
func private(t *testing.T) string {
	t.Helper()
	devstack.Postgres(t)
	dir := filepath.Join(t.TempDir(), "marquee-data")
	t.Cleanup(func() {
		defer func() { // whatever a failed test has left
			for _, pid := range processes(t, dir) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}()
		noProcesses(t, dir)
	})
	return dir
}

// processes lists those that work in a data directory: the supervisor,
// PostgreSQL and its children.
func processes(t *testing.T, dir string) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd, dir+"/") {
			pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

// noProcesses waits until none is left in a data directory.
func noProcesses(t *testing.T, dir string) {
	t.Helper()
	eventually(t, func() error {
		if pids := processes(t, dir); len(pids) > 0 {
			return fmt.Errorf("processes are left in %s: %v", dir, pids)
		}
		return nil
	})
}

// killPostgres is kill -9 of the private PostgreSQL in a data directory.
func killPostgres(t *testing.T, dir string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "postgres", "cluster", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
