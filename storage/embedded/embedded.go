// Package embedded runs a private PostgreSQL for a program that has no database configured.
//
// Three processes take part. The program calls Start. Start re-executes the program's own file as a supervisor, in a
// session of its own (a terminal's Ctrl-C must not reach PostgreSQL before the program has closed it) and, when the
// program is root, under an unprivileged user (PostgreSQL refuses root). The supervisor runs postgres in the foreground,
// restarts it when it dies, and stops it when the pipe from the program reaches its end: by Close, or by the program's
// death, however it died.
//
// Everything lives in the folder "postgres" of the data directory:
//
//	cluster/         what initdb made; complete or absent, never half
//	password         the password of the role marquee, mode 0600
//	server.json      port and process ids while a server runs, see Find
//	program.lock     held by the program that called Start
//	supervisor.lock  held by the supervisor and by postgres, so it outlives a killed program until all is stopped
//	postgres.log     PostgreSQL's log, at most two files of 8 MiB
//
// PostgreSQL itself is kept for all data directories in a cache folder, or beside "postgres" if none can be written.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// startLimit bounds Start when its context does not: a download of 30 MB on a slow line, then a long crash recovery.
	startLimit = 5 * time.Minute
	// closeLimit is more than a supervisor needs at worst (fastLimit + immediateLimit + killLimit).
	closeLimit = 35 * time.Second
	// restartDelay is the pause before a lost supervisor is started again.
	restartDelay = 200 * time.Millisecond
)

// ErrInUse is wrapped by Start's error when another process, or this one, already runs a server in the data directory.
var ErrInUse = errors.New("the data directory is in use")

// errClosed ends a start that Close has overtaken.
var errClosed = errors.New("closed")

// Config says where a server keeps its data and how it runs.
type Config struct {
	// DataDir is the program's data directory. It is created when missing; the server uses its folder "postgres" only.
	DataDir string
	// BinDir is a local PostgreSQL installation (15 or later): the folder that holds bin/postgres. Empty means that
	// PostgreSQL 17 is downloaded once and cached.
	BinDir string
	// Settings are added to postgresql.conf, for instance {"fsync": "off"} in tests. They cannot open the server to
	// the network: address, port and authentication are not theirs to change.
	Settings map[string]string
	// Temporary makes a server for tests: it is stopped without a checkpoint, and its data is removed when it stops,
	// even if the program was killed.
	Temporary bool
	// Logger receives what an operator should know: downloads, restarts, giving up. Nil means slog.Default().
	Logger *slog.Logger
}

// Server is a running PostgreSQL. Its methods may be called from any goroutine.
type Server struct {
	config    Config
	directory *directory
	binaries  string
	url       string
	port      int

	mu      sync.Mutex
	child   *child
	closing bool
	err     error
	done    chan struct{}
}

// Start starts PostgreSQL in c.DataDir, creating the cluster at the first call, and returns when it answers. It refuses
// with ErrInUse when the directory already has a server. Every error says how to repair its cause. ctx bounds the start
// only; the server runs until Close.
func Start(ctx context.Context, c Config) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if !supervising {
		return nil, errors.New("start postgres: embedded.Supervise must be the first call of main (or TestMain)")
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	dir, err := openDirectory(c.DataDir)
	if err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	s := &Server{config: c, directory: dir, done: make(chan struct{})}
	if err := s.start(ctx); err != nil {
		dir.close()
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	go s.watch()
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	err := s.directory.lock(ctx)
	if err != nil {
		return err
	}
	if s.binaries, err = locateBinaries(ctx, s.config, s.directory); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return err
	}
	if s.url, err = s.directory.url(s.port); err == nil {
		err = ping(ctx, s.url)
	}
	if err != nil {
		s.child.stop()
	}
	return err
}

// launch starts a supervisor and waits until its PostgreSQL is ready.
func (s *Server) launch(ctx context.Context) error {
	c, err := startChild(s.directory, supervisorConfig{
		Directory: s.directory.path,
		Binaries:  s.binaries,
		Settings:  s.config.Settings,
		Temporary: s.config.Temporary,
		Port:      s.port,
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.child = c
	closing := s.closing
	s.mu.Unlock()
	if closing { // Close came between two supervisors and has not seen this one
		c.stop()
		return errClosed
	}
	port, err := c.waitReady(ctx, s.config.Logger)
	if err != nil {
		c.stop()
		return err
	}
	s.port = port
	return nil
}

// watch follows the supervisor. One that died without giving up (killed) is replaced, on the same port.
func (s *Server) watch() {
	defer close(s.done)
	for {
		err := s.child.follow(s.config.Logger)
		if s.isClosing() {
			return
		}
		if err == nil {
			s.config.Logger.Warn("the supervisor of PostgreSQL died, starting another", "port", s.port)
			time.Sleep(restartDelay)
			ctx, cancel := context.WithTimeout(context.Background(), startLimit)
			err = s.launch(ctx)
			cancel()
		}
		if err != nil && !s.isClosing() {
			s.fail(err)
			return
		}
	}
}

func (s *Server) fail(err error) {
	s.mu.Lock()
	s.err = fmt.Errorf("the embedded PostgreSQL stopped: %w", err)
	s.mu.Unlock()
	s.config.Logger.Error("the embedded PostgreSQL stopped for good; restart the program", "error", err)
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// URL is the connection URL of the database marquee, with its password: do not log it. It stays the same for the life
// of the Server, also when PostgreSQL had to be restarted.
func (s *Server) URL() string { return s.url }

// Done is closed when the server has stopped: after Close, or when it failed for good; then Err says why.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err is why the server stopped by itself; nil while it runs and after an orderly Close.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close stops PostgreSQL, disconnecting its clients, and returns when it is gone, after closeLimit at the latest. Only
// the first call does something.
func (s *Server) Close() error {
	s.mu.Lock()
	first := !s.closing
	s.closing = true
	c := s.child
	s.mu.Unlock()
	if !first {
		<-s.done
		return nil
	}
	err := c.stop()
	<-s.done
	s.directory.close()
	if err != nil {
		return fmt.Errorf("stop postgres: %w", err)
	}
	return nil
}

// ping connects once: only an answer to a query proves that the server, its role and its password are right.
func ping(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return conn.Ping(ctx)
}
