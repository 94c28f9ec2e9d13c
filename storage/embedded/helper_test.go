package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"marquee/deploy/await"

	"github.com/jackc/pgx/v5"

	"marquee/storage/embedded"
)

// The test binary, run again with these variables, is a program that owns a server.
const (
	helperVariable = "MARQUEE_EMBEDDED_TEST"
	helperData     = "MARQUEE_EMBEDDED_TEST_DATA"
	patience       = 2 * time.Minute
)

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) == "unsupervised" {
		_, err := embedded.Start(context.Background(), embedded.Config{DataDir: os.Getenv(helperData)})
		fmt.Println(err)
		os.Exit(0)
	}
	embedded.Supervise()
	if os.Getenv(helperVariable) == "serve" {
		serve()
	}
	flag.Set("test.parallel", "6") // these tests mostly wait for processes; an argument overrides this
	os.Exit(m.Run())
}

// serve starts a server, prints its URL, and runs until it is killed or its standard input ends. It ignores an interrupt,
// like a program that finishes its requests first.
func serve() {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	s, err := embedded.Start(context.Background(), config(os.Getenv(helperData)))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.URL())
	io.Copy(io.Discard, os.Stdin)
	if err := s.Close(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// program is such a helper process.
type program struct {
	*exec.Cmd
	url   string
	stdin io.Closer
}

// startProgram starts a helper on dir, as the given user (0: this one), and waits for its URL.
func startProgram(t *testing.T, dir string, uid uint32) program {
	t.Helper()
	cmd := helper(dir)
	if uid != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	if !strings.HasPrefix(line, "postgres://") {
		t.Fatalf("the helper has no server: %s", line)
	}
	return program{cmd, strings.TrimSpace(line), stdin}
}

// helper prepares a helper process on dir.
func helper(dir string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{helperVariable + "=serve", helperData + "=" + dir, "PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// config returns a configuration whose data survives a kill of processes, but not of the machine.
func config(dir string) embedded.Config {
	return embedded.Config{
		DataDir:  dir,
		Settings: map[string]string{"fsync": "off", "shared_buffers": "16MB"},
		Logger:   slog.New(slog.DiscardHandler),
	}
}

// start starts a server and closes it at the end of the test.
func start(t *testing.T, c embedded.Config) *embedded.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	s, err := embedded.Start(ctx, c)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// exec1 runs one statement on a new connection.
func exec1(url, statement string) error {
	_, err := query(url, statement)
	return err
}

// query runs one statement on a new connection and returns its rows, the columns joined by spaces.
func query(url, statement string) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, statement)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		return strings.TrimSpace(fmt.Sprintln(values...)), err
	})
}

// expect compares the rows of a query.
func expect(t *testing.T, url, statement string, want ...string) {
	t.Helper()
	got, err := query(url, statement)
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s: got %q, %v; want %q", statement, got, err, want)
	}
}

// processes returns the processes whose current directory is in dir: the supervisor, postgres and its children.
func processes(t *testing.T, dir string) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	must(t, err)
	var pids []int
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd, dir+"/") {
			pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

func noProcesses(t *testing.T, dir string) {
	t.Helper()
	await.Nil(t, func() error {
		if pids := processes(t, dir); len(pids) > 0 {
			return fmt.Errorf("processes left: %v", pids)
		}
		return nil
	})
}

func postmasterPID(t *testing.T, dir string) int {
	t.Helper()
	return firstLine(t, dir, "cluster/postmaster.pid")
}

// firstLine returns the process id in the first line of a file.
func firstLine(t *testing.T, dir, file string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "postgres", file))
	must(t, err)
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(line)
	must(t, err)
	return pid
}

func supervisorPID(t *testing.T, dir string) int {
	t.Helper()
	return firstLine(t, dir, "supervisor.lock")
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
