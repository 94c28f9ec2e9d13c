package program

import (
	"context"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack"
)

// A database that was given is changed by marquee migrate alone; every other
// command says so.
func TestMigrate(t *testing.T) {
	t.Parallel()
	e := environment{"MARQUEE_DATABASE_URL": devstack.Postgres(t)}
	films := writeFile(t, "films.json", twoFilms)
	for _, args := range [][]string{
		anyPort, {"import", "wikipedia", films}, {"export", "-"}, {"token", "create", "--user", "ed"},
	} {
		contains(t, fail(t, e, args...), "marquee migrate")
	}
	contains(t, succeed(t, e, "migrate"), "Applied", "up to date")
	again := succeed(t, e, "migrate")
	contains(t, again, "up to date")
	lacks(t, again, "Applied")
	startServing(t, e).get(t, "/2.0/movies")
}

func TestFlagsBeatEnvironment(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	url := e["MARQUEE_DATABASE_URL"]
	e["MARQUEE_LISTEN"] = "nowhere at all" // anyPort has the flag
	startServing(t, e).get(t, "/2.0/movies")

	e["MARQUEE_DATABASE_URL"] = "postgres://ed:mellon@127.0.0.1:1/none"
	succeed(t, e, "export", "-", "--database-url", url)
	contains(t, succeed(t, e, "--database-url="+url, "token", "create", "--user", "ed"), "token")
	e["MARQUEE_USER"], e["MARQUEE_DATABASE_URL"] = "eve", url
	succeed(t, e, "token", "create") // a required flag may come from the environment too
}

// What is given wrongly is named as it was given.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env   environment
		args  []string
		named []string
	}{
		{nil, []string{"serve", "--sample=perhaps"}, []string{"--sample", "perhaps"}},
		{environment{"MARQUEE_SAMPLE": "perhaps"}, []string{"serve"}, []string{"MARQUEE_SAMPLE", "perhaps"}},
		{nil, []string{"migrate", "--log-level=loud"}, []string{"log-level", "loud", "debug, info, warn or error"}},
		{environment{"MARQUEE_LOG_LEVEL": "loud"}, []string{"migrate"}, []string{"loud", "debug, info, warn or error"}},
		{environment{"MARQUEE_DRY_RUN": "2"}, []string{"import", "ndjson", "none"}, []string{"MARQUEE_DRY_RUN", "2"}},
		{environment{"MARQUEE_LISTEN": "nowhere at all"}, []string{"serve"}, []string{"nowhere at all", "--listen"}},
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
			contains(t, fail(t, c.env, append(c.args, "--data-dir", dir)...), c.named...)
			if _, err := os.Stat(dir); err == nil {
				t.Error("a data directory was made for nothing")
			}
		})
	}
}

// A database that cannot be used is an error that says which it is, and never
// shows the password.
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
			e := environment{"MARQUEE_DATABASE_URL": c.url}
			real, _ := url.Parse(working)
			password, _ := real.User.Password()
			for _, args := range [][]string{anyPort, {"migrate"}} {
				message := fail(t, e, args...)
				contains(t, message, c.named)
				lacks(t, message, secret, password)
			}
		})
	}
}

// A database that takes the connection and then says nothing keeps nobody
// waiting.
func TestSilentDatabase(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0") // the kernel takes connections for it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	address := silent.Addr().String()
	for command, args := range map[string][]string{"migrate": {"migrate"}, "serve": anyPort} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			var out output
			p := New(&out, &out)
			p.Getenv = environment{"MARQUEE_DATABASE_URL": "postgres://ed@" + address + "/films"}.get
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := p.Run(ctx, args)
			if err == nil || ctx.Err() != nil {
				t.Fatalf("got %v, %v, want an error soon", err, ctx.Err())
			}
			contains(t, err.Error(), address)
		})
	}
}

// alter is a URL with a change.
func alter(t *testing.T, from string, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(from)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}
