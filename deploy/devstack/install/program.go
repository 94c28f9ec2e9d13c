package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// Limit bounds the start of a server, with the first installation on a machine.
	Limit = 8 * time.Minute
	// toolLimit bounds each tool: a package manager or Maven on a slow line.
	toolLimit = 4 * time.Minute
	// outputBytes is enough for a stack trace with its cause.
	outputBytes = 6000
	// lockPoll is how often to look whether a lock is free.
	lockPoll = 25 * time.Millisecond
)

// Program returns the path of a program. Where it is missing, it installs Debian's package, if this process may.
func Program(ctx context.Context, program, debianPackage string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Getuid() != 0 {
		return "", fmt.Errorf("%s is not installed; install it (on Debian the package %s)", program, debianPackage)
	}
	unlock, err := lockCache(ctx, "packages")
	if err != nil {
		return "", err
	}
	defer unlock()
	if path, err := exec.LookPath(program); err == nil { // another process was faster
		return path, nil
	}
	install := []string{apt, "-y", "-o", "DPkg::Lock::Timeout=120", "install", "--no-install-recommends", debianPackage}
	if err := tool(ctx, "", install...); err != nil { // mostly for want of package lists
		if updateErr := tool(ctx, "", apt, "update"); updateErr != nil {
			return "", errors.Join(err, updateErr)
		}
		if err := tool(ctx, "", install...); err != nil {
			return "", err
		}
	}
	return exec.LookPath(program)
}

// tool runs a program to its end; the error holds its last words.
func tool(ctx context.Context, dir string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, toolLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		words := strings.TrimSpace(string(out[max(0, len(out)-outputBytes):]))
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, words)
	}
	return nil
}

// CacheFolder is where installations, and servers that processes share, are kept for this user.
func CacheFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil { // no home, as in some containers
		cache = filepath.Join(os.TempDir(), fmt.Sprintf("cache-%d", os.Getuid()))
	}
	folder := filepath.Join(cache, "marquee", "devstack")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	info, err := os.Stat(folder)
	if err != nil {
		return "", err
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; int(owner) != os.Getuid() {
		return "", fmt.Errorf("%s belongs to user %d", folder, owner) // what lies in it would be run as this user
	}
	return folder, nil
}

// lockCache keeps other processes from doing the same work at the same time.
func lockCache(ctx context.Context, name string) (unlock func(), err error) {
	folder, err := CacheFolder()
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(folder, name+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := Flock(ctx, f, syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("wait for another process: %w", err)
	}
	return func() { f.Close() }, nil
}

// Flock takes a lock, shared (LOCK_SH) or exclusive (LOCK_EX), or gives up when ctx is done. Closing f releases it.
func Flock(ctx context.Context, f *os.File, how int) error {
	ticker := time.NewTicker(lockPoll)
	defer ticker.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("lock %s: %w", f.Name(), ctx.Err())
		case <-ticker.C:
		}
	}
}
