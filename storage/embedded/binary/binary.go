// Package binary finds an installation of PostgreSQL for an embedded server, or downloads one.
package binary

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"marquee/storage/embedded/process"
)

const (
	fetchLimit = 4 * time.Minute
	// systemCache is the cache of root: the user that runs PostgreSQL for root cannot enter the home of root.
	systemCache = "/var/cache"
)

// Locate returns the folder of a PostgreSQL installation: folder if it is not empty, a cached one, or a new download.
// beside is a folder of the data directory; the download goes next to it when no cache can be written.
func Locate(ctx context.Context, folder, beside string, logger *slog.Logger) (string, error) {
	if folder != "" {
		return filepath.Abs(folder)
	}
	candidates := cacheFolders(beside)
	for _, folder := range candidates {
		if path := filepath.Join(folder, binariesVersion); complete(path) {
			return path, nil
		}
	}
	var errs []error
	for _, folder := range candidates {
		fetch := func(ctx context.Context, draft string) error {
			logger.Info("downloading PostgreSQL, once", "version", binariesVersion, "folder", folder)
			return runFetch(ctx, draft)
		}
		lock, err := openCache(folder)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		defer lock.Close()
		path := filepath.Join(folder, binariesVersion)
		if err := fetchInto(ctx, lock, path, fetch); err != nil {
			return "", fmt.Errorf("download PostgreSQL: %w; without a network set MARQUEE_POSTGRES_BIN to a local installation, or MARQUEE_DATABASE_URL to a server", err)
		}
		return path, nil
	}
	return "", fmt.Errorf("no folder for the binaries of PostgreSQL can be written: %w; set MARQUEE_POSTGRES_BIN to a local installation", errors.Join(errs...))
}

// cacheFolders returns the folders for binaries, the best first. They are written with the rights of the program, so the
// user that runs PostgreSQL cannot change them.
func cacheFolders(beside string) []string {
	const name = "marquee/postgres"
	folders := []string{filepath.Join(systemCache, name)}
	if os.Getuid() != 0 {
		if cache, err := os.UserCacheDir(); err == nil {
			folders = append(folders, filepath.Join(cache, name))
		}
	}
	return append(folders, filepath.Join(filepath.Dir(beside), "postgres-binaries"))
}

// complete reports whether path has a whole installation. fetchInto renames only whole ones to it.
func complete(path string) bool {
	info, err := os.Stat(filepath.Join(path, "bin", "postgres"))
	return err == nil && info.Mode().IsRegular()
}

// openCache creates the folder and opens its lock, which checks that the folder can be written.
func openCache(folder string) (*os.File, error) {
	if err := createFolder(folder); err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(folder, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
}

// createFolder is os.MkdirAll, but ignores the umask of root, so that the user that runs PostgreSQL can enter the folders.
func createFolder(path string) error {
	if os.Getuid() != 0 {
		return os.MkdirAll(path, 0o755)
	}
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := createFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		if errors.Is(err, os.ErrExist) { // another process was faster
			return nil
		}
		return err
	}
	return os.Chmod(path, 0o755)
}

// fetchInto puts an installation at path: fetch fills a draft next to it, which is renamed when it is complete. With the
// lock, two processes that need an installation at the same time share one download.
func fetchInto(ctx context.Context, lock *os.File, path string, fetch func(ctx context.Context, draft string) error) error {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	if err := process.Lock(ctx, lock); err != nil {
		return fmt.Errorf("wait for another process that downloads to %s: %w", path, err)
	}
	if complete(path) {
		return nil
	}
	draft := filepath.Join(filepath.Dir(path), "draft")
	if err := os.RemoveAll(draft); err != nil { // an interrupted download leaves it
		return err
	}
	defer os.RemoveAll(draft)
	if err := os.Mkdir(draft, 0o755); err != nil {
		return err
	}
	if err := fetch(ctx, draft); err != nil {
		return err
	}
	return os.Rename(filepath.Join(draft, fetchedFolder), path)
}

// runFetch downloads in a child process, which can be killed at the deadline and frees its memory at its end (about
// 200 MB for unpacking).
func runFetch(ctx context.Context, draft string) error {
	stdin, lifeline, err := os.Pipe()
	if err != nil {
		return err
	}
	defer stdin.Close()
	defer lifeline.Close()
	cmd := exec.CommandContext(ctx, process.Self(), draft)
	// The whole environment: it may name a proxy or certificates.
	cmd.Env = append(os.Environ(), process.Variable+"="+process.RoleFetch, "TMPDIR="+draft)
	cmd.Args[0] = "download" // for messages
	cmd.Stdin = stdin
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.WaitDelay = time.Second
	err = process.Run(cmd)
	if ctx.Err() != nil {
		return fmt.Errorf("the deadline passed: %w", ctx.Err())
	}
	return err
}
