package shared

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"marquee/deploy/devstack/install"
	"marquee/deploy/devstack/server"
)

const (
	// aliveFD is the file descriptor of the inherited lock.
	aliveFD = 3
	// linger is the default time that an unused server waits: longer than the gap between two packages of a test run.
	linger = 10 * time.Second
)

// The names of shared servers contain the settings in which versions of the repository differ. Versions with different
// settings do not share a server.
var (
	redisName         = fmt.Sprintf("redis-%d", server.RedisDatabases)
	elasticsearchName = install.ElasticsearchKey()
	optimizedName     = elasticsearchName + "-optimized"
)

// Redis returns the URL of the Redis that all test processes of this user share. Supervise must have run.
func Redis(ctx context.Context) (url string, leave func() error, err error) {
	return join(ctx, redisName)
}

// Elasticsearch returns the URL of the Elasticsearch that all test processes of this user share. There are two of them; see
// brief of server.Elasticsearch. Supervise must have run.
func Elasticsearch(ctx context.Context, brief bool) (url string, leave func() error, err error) {
	if brief {
		return join(ctx, elasticsearchName)
	}
	return join(ctx, optimizedName)
}

// supervising reports whether Supervise ran. Without it, a re-executed child would run the tests again.
var supervising bool

// Supervise does the work of a supervisor and exits, in a process that was started as one. It returns at once in all others.
func Supervise() {
	name := os.Getenv(childVariable)
	supervising = true
	if name == "" {
		return
	}
	syscall.CloseOnExec(aliveFD) // otherwise the server would hold the lock after this process
	if err := supervisorMain(name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// supervisorMain runs a server until no process uses it.
func supervisorMain(name string) error {
	wait := linger
	if given := os.Getenv(lingerVariable); given != "" {
		var err error
		if wait, err = time.ParseDuration(given); err != nil {
			return fmt.Errorf("%s: %w", lingerVariable, err)
		}
	}
	folder, err := sharedFolder(name)
	if err != nil {
		return err
	}
	users, err := openLock(folder, usersFile)
	if err != nil {
		return err
	}
	defer users.Close() // also releases the lock, for which new users wait until this server is gone
	dir := filepath.Join(folder, sharedDir)
	if err := os.RemoveAll(dir); err != nil { // left by a killed supervisor
		return err
	}
	p, err := startShared(name, dir)
	if err != nil {
		return err
	}
	err = writeState(folder, state{URL: p.URL(), Supervisor: os.Getpid()})
	if err == nil {
		err = serve(p, users, wait)
	}
	return errors.Join(err, p.Close(), os.Remove(filepath.Join(folder, stateFile)))
}

func startShared(name, dir string) (*server.Process, error) {
	ctx, cancel := context.WithTimeout(context.Background(), install.Limit)
	defer cancel()
	switch name {
	case redisName:
		return server.Redis(ctx, dir)
	case elasticsearchName, optimizedName:
		return server.Elasticsearch(ctx, dir, name == elasticsearchName)
	}
	return nil, fmt.Errorf("%s=%s is set by the program itself and must not be set by hand", childVariable, name)
}

// serve returns when no process uses the server any more, or the server has ended.
func serve(p *server.Process, users *os.File, wait time.Duration) error {
	idle := make(chan error, 1)
	go func() { idle <- awaitIdle(users, wait) }()
	select {
	case err := <-idle:
		return err
	case <-p.Done():
		return fmt.Errorf("the server ended:\n%s", p.Log())
	}
}

// awaitIdle returns when there was no user for the given time. It then holds the lock that excludes users.
func awaitIdle(users *os.File, wait time.Duration) error {
	defer runtime.KeepAlive(users) // the garbage collector would close it and release the lock while the server ends
	fd := int(users.Fd())
	for {
		if err := lockBlocking(fd); err != nil { // waits for the last user
			return err
		}
		if err := syscall.Flock(fd, syscall.LOCK_UN); err != nil {
			return err
		}
		time.Sleep(wait)
		err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
	}
}

func lockBlocking(fd int) error {
	for {
		if err := syscall.Flock(fd, syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// writeState replaces the file by a rename, because other processes may read it at any time.
func writeState(folder string, s state) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	draft := filepath.Join(folder, stateFile+".draft")
	if err := os.WriteFile(draft, b, 0o600); err != nil {
		return err
	}
	return os.Rename(draft, filepath.Join(folder, stateFile))
}
