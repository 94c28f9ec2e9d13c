package embedded_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"marquee/deploy/await"

	"marquee/storage/embedded"
)

// The next program may start at once after the kill.
func TestServerStopsWhenItsProgramIsKilled(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	p := startProgram(t, c.DataDir, 0)
	must(t, exec1(p.url, "CREATE TABLE movies AS SELECT 1 AS id"))
	busy(t, p.url)
	must(t, p.Process.Kill())
	s := start(t, c)
	expect(t, s.URL(), "SELECT id FROM movies", "1")
	must(t, s.Close())
	p = startProgram(t, c.DataDir, 0)
	must(t, p.Process.Kill())
	noProcesses(t, c.DataDir)
}

func TestAPartialClusterOfAKilledProgramIsNotUsed(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	cmd := helper(c.DataDir)
	must(t, cmd.Start())
	await.Nil(t, func() error {
		for _, folder := range []string{"cluster.new", "cluster"} { // it may be complete by now
			if _, err := os.Stat(filepath.Join(c.DataDir, "postgres", folder, "global")); err == nil {
				return nil
			}
		}
		return errors.New("no cluster")
	})
	must(t, cmd.Process.Kill())
	cmd.Wait()
	must(t, exec1(start(t, c).URL(), "SELECT 1"))
}

// A session is busy during the kill, and every committed row is there afterwards.
func TestKilledPostgresIsRestartedAtTheSameURL(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	s := start(t, c)
	must(t, exec1(s.URL(), "CREATE TABLE movies (id int)"))
	for i := range 3 {
		must(t, exec1(s.URL(), fmt.Sprintf("INSERT INTO movies VALUES (%d)", i)))
		busy(t, s.URL())
		kill(t, postmasterPID(t, c.DataDir))
		await.Nil(t, func() error { return exec1(s.URL(), "SELECT 1") })
	}
	expect(t, s.URL(), "SELECT id FROM movies ORDER BY id", "0", "1", "2")
}

func TestKilledSupervisorIsReplaced(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	s := start(t, c)
	must(t, exec1(s.URL(), "CREATE TABLE movies AS SELECT 1 AS id"))
	old := supervisorPID(t, c.DataDir)
	kill(t, old)
	await.Nil(t, func() error {
		if supervisorPID(t, c.DataDir) == old {
			return errors.New("no new supervisor")
		}
		return exec1(s.URL(), "SELECT 1")
	})
	expect(t, s.URL(), "SELECT id FROM movies", "1")
	must(t, s.Close())
	noProcesses(t, c.DataDir)
}

func TestServerStopsWithTheReasonAfterFailedRestarts(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	s := start(t, c)
	control := filepath.Join(c.DataDir, "postgres", "cluster", "global", "pg_control")
	must(t, os.Rename(control, control+".lost"))
	kill(t, postmasterPID(t, c.DataDir))
	select {
	case <-s.Done():
	case <-time.After(patience):
		t.Fatal("the server did not stop")
	}
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "pg_control") {
		t.Errorf("got %v, want the reason", err)
	}
	must(t, s.Close())
}

// The terminal sends Ctrl-C to the process group of the program.
func TestAnInterruptOfTheGroupDoesNotStopPostgres(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startProgram(t, dir, 0)
	before := postmasterPID(t, dir)
	must(t, syscall.Kill(-p.Process.Pid, syscall.SIGINT))
	must(t, syscall.Kill(supervisorPID(t, dir), syscall.SIGTERM))
	must(t, exec1(p.url, "SELECT 1"))
	if after := postmasterPID(t, dir); after != before {
		t.Errorf("postgres was restarted: got process %d, then %d", before, after)
	}
	must(t, p.stdin.Close())
	must(t, p.Wait())
	noProcesses(t, dir)
}

func TestRunsAsAnOrdinaryUser(t *testing.T) {
	t.Parallel()
	named, err := user.Lookup("daemon")
	if err != nil {
		t.Skip(err)
	}
	uid, err := strconv.ParseUint(named.Uid, 10, 32)
	must(t, err)
	dir := ownedBy(t, uint32(uid))
	p := startProgram(t, dir, uint32(uid))
	must(t, exec1(p.url, "CREATE TABLE movies AS SELECT 1 AS id"))
	must(t, p.stdin.Close())
	must(t, p.Wait())
	// Root runs the server as the owner of the folder, so that the owner can use it again.
	s := start(t, config(dir))
	expect(t, s.URL(), "SELECT id FROM movies", "1")
	must(t, s.Close())
	p = startProgram(t, dir, uint32(uid))
	expect(t, p.url, "SELECT id FROM movies", "1")
}

// initdb needs a user with a name, which the user of a container may not have.
func TestAUserWithoutANameGetsTheRepair(t *testing.T) {
	t.Parallel()
	const nameless = 54321
	cmd := helper(ownedBy(t, nameless))
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nameless, Gid: nameless}
	out, err := cmd.Output()
	if err == nil || !strings.Contains(string(out), "user 54321 has no name") {
		t.Errorf("got %v: %s", err, out)
	}
}

// ownedBy creates a folder in which an ordinary user may start a server.
func ownedBy(t *testing.T, uid uint32) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can run a program as another user")
	}
	dir, err := os.MkdirTemp("", "marquee-owned-") // the parents of t.TempDir are closed
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	must(t, os.Chown(dir, int(uid), int(uid)))
	return dir
}

// The user of PostgreSQL cannot enter the folders of root.
func TestRunsBelowFoldersClosedToItsUser(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root runs PostgreSQL as another user")
	}
	parent := t.TempDir()
	must(t, os.Chmod(parent, 0o700))
	c := config(filepath.Join(parent, "closed", "marquee-data"))
	s := start(t, c)
	must(t, exec1(s.URL(), "CREATE TABLE movies AS SELECT 1 AS id"))
	kill(t, postmasterPID(t, c.DataDir))
	await.Nil(t, func() error { return exec1(s.URL(), "SELECT 1") })
	must(t, s.Close())
	s = start(t, c)
	expect(t, s.URL(), "SELECT id FROM movies", "1")
}

// With the umask 077 of root, the user of PostgreSQL cannot execute the program.
func TestRunsWhenItsUserCannotExecuteTheProgram(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root runs PostgreSQL as another user")
	}
	closed := filepath.Join(t.TempDir(), "program")
	writeProgram(t, closed)
	cmd := helper(t.TempDir())
	cmd.Path = closed
	out, err := cmd.CombinedOutput() // its standard input is at its end, so it stops at once
	if err != nil || !strings.HasPrefix(string(out), "postgres://") {
		t.Errorf("got %v: %s", err, out)
	}
}

// writeProgram copies the test's program, executable by its owner only. A child that another test forks meanwhile would
// inherit the open file, and the kernel executes no file that is open for writing (ETXTBSY, golang/go#22315). So nothing
// forks until the file is closed.
func writeProgram(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	must(t, os.WriteFile(path, b, 0o700))
}

func TestRefusesAFolderOfRoot(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	c := config(t.TempDir())
	folder := filepath.Join(c.DataDir, "postgres")
	must(t, os.MkdirAll(filepath.Join(folder, "cluster"), 0o700))
	_, err := embedded.Start(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "chown -R nobody "+folder) {
		t.Errorf("got %v", err)
	}
}

// busy starts a session that computes without a check for interrupts.
func busy(t *testing.T, url string) {
	t.Helper()
	go exec1(url, "SELECT count(*) AS busy FROM generate_series(1, 1000000000)")
	await.Nil(t, func() error {
		rows, err := query(url, "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%AS busy%' AND pid <> pg_backend_pid()")
		if err == nil && len(rows) == 0 {
			err = errors.New("no busy session")
		}
		return err
	})
}

// listening returns the addresses on which the processes of dir accept TCP connections, and their other sockets.
func listening(t *testing.T, dir string) []string {
	t.Helper()
	inodes := map[string]bool{}
	for _, pid := range processes(t, dir) {
		links, _ := filepath.Glob(filepath.Join("/proc", itoa(pid), "fd", "*"))
		for _, link := range links {
			if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, "socket:[") {
				inodes[strings.Trim(target, "socket:[]")] = true
			}
		}
	}
	var addresses []string
	for _, table := range []string{"tcp", "tcp6", "unix"} {
		f, err := os.Open("/proc/net/" + table)
		must(t, err)
		defer f.Close()
		for scanner := bufio.NewScanner(f); scanner.Scan(); {
			if address := listener(table, strings.Fields(scanner.Text()), inodes); address != "" {
				addresses = append(addresses, address)
			}
		}
	}
	if len(addresses) == 0 {
		t.Error("got no listening socket")
	}
	return addresses
}

// listener returns the address in one line of /proc/net if it is a listening socket of the given inodes.
func listener(table string, fields []string, inodes map[string]bool) string {
	const acceptsUnix, tcpListen = "00010000", "0A"
	switch {
	case table == "unix" && len(fields) > 6 && inodes[fields[6]] && fields[3] == acceptsUnix:
		return "unix socket " + strings.Join(fields[7:], " ")
	case table != "unix" && len(fields) > 9 && inodes[fields[9]] && fields[3] == tcpListen:
		host, port, _ := strings.Cut(fields[1], ":")
		number, _ := strconv.ParseUint(port, 16, 16)
		if host == "0100007F" {
			host = "127.0.0.1"
		}
		return net.JoinHostPort(host, itoa(int(number)))
	}
	return ""
}

func itoa(i int) string { return strconv.Itoa(i) }
