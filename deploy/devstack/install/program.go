// Package install finds programs that tests need, and installs missing ones: Debian packages, and an Elasticsearch.
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
	// Limit bounds the start of a server, including the first installation on a machine.
	Limit = 8 * time.Minute
	// toolLimit bounds each tool: a package manager or Maven on a slow network.
	toolLimit = 4 * time.Minute
	// outputBytes is enough for a stack trace with its cause.
	outputBytes = 6000
	// lockPoll is the pause between two attempts to take a lock.
	lockPoll = 25 * time.Millisecond
)

// Program returns the path of a program. If the program is missing and the process runs as root, Program installs the
// Debian package.
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
	if path, err := exec.LookPath(program); err == nil { // another process installed it
		return path, nil
	}
	install := []string{apt, "-y", "-o", "DPkg::Lock::Timeout=120", "install", "--no-install-recommends", debianPackage}
	if err := tool(ctx, "", install...); err != nil { // usually because the package lists are missing
		if updateErr := tool(ctx, "", apt, "update"); updateErr != nil {
			return "", errors.Join(err, updateErr)
		}
		if err := tool(ctx, "", install...); err != nil {
			return "", err
		}
	}
	return exec.LookPath(program)
}

// tool runs a program to its end. The error contains the end of its output.
func tool(ctx context.Context, dir string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, toolLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		end := strings.TrimSpace(string(out[max(0, len(out)-outputBytes):]))
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, end)
	}
	return nil
}

// CacheFolder returns the user's folder for installations and shared servers.
func CacheFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil { // without a home directory, as in some containers
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
		return "", fmt.Errorf("%s belongs to user %d", folder, owner) // its programs would run as this user
	}
	return folder, nil
}

// lockCache excludes other processes from the same work until unlock.
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

// Flock acquires a lock, shared (LOCK_SH) or exclusive (LOCK_EX), or returns an error when ctx is done. Closing f releases it.
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
