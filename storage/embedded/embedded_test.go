package embedded_test

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marquee/storage/embedded"
)

func TestRestartKeepsData(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	must(t, os.MkdirAll(filepath.Join(c.DataDir, "postgres"), 0o755))
	first := start(t, c)
	must(t, exec1(first.URL(), "CREATE TABLE movies AS SELECT 'Été' AS title"))
	must(t, first.Close())
	must(t, first.Close())
	<-first.Done()
	must(t, first.Err())
	noProcesses(t, c.DataDir)
	second := start(t, c)
	expect(t, second.URL(), "SELECT upper(title) FROM movies", "ÉTÉ")
}

func TestSettingsReachPostgres(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	c.Settings = map[string]string{"work_mem": "7MB", "listen_addresses": "*", "cluster_name": "it's"}
	s := start(t, c)
	for name, want := range map[string]string{
		"work_mem": "7MB", "listen_addresses": "127.0.0.1", "cluster_name": "it's", "TimeZone": "UTC",
		"server_encoding": "UTF8", "synchronous_commit": "on", "fsync": "on", "jit": "off",
	} {
		expect(t, s.URL(), "SELECT current_setting('"+name+"')", want)
	}
	expect(t, s.URL(), "SELECT datctype FROM pg_database WHERE datname = current_database()", "C.UTF-8")
	expect(t, s.URL(), "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user", "false true")
}

func TestRefusesAMalformedSetting(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	c.Settings = map[string]string{"shared_buffers": "much"}
	_, err := embedded.Start(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), `invalid value for parameter "shared_buffers"`) {
		t.Errorf("got %v, want an error with PostgreSQL's message", err)
	}
	noProcesses(t, c.DataDir)
	c.Settings = nil
	start(t, c) // and the folder is free again
}

func TestASecondStartIsRefusedWithTheProcess(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	p := startProgram(t, c.DataDir, 0)
	_, err := embedded.Start(t.Context(), c)
	if !errors.Is(err, embedded.ErrInUse) || !strings.Contains(err.Error(), "process "+itoa(p.Process.Pid)) {
		t.Errorf("want ErrInUse with process %d, got %v", p.Process.Pid, err)
	}
	must(t, exec1(p.url, "SELECT 1"))
}

func TestOnlyOneOfConcurrentStartsSucceeds(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	errs := make(chan error)
	for range 4 {
		go func() {
			s, err := embedded.Start(t.Context(), c)
			if err == nil {
				t.Cleanup(func() { s.Close() })
				err = exec1(s.URL(), "SELECT 1")
			}
			errs <- err
		}()
	}
	won := 0
	for range 4 {
		if err := <-errs; err == nil {
			won++
		} else if !errors.Is(err, embedded.ErrInUse) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("got %d of 4 starts, want 1", won)
	}
}

func TestFindReturnsARunningServer(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	wantAbsent := func() {
		t.Helper()
		if u, running, err := embedded.Find(c.DataDir); u != "" || running || err != nil {
			t.Errorf("want no server, got %t %v", running, err)
		}
	}
	wantAbsent()
	s := start(t, c)
	for range 2 { // looking does not disturb the server
		if u, running, err := embedded.Find(c.DataDir); u != s.URL() || !running || err != nil {
			t.Errorf("want the server, got %t %v", running, err)
		}
	}
	info := filepath.Join(c.DataDir, "postgres", "server.json")
	stale, err := os.ReadFile(info)
	must(t, err)
	must(t, s.Close())
	wantAbsent()
	must(t, os.WriteFile(info, stale, 0o644)) // as a crash leaves it
	wantAbsent()
}

// There is no other address, no socket, no other role, and no readable password.
func TestOnlyTheOwnerReachesTheServer(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	s := start(t, c)
	u, err := url.Parse(s.URL())
	must(t, err)
	password, _ := u.User.Password()

	for _, address := range listening(t, c.DataDir) {
		if address != "127.0.0.1:"+u.Port() {
			t.Errorf("got a socket on %s", address)
		}
	}
	for _, login := range []*url.Userinfo{url.User("marquee"), url.UserPassword("marquee", "wrong"), url.UserPassword("postgres", password)} {
		other := *u
		other.User = login
		if err := exec1(other.String(), "SELECT 1"); err == nil {
			t.Errorf("got a connection as %s", login.Username())
		}
	}
	for _, pid := range processes(t, c.DataDir) {
		for _, file := range []string{"cmdline", "environ"} {
			b, _ := os.ReadFile(filepath.Join("/proc", itoa(pid), file))
			if strings.Contains(string(b), password) {
				t.Errorf("process %d has the password in its %s", pid, file)
			}
		}
	}
	must(t, filepath.WalkDir(filepath.Join(c.DataDir, "postgres"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // PostgreSQL removes files all the time
		}
		if info, err := entry.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to other users: %s", path, info.Mode())
		}
		if b, err := os.ReadFile(path); err == nil && entry.Name() != "password" && strings.Contains(string(b), password) {
			t.Errorf("%s has the password", path)
		}
		return nil
	}))
}

func TestALostPasswordIsReplaced(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	must(t, start(t, c).Close())
	must(t, os.Remove(filepath.Join(c.DataDir, "postgres", "password")))
	must(t, exec1(start(t, c).URL(), "SELECT 1"))
}

func TestATemporaryServerRemovesItsData(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	c.Temporary = true
	must(t, start(t, c).Close())
	entries, err := os.ReadDir(filepath.Join(c.DataDir, "postgres"))
	if err != nil || len(entries) > 0 {
		t.Errorf("got the files %v, %v; want none", entries, err)
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c := config(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := embedded.Start(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("want context.Canceled, got %v", err)
	}
	noProcesses(t, c.DataDir)
}

func TestStartRequiresSupervise(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), helperVariable+"=unsupervised", helperData+"="+t.TempDir())
	out, err := cmd.Output()
	must(t, err)
	if !strings.Contains(string(out), "embedded.Supervise must be the first call") {
		t.Errorf("got %s", out)
	}
}

// Another version refuses the data of the local installation, with the repair.
func TestBinDirUsesALocalInstallation(t *testing.T) {
	t.Parallel()
	const installation = "/usr/lib/postgresql/15"
	if _, err := os.Stat(installation); err != nil {
		t.Skipf("no local PostgreSQL: %v", err)
	}
	c := config(t.TempDir())
	c.BinDir = installation
	s := start(t, c)
	expect(t, s.URL(), "SELECT current_setting('server_version_num')::int / 10000", "15")
	must(t, s.Close())
	c.BinDir = ""
	_, err := embedded.Start(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "MARQUEE_POSTGRES_BIN to a PostgreSQL 15") {
		t.Errorf("got %v", err)
	}
	c.BinDir = t.TempDir()
	_, err = embedded.Start(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), c.BinDir) {
		t.Errorf("got %v", err)
	}
}
