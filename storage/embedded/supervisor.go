package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

const (
	supervisorLock = "supervisor.lock"
	// lockWait is how long a supervisor waits for one before it that is still stopping its PostgreSQL.
	lockWait = closeLimit
	// Ports lie below the range from which Linux takes the local ports of outgoing connections (32768 and up). A free
	// port within it could be taken by any connection while postgres restarts, even by one of the program's own, which
	// then talks to itself.
	firstPort, lastPort = 15000, 29999
	portTries           = 50
	// Backoff of restarts: 0, 0.1, 0.2, … 5 s. A server that was up for steadyAfter starts over at 0.
	firstPause  = 100 * time.Millisecond
	longPause   = 5 * time.Second
	steadyAfter = 2 * time.Second
	// giveUpAfter failures to become ready, one after the other (about 21 s), the supervisor says so and ends.
	giveUpAfter = 10
)

// supervisor runs in the re-executed child. The program's end and Close both end its context.
type supervisor struct {
	config  supervisorConfig
	folder  *os.File
	base    string // a path of the folder that works for this process and its children
	tools   tools
	log     *rotatingLog
	lock    *os.File
	events  *json.Encoder
	port    int
	backoff time.Duration
	current *postmaster
}

// superviseMain is the child's main function; it returns the exit code.
func superviseMain() int {
	runtime.LockOSThread() // see toolAttributes
	ignoreSignals()
	syscall.Umask(0o077)
	for _, fd := range []int{directoryFD, eventsFD, programFD} {
		syscall.CloseOnExec(fd) // children get what they need, and nothing else
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
		s.report(event{Kind: eventFailed, Message: err.Error()})
	}
	return 0
}

// ignoreSignals leaves the pipe as the only order to stop: whoever signals a whole group or control group must not take
// PostgreSQL away before the program has finished with it. The signals are caught, not ignored, because children would
// inherit the latter.
func ignoreSignals() {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	go func() {
		for range caught { // nothing to do
		}
	}()
}

// run prepares the cluster, starts PostgreSQL and keeps it running until ctx ends.
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
	if s.tools, err = findTools(ctx, s.config.Binaries, s.folder); err != nil {
		return err
	}
	if err := s.prepareCluster(ctx); err != nil {
		return err
	}
	defer s.stop()
	if err := s.first(ctx); err != nil {
		return err
	}
	return s.keepRunning(ctx)
}

// enter makes the folder reachable. Its parents may be closed to this user, as /root is: then only the inherited file
// descriptor leads into it, and postgres, which inherits it too, gets that as its path.
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
	return fmt.Errorf("user %d cannot reach %s; choose a data directory whose parents it may enter", os.Getuid(), s.config.Directory)
}

// takeLock waits for the processes that a killed program may have left, which are on their way out.
func (s *supervisor) takeLock(ctx context.Context) error {
	path := filepath.Join(s.base, supervisorLock)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open lock: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	if err := flock(ctx, f); err != nil {
		return fmt.Errorf("a PostgreSQL of an earlier run still uses %s: %w; end the process that has cluster/ as its current directory", s.config.Directory, err)
	}
	s.lock = f
	return writePID(f)
}

// first starts PostgreSQL for the first time, where a failure is an answer to Start and not worth a repetition.
func (s *supervisor) first(ctx context.Context) error {
	var err error
	if s.port = s.config.Port; s.port == 0 {
		if s.port, err = freePort(); err != nil {
			return err
		}
	}
	if err := s.writeSettings(); err != nil {
		return err
	}
	err = s.startPostmaster(ctx)
	if err != nil && s.config.Port == 0 && !portIsFree(s.port) { // somebody was faster: once more, elsewhere
		return s.first(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w%s", err, s.log.suffix())
	}
	return s.announce()
}

// announce tells the program, and other commands through server.json, that PostgreSQL is ready.
func (s *supervisor) announce() error {
	b, err := json.Marshal(runtimeInfo{Port: s.port, Supervisor: os.Getpid(), Version: s.tools.version})
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(s.base, runtimeFile), append(b, '\n')); err != nil {
		return err
	}
	s.report(event{Kind: eventReady, Port: s.port})
	return nil
}

// keepRunning restarts PostgreSQL whenever it ends, until ctx ends or it cannot be brought up any more.
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
			return fmt.Errorf("given up after %d failed restarts: %w%s", failures, err, s.log.suffix())
		}
	}
}

// stop ends PostgreSQL and takes back the announcement.
func (s *supervisor) stop() {
	if s.current != nil {
		s.current.stop(s.config.Temporary)
	}
	if err := os.Remove(filepath.Join(s.base, runtimeFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.warn("remove %s: %v", runtimeFile, err)
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
	s.report(event{Kind: eventLog, Level: slog.LevelWarn, Message: fmt.Sprintf(format, args...)})
}

// report fails when the program is gone; then the pipe ends as well, and there is nobody left to tell.
func (s *supervisor) report(e event) { _ = s.events.Encode(e) }

// freePort finds a loopback port that nobody listens on.
func freePort() (int, error) {
	for range portTries {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if portIsFree(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free loopback port among %d tried between %d and %d", portTries, firstPort, lastPort)
}

func portIsFree(port int) bool {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return false
	}
	l.Close()
	return true
}
