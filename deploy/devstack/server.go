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

// Server is a server that belongs to one test, which may kill and freeze it. It ends with the test. A method that fails
// fails the test, so all methods must be called from the test's goroutine.
type Server struct {
	t      testing.TB
	faults fault.Server
}

// StartElasticsearch starts an Elasticsearch, in some seconds.
func StartElasticsearch(t testing.TB) *Server {
	t.Helper()
	return startServer(t, "Elasticsearch", func(ctx context.Context, dir string) (fault.Server, error) {
		return server.Elasticsearch(ctx, dir, !measures(t))
	})
}

// StartRedis starts a Redis, in some milliseconds.
func StartRedis(t testing.TB) *Server {
	t.Helper()
	return startServer(t, "Redis", func(ctx context.Context, dir string) (fault.Server, error) {
		return server.Redis(ctx, dir)
	})
}

// StartPostgres starts a PostgreSQL with an empty database and the settings of production, in a second. It needs the process
// table of Linux. It ignores MARQUEE_TEST_DATABASE_URL.
func StartPostgres(t testing.TB) *Server {
	t.Helper()
	return startServer(t, "PostgreSQL", fault.Postgres)
}

// startServer does not use t.TempDir, whose removal fails the test while a dying server still has a file open.
func startServer(t testing.TB, name string, start func(ctx context.Context, dir string) (fault.Server, error)) *Server {
	t.Helper()
	SkipShort(t, name+" for one test")
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

// URL returns the server's address for clients. Restart does not change it.
func (s *Server) URL() string { return s.faults.URL() }

// Kill ends the server at once, as the loss of its machine would. It returns when connections are refused.
func (s *Server) Kill() {
	s.t.Helper()
	s.check("kill", s.faults.Kill())
}

// Stop freezes the server: it accepts connections and answers nothing.
func (s *Server) Stop() {
	s.t.Helper()
	s.check("stop", s.faults.Stop())
}

// Continue lets a stopped server go on where it was.
func (s *Server) Continue() {
	s.t.Helper()
	s.check("continue", s.faults.Continue())
}

// Restart kills the server if it runs, and starts it on the same port with the same data. It returns when the server answers.
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
