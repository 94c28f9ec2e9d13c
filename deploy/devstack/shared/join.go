// Package shared runs a server that all test processes of a user share. `go test ./...` runs one process for each package,
// and an Elasticsearch costs seconds and 200 MB. The first process that needs the server starts a supervisor. The supervisor
// starts the server, and ends it when no process uses it. The processes agree through the files of one folder:
//
//	users        locked (shared) by each process that uses the server, until the process ends
//	alive        locked by the supervisor until it ends
//	server.json  the address of the server; written when the server is ready
//	log          the output of the supervisor
//	server/      the server's own folder
package shared

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"marquee/deploy/devstack/install"
)

// Files of the folder that all processes agree on.
const (
	usersFile = "users"
	aliveFile = "alive"
	stateFile = "server.json"
	sharedLog = "log"
	sharedDir = "server"
)

const (
	// folderVariable names another folder. Only processes with the same folder share servers.
	folderVariable = "MARQUEE_DEVSTACK_DIR"
	// childVariable is set in a supervisor. It names the server to run; folderVariable names the folder.
	childVariable = "MARQUEE_DEVSTACK_CHILD"
	// lingerVariable is the time (a Go duration) that an unused server waits for another user.
	lingerVariable = "MARQUEE_DEVSTACK_LINGER"
	// poll is the pause between two checks for a server that another process starts.
	poll = 20 * time.Millisecond
)

// state is the content of server.json.
type state struct {
	URL        string `json:"url"`
	Supervisor int    `json:"supervisor"`
}

// join returns the URL of the shared server of that name, and starts the server if it does not run. The process is a user
// of the server until it calls leave or ends.
func join(ctx context.Context, name string) (url string, leave func() error, err error) {
	if !supervising {
		return "", nil, errors.New("the package's TestMain must call devstack.Main")
	}
	folder, err := sharedFolder(name)
	if err != nil {
		return "", nil, err
	}
	users, err := openLock(folder, usersFile)
	if err != nil {
		return "", nil, err
	}
	if err := install.Flock(ctx, users, syscall.LOCK_SH); err != nil {
		users.Close()
		return "", nil, err
	}
	if url, err = attach(ctx, name, folder); err != nil {
		users.Close()
		return "", nil, fmt.Errorf("shared %s: %w", name, err)
	}
	return url, users.Close, nil // leave also keeps the garbage collector from closing the file, which would release the lock
}

// attach waits for the running supervisor, or starts one. This process is a user, so no supervisor can decide to end now.
// One that decided earlier may still be ending.
func attach(ctx context.Context, name, folder string) (url string, err error) {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for launched := false; ; {
		alive, err := tryLock(folder, aliveFile)
		if err != nil {
			return "", err
		}
		if alive != nil && launched {
			alive.Close()
			return "", fmt.Errorf("its supervisor gave up: %s", readLog(folder))
		}
		if alive != nil {
			err = launch(name, folder, alive)
			alive.Close() // the supervisor has inherited it
			launched = true
		} else if url, err = reachable(folder); url != "" {
			return url, nil
		}
		if err != nil {
			return "", err
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("not ready in time: %w", ctx.Err())
		case <-ticker.C:
		}
	}
}

// launch starts a supervisor. It inherits the lock, so it holds the lock from its first instant.
func launch(name, folder string, alive *os.File) error {
	if err := os.Remove(filepath.Join(folder, stateFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err // left by a killed supervisor
	}
	log, err := os.Create(filepath.Join(folder, sharedLog))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(selfPath()) //nolint:noctx // outlives this process
	cmd.Args[0] = "devstack-" + name
	cmd.Env = append(os.Environ(), childVariable+"="+name, folderVariable+"="+filepath.Dir(folder))
	cmd.Dir = folder
	cmd.Stdout, cmd.Stderr = log, log // the test's own would keep `go test` waiting
	cmd.ExtraFiles = []*os.File{alive}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // outlives this process, and its terminal's Ctrl-C
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start a supervisor: %w", err)
	}
	return cmd.Process.Release() // its lock shows whether it runs
}

// reachable returns the URL of a server that is ready, or "".
func reachable(folder string) (string, error) {
	b, err := os.ReadFile(filepath.Join(folder, stateFile))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var s state
	if err := json.Unmarshal(b, &s); err != nil {
		return "", fmt.Errorf("%s: %w", stateFile, err)
	}
	if syscall.Kill(s.Supervisor, 0) != nil { // a killed supervisor leaves the file
		return "", nil
	}
	return s.URL, nil
}

// sharedFolder creates the folder of a server, accessible to its owner only, because its contents are trusted.
func sharedFolder(name string) (string, error) {
	parent := os.Getenv(folderVariable)
	if parent == "" {
		var err error
		if parent, err = install.CacheFolder(); err != nil {
			return "", err
		}
	}
	folder := filepath.Join(parent, "shared-"+name)
	return folder, os.MkdirAll(folder, 0o700)
}

func openLock(folder, name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_RDWR, 0o600)
}

// tryLock returns nil when another process holds the lock.
func tryLock(folder, name string) (*os.File, error) {
	f, err := openLock(folder, name)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil
	}
	return nil, err
}

func readLog(folder string) string {
	b, err := os.ReadFile(filepath.Join(folder, sharedLog))
	if err != nil {
		return err.Error()
	}
	return string(b)
}
