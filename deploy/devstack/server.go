package devstack

import (
	"context"
	"errors"
	"os"
	"testing"

	"marquee/deploy/devstack/fault"
	"marquee/deploy/devstack/install"
	"marquee/deploy/devstack/server"
)

// Server is a server that belongs to one test, which may do anything to it. It ends with the test. A method that fails
// fails the test, so all must be called from the test's own goroutine.
type Server struct {
	t      testing.TB
	faults fault.Server
}

// StartElasticsearch starts an Elasticsearch, which takes some seconds.
func StartElasticsearch(t testing.TB) *Server {
	t.Helper()
	return startServer(t, "Elasticsearch", func(ctx context.Context, dir string) (fault.Server, error) {
		return server.Elasticsearch(ctx, dir, true)
	})
}

// StartRedis starts a Redis, which takes some milliseconds.
func StartRedis(t testing.TB) *Server {
	t.Helper()
	return startServer(t, "Redis", func(ctx context.Context, dir string) (fault.Server, error) {
		return server.Redis(ctx, dir)
	})
}

// StartPostgres starts a PostgreSQL like that of production, with an empty database, which takes a second. It needs the
// process table of Linux. MARQUEE_TEST_DATABASE_URL does not matter here.
func StartPostgres(t testing.TB) *Server {
	t.Helper()
	return startServer(t, "PostgreSQL", fault.Postgres)
}

// startServer uses no t.TempDir: its removal fails the test if a dying server still holds on to a file.
func startServer(t testing.TB, name string, start func(ctx context.Context, dir string) (fault.Server, error)) *Server {
	t.Helper()
	dir, err := server.TempDir("test")
	if err != nil {
		t.Fatalf("devstack: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), install.Limit)
	defer cancel()
	f, err := start(ctx, dir)
	if err != nil {
		err = errors.Join(err, os.RemoveAll(dir))
		missing(t, "no %s for this test: %v", name, err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("devstack: end %s: %v", name, err)
		}
	})
	return &Server{t: t, faults: f}
}

// URL is the server's address for clients. It stays the same over Restart.
func (s *Server) URL() string { return s.faults.URL() }

// Kill ends the server at once, as the loss of its machine would, and returns when it is gone: connections are refused.
func (s *Server) Kill() {
	s.t.Helper()
	s.check("kill", s.faults.Kill())
}

// Stop freezes the server: connections are accepted, and nothing is answered.
func (s *Server) Stop() {
	s.t.Helper()
	s.check("stop", s.faults.Stop())
}

// Continue lets a stopped server go on where it was.
func (s *Server) Continue() {
	s.t.Helper()
	s.check("continue", s.faults.Continue())
}

// Restart kills the server, if it runs, starts it on the same port with the data that it had, and returns when it answers.
func (s *Server) Restart() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), startLimit)
	defer cancel()
	s.check("restart", s.faults.Restart(ctx))
}

// RestartEmpty is Restart without the data.
func (s *Server) RestartEmpty() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), startLimit)
	defer cancel()
	s.check("restart", s.faults.RestartEmpty(ctx))
}

func (s *Server) check(what string, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("devstack: %s server: %v", what, err)
	}
}
