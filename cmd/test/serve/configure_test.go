package serve_test

import (
	"context"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marquee/cmd/program"
	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// Only marquee migrate changes the schema of a given database. All other commands refuse
// an old schema and name it.
func TestMigrate(t *testing.T) {
	t.Parallel()
	e := fixture.Env{"MARQUEE_DATABASE_URL": devstack.Postgres(t)}
	films := fixture.WriteFile(t, "films.json", fixture.TwoFilms)
	for _, args := range [][]string{
		fixture.AnyPort, {"import", "wikipedia", films}, {"export", "-"}, {"token", "create", "--user", "ed"},
	} {
		fixture.Contains(t, fixture.Fail(t, e, args...), "marquee migrate")
	}
	fixture.Contains(t, fixture.Run(t, e, "migrate"), "Applied", "up to date")
	again := fixture.Run(t, e, "migrate")
	fixture.Contains(t, again, "up to date")
	fixture.Lacks(t, again, "Applied")
	fixture.Serve(t, e).Get(t, "/2.0/movies")
}

func TestFlagsBeatEnvironment(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	url := e["MARQUEE_DATABASE_URL"]
	e["MARQUEE_LISTEN"] = "nowhere at all" // anyPort has the flag
	fixture.Serve(t, e).Get(t, "/2.0/movies")

	e["MARQUEE_DATABASE_URL"] = "postgres://ed:mellon@127.0.0.1:1/none"
	fixture.Run(t, e, "export", "-", "--database-url", url)
	fixture.Contains(t, fixture.Run(t, e, "--database-url="+url, "token", "create", "--user", "ed"), "token")
	e["MARQUEE_USER"], e["MARQUEE_DATABASE_URL"] = "eve", url
	fixture.Run(t, e, "token", "create") // a required flag may also come from the environment
}

// The error for a bad setting names the flag or variable that set it.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env   fixture.Env
		args  []string
		named []string
	}{
		{nil, []string{"serve", "--sample=perhaps"}, []string{"--sample", "perhaps"}},
		{fixture.Env{"MARQUEE_SAMPLE": "perhaps"}, []string{"serve"}, []string{"MARQUEE_SAMPLE", "perhaps"}},
		{nil, []string{"migrate", "--log-level=loud"}, []string{"log-level", "loud", "debug, info, warn or error"}},
		{fixture.Env{"MARQUEE_LOG_LEVEL": "loud"}, []string{"migrate"}, []string{"loud", "debug, info, warn or error"}},
		{fixture.Env{"MARQUEE_DRY_RUN": "2"}, []string{"import", "ndjson", "none"}, []string{"MARQUEE_DRY_RUN", "2"}},
		{fixture.Env{"MARQUEE_LISTEN": "nowhere at all"}, []string{"serve"}, []string{"nowhere at all", "--listen"}},
		{nil, []string{"serve", "--lisen", ":1"}, []string{"--lisen"}},
		{nil, []string{"serv"}, []string{"serv", "serve"}},
		{nil, []string{"token", "crate"}, []string{"crate"}},
		{nil, []string{"export"}, []string{"one FILE"}},
		{nil, []string{"import", "ndjson"}, []string{"FORMAT and at least one PATH"}},
		{nil, []string{"serve", "films.json"}, []string{"films.json"}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "marquee-data")
			fixture.Contains(t, fixture.Fail(t, c.env, append(c.args, "--data-dir", dir)...), c.named...)
			if _, err := os.Stat(dir); err == nil {
				t.Error("got a data directory, want none")
			}
		})
	}
}

// The error for an unusable database names the database, and not the password.
func TestBadDatabase(t *testing.T) {
	t.Parallel()
	const secret = "mellon-4711"
	working := devstack.Postgres(t)
	for name, c := range map[string]struct{ url, named string }{
		"malformed port":     {"postgres://ed:" + secret + "@127.0.0.1:port/films", "postgres://user:password@host:port/database"},
		"malformed password": {"postgres://ed:" + secret + "%zz@127.0.0.1/films", "postgres://user:password@host:port/database"},
		"malformed keywords": {"host=127.0.0.1 password='" + secret, "postgres://user:password@host:port/database"},
		"another scheme":     {"mysql://ed:" + secret + "@127.0.0.1/films", "postgres://user:password@host:port/database"},
		"nobody listens":     {"postgres://ed:" + secret + "@127.0.0.1:1/films", "127.0.0.1:1"},
		"wrong password":     {alter(t, working, func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), secret) }), "password authentication failed"},
		"no such database":   {alter(t, working, func(u *url.URL) { u.Path = "/none_of_these" }), "none_of_these"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := fixture.Env{"MARQUEE_DATABASE_URL": c.url}
			real, _ := url.Parse(working)
			password, _ := real.User.Password()
			for _, args := range [][]string{fixture.AnyPort, {"migrate"}} {
				message := fixture.Fail(t, e, args...)
				fixture.Contains(t, message, c.named)
				fixture.Lacks(t, message, secret, password)
			}
		})
	}
}

// With a database that accepts connections and does not answer, commands fail soon.
func TestSilentDatabase(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0") // the kernel accepts connections
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	address := silent.Addr().String()
	for command, args := range map[string][]string{"migrate": {"migrate"}, "serve": fixture.AnyPort} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			var out fixture.Output
			p := program.New(&out, &out)
			p.Getenv = fixture.Env{"MARQUEE_DATABASE_URL": "postgres://ed@" + address + "/films"}.Get
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := p.Run(ctx, args)
			if err == nil || ctx.Err() != nil {
				t.Fatalf("got %v, %v; want an error within 20 s", err, ctx.Err())
			}
			fixture.Contains(t, err.Error(), address)
		})
	}
}

// alter returns a changed URL.
func alter(t *testing.T, from string, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(from)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}
