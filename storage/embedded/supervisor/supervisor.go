// Package supervisor runs PostgreSQL for a program, in a process of its own: it starts
// postgres, restarts it when it dies, and stops it when the program ends.
package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"marquee/storage/embedded/cluster"
	"marquee/storage/embedded/directory"
	"marquee/storage/embedded/process"
)

const (
	supervisorLock = "supervisor.lock"
	// StopLimit is more than a supervisor needs to stop PostgreSQL (fastLimit + immediateLimit + killLimit).
	StopLimit = 35 * time.Second
	// lockWait bounds the wait for an earlier supervisor that is stopping its PostgreSQL.
	lockWait = StopLimit
	// The backoff of restarts is 0, 0.1, 0.2, … 5 s. After steadyAfter of running it starts again at 0.
	firstPause  = 100 * time.Millisecond
	longPause   = 5 * time.Second
	steadyAfter = 2 * time.Second
	// giveUpAfter is the number of consecutive failed restarts (about 21 s) after which the supervisor ends.
	giveUpAfter = 10
)

// supervisor runs in the re-executed child. Its context ends with the program or by Close.
type supervisor struct {
	config  Config
	folder  *os.File
	base    string // the path of the folder for this process and its children
	cluster *cluster.Cluster
	log     *rotatingLog
	lock    *os.File
	events  *json.Encoder
	port    int
	backoff time.Duration
	current *postmaster
}

// Main is the main function of the re-executed child. It returns the exit code.
func Main() int {
	runtime.LockOSThread() // see process.ToolAttributes
	ignoreSignals()
	syscall.Umask(0o077)
	for _, fd := range []int{directoryFD, eventsFD, ProgramFD} {
		syscall.CloseOnExec(fd) // each child gets only the files it needs
	}
	s := &supervisor{
		folder: os.NewFile(directoryFD, "directory"),
		events: json.NewEncoder(os.NewFile(eventsFD, "events")),
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var err error
	if s.config, err = receive(os.Stdin, cancel); err == nil {
		err = s.run(ctx)
	}
	if err != nil && ctx.Err() == nil {
		s.report(Event{Kind: EventFailed, Message: err.Error()})
	}
	return 0
}

// ignoreSignals makes the end of the pipe the only order to stop: a signal to a whole process group or control group
// must not stop PostgreSQL before the program has finished with it. The signals are caught, not ignored, because
// children inherit ignored signals.
func ignoreSignals() {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	go func() {
		for range caught { // the signal is dropped
		}
	}()
}

// run prepares the cluster and runs PostgreSQL until ctx ends.
func (s *supervisor) run(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	if err := s.takeLock(ctx); err != nil {
		return err
	}
	if s.config.Temporary {
		defer s.removeData()
	}
	defer killOrphans(killLimit) // of an interrupted initdb
	var err error
	if s.log, err = openLog(filepath.Join(s.base, "postgres.log")); err != nil {
		return fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	defer s.log.Close()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	defer s.stop()
	if err := s.first(ctx); err != nil {
		return err
	}
	return s.keepRunning(ctx)
}

// prepare finds the tools and prepares the cluster.
func (s *supervisor) prepare(ctx context.Context) error {
	tools, err := cluster.FindTools(ctx, s.config.Binaries, s.folder)
	if err != nil {
		return err
	}
	s.cluster = &cluster.Cluster{
		Base:      s.base,
		Directory: s.config.Directory,
		Binaries:  s.config.Binaries,
		Settings:  s.config.Settings,
		Tools:     tools,
	}
	return s.cluster.Prepare(ctx)
}

// enter makes the folder reachable. Its parents may be closed to this user, as /root is. Then the path is that of the
// inherited file descriptor, which postgres inherits too.
func (s *supervisor) enter() error {
	if err := s.folder.Chdir(); err != nil {
		return fmt.Errorf("enter %s: %w", s.config.Directory, err)
	}
	here, err := os.Stat(".")
	if err != nil {
		return err
	}
	for _, path := range []string{s.config.Directory, inheritedPath} {
		if info, err := os.Stat(path); err == nil && os.SameFile(here, info) {
			s.base = path
			return adoptOrphans()
		}
	}
	return fmt.Errorf("user %d cannot reach %s; with --data-dir choose a folder whose parents this user may enter", os.Getuid(), s.config.Directory)
}

// takeLock acquires the lock. It waits for the processes of a killed program, which are ending.
func (s *supervisor) takeLock(ctx context.Context) error {
	path := filepath.Join(s.base, supervisorLock)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open lock: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	if err := process.Lock(ctx, f); err != nil {
		return fmt.Errorf("a PostgreSQL of an earlier run still uses %s: %w; stop the process whose current directory is cluster/ in it", s.config.Directory, err)
	}
	s.lock = f
	return process.WritePID(f)
}

// first starts PostgreSQL for the first time. A failure is not retried: Start returns it.
func (s *supervisor) first(ctx context.Context) error {
	var err error
	if s.port = s.config.Port; s.port == 0 {
		if s.port, err = freePort(); err != nil {
			return err
		}
	}
	if err := s.cluster.WriteSettings(s.port); err != nil {
		return err
	}
	err = s.startPostmaster(ctx)
	if err != nil && s.config.Port == 0 && !portIsFree(s.port) { // another process took the port: try another
		return s.first(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w%s", err, s.log.suffix())
	}
	return s.announce()
}

// announce reports to the program that PostgreSQL is ready, and to other commands through server.json.
func (s *supervisor) announce() error {
	b, err := json.Marshal(directory.Runtime{Port: s.port, Supervisor: os.Getpid(), Version: s.cluster.Tools.Version})
	if err != nil {
		return err
	}
	if err := cluster.WriteFile(filepath.Join(s.base, directory.RuntimeFile), append(b, '\n')); err != nil {
		return err
	}
	s.report(Event{Kind: EventReady, Port: s.port})
	return nil
}

// keepRunning restarts PostgreSQL each time it ends, until ctx ends or the restarts fail.
func (s *supervisor) keepRunning(ctx context.Context) error {
	for {
		since := time.Now()
		select {
		case <-ctx.Done():
		case <-s.current.exited:
		}
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(since) > steadyAfter {
			s.backoff = 0
		}
		s.warn("PostgreSQL ended (%v), restarting it on port %d", s.current.err, s.port)
		if err := s.restart(ctx); err != nil {
			return err
		}
	}
}

func (s *supervisor) restart(ctx context.Context) error {
	for failures := 1; ; failures++ {
		select {
		case <-ctx.Done():
		case <-time.After(s.backoff):
		}
		if ctx.Err() != nil {
			return nil
		}
		s.backoff = min(max(2*s.backoff, firstPause), longPause)
		err := s.startPostmaster(ctx)
		if err == nil {
			s.warn("PostgreSQL is back on port %d", s.port)
			return nil
		}
		if failures == giveUpAfter {
			return fmt.Errorf("gave up after %d failed restarts: %w%s", failures, err, s.log.suffix())
		}
	}
}

// stop stops PostgreSQL and removes server.json.
func (s *supervisor) stop() {
	if s.current != nil {
		s.current.stop(s.config.Temporary)
	}
	if err := os.Remove(filepath.Join(s.base, directory.RuntimeFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.warn("remove %s: %v", directory.RuntimeFile, err)
	}
}

func (s *supervisor) removeData() {
	entries, _ := os.ReadDir(s.base)
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(s.base, e.Name())); err != nil {
			s.warn("remove temporary data: %v", err)
		}
	}
}

func (s *supervisor) warn(format string, args ...any) {
	s.report(Event{Kind: EventLog, Level: slog.LevelWarn, Message: fmt.Sprintf(format, args...)})
}

// report ignores an error: the program is gone then, and ctx ends too.
func (s *supervisor) report(e Event) { _ = s.events.Encode(e) }
