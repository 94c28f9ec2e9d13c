package program

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"marquee/deploy/devstack"
)

// A base backup and the log that was kept since bring back a moment in the past, as
// docs/operations.md has it: what was acknowledged before that is there, and what
// came after it is shown by nobody.
func TestRestoreOfAMoment(t *testing.T) {
	t.Parallel()
	p := startPast(t)
	archive := filepath.Join(p.folder, "archive")
	makeFolder(t, p.folder, archive)
	p.as(t, "ALTER SYSTEM SET archive_mode = on", fmt.Sprintf(`ALTER SYSTEM SET archive_command = 'test ! -f %[1]s/%%f && cp %%p %[1]s/%%f'`, archive))
	p.server.Kill() // with all its processes, which Restart alone would leave for a moment
	p.server.Restart()
	e := environment{"MARQUEE_DATABASE_URL": p.server.URL(), "MARQUEE_REDIS_URL": devstack.Redis(t)}
	succeed(t, e, "migrate")
	s := startServing(t, e)
	s.token = newToken(t, e)
	base := filepath.Join(p.folder, "base")
	run(t, devstack.PostgresProgram(t, "pg_basebackup"), "-D", base, "-d", superuser(t, p.server.URL()), "-c", "fast", "-X", "none")
	ids := ferries(t, s.site) // only the kept log has them
	moment := p.ask(t, "SELECT now()::text")
	lost := lose(t, s.site, "/2.0/movies/"+ids[0])
	filled(t, e["MARQUEE_REDIS_URL"], len(lost.targets))
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	segment := p.ask(t, "SELECT pg_walfile_name(pg_switch_wal())")
	eventually(t, func() error {
		_, err := os.Stat(filepath.Join(archive, segment))
		return err
	})

	p.server.Kill()
	settings := fmt.Sprintf("restore_command = 'cp %s/%%f %%p'\nrecovery_target_time = '%s'\nrecovery_target_action = 'promote'\n", archive, moment)
	appendTo(t, filepath.Join(base, "postgresql.auto.conf"), settings)
	appendTo(t, filepath.Join(base, "recovery.signal"), "")
	p.replace(t, base)
	p.server.Restart()
	eventually(t, func() error {
		if p.ask(t, "SELECT pg_is_in_recovery()::text") != "false" {
			return fmt.Errorf("it still recovers")
		}
		return nil
	})
	restored := startServing(t, e)
	restored.token = s.token
	contains(t, restored.stderr.String(), "the database is a copy of an earlier state")
	contains(t, string(restored.public().get(t, "/2.0/movies/"+ids[2]).body), "Ferry to Nowhere")
	lost.gone(t, restored.site, startServing(t, e.without("MARQUEE_REDIS_URL")).site)
}

// A snapshot of a disk looks like the database itself. Once it is said to be one,
// nothing of the lost state is shown.
func TestRestoreOfASnapshot(t *testing.T) {
	t.Parallel()
	p := startPast(t)
	e := environment{"MARQUEE_DATABASE_URL": p.server.URL(), "MARQUEE_REDIS_URL": devstack.Redis(t)}
	succeed(t, e, "migrate")
	s := startServing(t, e)
	s.token = newToken(t, e)
	film := "/2.0/movies/" + ferries(t, s.site)[0]
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	p.server.Kill()
	snapshot := filepath.Join(p.folder, "snapshot")
	run(t, "cp", "-a", p.data, snapshot)
	p.server.Restart()
	later := startServing(t, e)
	later.token = s.token
	lost := lose(t, later.site, film)
	filled(t, e["MARQUEE_REDIS_URL"], len(lost.targets))
	if err := later.stop(); err != nil {
		t.Fatal(err)
	}
	p.server.Kill()
	p.replace(t, snapshot)
	p.server.Restart()
	contains(t, succeed(t, e, "migrate", "--restored"), "The catalogue goes on at version 1000000")
	restored := startServing(t, e)
	restored.token = s.token
	lost.gone(t, restored.site, startServing(t, e.without("MARQUEE_REDIS_URL")).site)
}

// postgresPast is a PostgreSQL whose files can be exchanged while it is down.
type postgresPast struct {
	server       *devstack.Server
	folder, data string // data lies in folder
}

func startPast(t *testing.T) *postgresPast {
	t.Helper()
	p := &postgresPast{server: devstack.StartReplicated(t).Primary}
	p.data = p.ask(t, "SHOW data_directory")
	p.folder = filepath.Dir(p.data)
	return p
}

// superuser is the address of a server for who may do everything on it.
func superuser(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("postgres")
	return u.String()
}

// as has the superuser run statements.
func (p *postgresPast) as(t *testing.T, statements ...string) {
	t.Helper()
	conn := connectTo(t, superuser(t, p.server.URL()))
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// ask is the superuser's one answer.
func (p *postgresPast) ask(t *testing.T, query string) (answer string) {
	t.Helper()
	if err := connectTo(t, superuser(t, p.server.URL())).QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// replace puts other files in the place of a server's that is down, with the same
// owner.
func (p *postgresPast) replace(t *testing.T, other string) {
	t.Helper()
	owner := ownerOf(t, p.data)
	if err := os.RemoveAll(p.data); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, p.data); err != nil {
		t.Fatal(err)
	}
	run(t, "chown", "-R", owner, p.data)
}

// makeFolder makes a folder that belongs to the owner of another.
func makeFolder(t *testing.T, like, folder string) {
	t.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "chown", ownerOf(t, like), folder)
}

// ownerOf is the user and group of a file, by their numbers.
func ownerOf(t *testing.T, file string) string {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d", s.Uid, s.Gid)
}

// appendTo adds a text to a file, which is made if it is not there.
func appendTo(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
