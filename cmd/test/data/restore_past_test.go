package data_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// A base backup and the write-ahead log restore a moment in the past, as docs/operations.md
// describes. Writes that were acknowledged before that moment are there, and no process
// shows later ones.
func TestRestoreOfAMoment(t *testing.T) {
	t.Parallel()
	p := startPast(t)
	archive := filepath.Join(p.folder, "archive")
	makeFolder(t, p.folder, archive)
	p.exec(t, "ALTER SYSTEM SET archive_mode = on", fmt.Sprintf(`ALTER SYSTEM SET archive_command = 'test ! -f %[1]s/%%f && cp %%p %[1]s/%%f'`, archive))
	p.server.Kill() // with all its processes, which Restart alone would leave for a moment
	p.server.Restart()
	e := fixture.Env{"MARQUEE_DATABASE_URL": p.server.URL(), "MARQUEE_REDIS_URL": devstack.Redis(t)}
	fixture.Run(t, e, "migrate")
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	base := filepath.Join(p.folder, "base")
	run(t, devstack.PostgresProgram(t, "pg_basebackup"), "-D", base, "-d", superuser(t, p.server.URL()), "-c", "fast", "-X", "none")
	ids := fixture.Ferries(t, s.Site) // only the archived write-ahead log has them
	moment := p.ask(t, "SELECT now()::text")
	lost := lose(t, s.Site, "/2.0/movies/"+ids[0])
	fixture.AwaitShared(t, e["MARQUEE_REDIS_URL"], len(lost.targets))
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	segment := p.ask(t, "SELECT pg_walfile_name(pg_switch_wal())")
	await.Nil(t, func() error {
		_, err := os.Stat(filepath.Join(archive, segment))
		return err
	})

	p.server.Kill()
	settings := fmt.Sprintf("restore_command = 'cp %s/%%f %%p'\nrecovery_target_time = '%s'\nrecovery_target_action = 'promote'\n", archive, moment)
	appendTo(t, filepath.Join(base, "postgresql.auto.conf"), settings)
	appendTo(t, filepath.Join(base, "recovery.signal"), "")
	p.replace(t, base)
	p.server.Restart()
	await.Nil(t, func() error {
		if p.ask(t, "SELECT pg_is_in_recovery()::text") != "false" {
			return fmt.Errorf("PostgreSQL is still in recovery")
		}
		return nil
	})
	restored := fixture.Serve(t, e)
	restored.Token = s.Token
	fixture.Contains(t, restored.Stderr.String(), "the database is a copy of an earlier state")
	fixture.Contains(t, string(restored.Public().Get(t, "/2.0/movies/"+ids[2]).Body), "Ferry to Nowhere")
	lost.gone(t, restored.Site, fixture.Serve(t, e.Without("MARQUEE_REDIS_URL")).Site)
}

// The snapshot of a disk looks like the database itself. After marquee migrate --restored,
// no process shows the lost state.
func TestRestoreOfASnapshot(t *testing.T) {
	t.Parallel()
	p := startPast(t)
	e := fixture.Env{"MARQUEE_DATABASE_URL": p.server.URL(), "MARQUEE_REDIS_URL": devstack.Redis(t)}
	fixture.Run(t, e, "migrate")
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	film := "/2.0/movies/" + fixture.Ferries(t, s.Site)[0]
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	p.server.Kill()
	snapshot := filepath.Join(p.folder, "snapshot")
	run(t, "cp", "-a", p.data, snapshot)
	p.server.Restart()
	later := fixture.Serve(t, e)
	later.Token = s.Token
	lost := lose(t, later.Site, film)
	fixture.AwaitShared(t, e["MARQUEE_REDIS_URL"], len(lost.targets))
	if err := later.Stop(); err != nil {
		t.Fatal(err)
	}
	p.server.Kill()
	p.replace(t, snapshot)
	p.server.Restart()
	fixture.Contains(t, fixture.Run(t, e, "migrate", "--restored"), "The catalogue continues at version 1000000")
	restored := fixture.Serve(t, e)
	restored.Token = s.Token
	lost.gone(t, restored.Site, fixture.Serve(t, e.Without("MARQUEE_REDIS_URL")).Site)
}

// postgresPast is a PostgreSQL whose files can be replaced while it is stopped.
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

// superuser returns the URL of a server for its superuser.
func superuser(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("postgres")
	return u.String()
}

// exec runs statements as superuser.
func (p *postgresPast) exec(t *testing.T, statements ...string) {
	t.Helper()
	conn := connectTo(t, superuser(t, p.server.URL()))
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// ask returns the single value of a query as superuser.
func (p *postgresPast) ask(t *testing.T, query string) (answer string) {
	t.Helper()
	if err := connectTo(t, superuser(t, p.server.URL())).QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// replace replaces the files of a stopped server, with the same owner.
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

// makeFolder creates a folder with the owner of another one.
func makeFolder(t *testing.T, like, folder string) {
	t.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "chown", ownerOf(t, like), folder)
}

// ownerOf returns the user and group ids of a file.
func ownerOf(t *testing.T, file string) string {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d", s.Uid, s.Gid)
}

// appendTo appends a text to a file, and creates the file if necessary.
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
