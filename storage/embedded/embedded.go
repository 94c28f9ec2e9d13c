// Package embedded runs a private PostgreSQL for a program without a configured database.
//
// There are three processes. The program calls Start. Start executes the program's own file again as a supervisor, in a
// session of its own: a Ctrl-C of the terminal must not reach PostgreSQL before the program has closed it. When the
// program is root, the supervisor runs as an unprivileged user, because PostgreSQL refuses root. The supervisor runs
// postgres in the foreground and restarts it when it dies. It stops postgres when the pipe from the program ends: by
// Close, or by any death of the program.
//
// All files are in the folder "postgres" of the data directory:
//
//	cluster/         the cluster of initdb; complete or absent, never partial
//	password         the password of the role marquee, mode 0600
//	server.json      port and process ids while a server runs, see Find
//	program.lock     held by the program that called Start
//	supervisor.lock  held by the supervisor and by postgres, so it is held after a kill of the program until both end
//	postgres.log     PostgreSQL's log, at most two files of 8 MiB
//
// All data directories share one installation of PostgreSQL in a cache folder. It is next to "postgres" when no cache
// can be written.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"marquee/storage/embedded/binary"
	"marquee/storage/embedded/directory"
	"marquee/storage/embedded/supervisor"

	"github.com/jackc/pgx/v5"
)

const (
	// startLimit bounds Start: a download of 30 MB on a slow line, then a long crash recovery.
	startLimit = 5 * time.Minute
	// restartDelay is the pause before a lost supervisor is started again.
	restartDelay = 200 * time.Millisecond
)

// ErrInUse is wrapped by the error of Start when this or another process already runs a server in the data directory.
var ErrInUse = directory.ErrInUse

// errClosed ends a start during which Close was called.
var errClosed = errors.New("closed")

// Config has the folder and the settings of a server.
type Config struct {
	// DataDir is the program's data directory. It is created when missing; the server uses its folder "postgres" only.
	DataDir string
	// BinDir is a local PostgreSQL installation (15 or later): the folder that holds bin/postgres. Empty means that
	// PostgreSQL 17 is downloaded once and cached.
	BinDir string
	// Settings are added to postgresql.conf, for instance {"fsync": "off"} in tests. They cannot open the server to
	// the network: address, port and authentication are fixed.
	Settings map[string]string
	// Temporary makes a server for tests: it stops without a checkpoint, and its data is removed when it stops, even if
	// the program was killed.
	Temporary bool
	// Logger logs downloads, restarts and giving up. Nil means slog.Default().
	Logger *slog.Logger
}

// Server is a running PostgreSQL. Its methods may be called from any goroutine.
type Server struct {
	config    Config
	directory *directory.Directory
	binaries  string
	url       string
	port      int

	mu      sync.Mutex
	child   *child
	closing bool
	err     error
	done    chan struct{}
}

// Start starts PostgreSQL in c.DataDir and returns when it answers. The first call creates the cluster. The error is
// ErrInUse when the directory already has a server. Every error says how to repair its cause. ctx bounds only the start;
// the server runs until Close.
func Start(ctx context.Context, c Config) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if !supervising {
		return nil, errors.New("start postgres: embedded.Supervise must be the first call of main (or TestMain)")
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	dir, err := directory.Open(c.DataDir)
	if err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	s := &Server{config: c, directory: dir, done: make(chan struct{})}
	if err := s.start(ctx); err != nil {
		dir.Close()
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	go s.watch()
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	err := s.directory.Lock(ctx)
	if err != nil {
		return err
	}
	if s.binaries, err = binary.Locate(ctx, s.config.BinDir, s.directory.Path, s.config.Logger); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return err
	}
	if s.url, err = s.directory.URL(s.port); err == nil {
		err = ping(ctx, s.url)
	}
	if err != nil {
		s.child.stop()
	}
	return err
}

// launch starts a supervisor and waits until its PostgreSQL is ready.
func (s *Server) launch(ctx context.Context) error {
	c, err := startChild(s.directory, supervisor.Config{
		Directory: s.directory.Path,
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
	if closing { // Close was called before this supervisor was stored
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

// watch follows the supervisor. A supervisor that was killed is replaced, on the same port.
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
	s.config.Logger.Error("the embedded PostgreSQL stopped permanently; restart the program", "error", err)
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// URL returns the connection URL of the database marquee, with its password: do not log it. It is the same for the life
// of the Server, after restarts of PostgreSQL too.
func (s *Server) URL() string { return s.url }

// Done is closed when the server has stopped: after Close, or after a permanent failure. Then Err returns the reason.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns the permanent failure of the server. It is nil while the server runs and after Close.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close stops PostgreSQL, disconnects its clients and waits for its end, at most supervisor.StopLimit. Only the first
// call has an effect.
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
	s.directory.Close()
	if err != nil {
		return fmt.Errorf("stop postgres: %w", err)
	}
	return nil
}

// ping checks the server, its role and its password with one connection.
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
