package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	fetchLimit = 4 * time.Minute
	// systemCache is root's: the user that runs PostgreSQL for root could not enter a cache in root's home.
	systemCache = "/var/cache"
)

// locateBinaries returns the folder of a PostgreSQL installation: the configured one, a cached one, or a new download.
func locateBinaries(ctx context.Context, c Config, d *directory) (string, error) {
	if c.BinDir != "" {
		return filepath.Abs(c.BinDir)
	}
	candidates := cacheFolders(d)
	for _, folder := range candidates {
		if path := filepath.Join(folder, binariesVersion); complete(path) {
			return path, nil
		}
	}
	var errs []error
	for _, folder := range candidates {
		fetch := func(ctx context.Context, draft string) error {
			c.Logger.Info("downloading PostgreSQL, once", "version", binariesVersion, "folder", folder)
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
	return "", fmt.Errorf("no folder for PostgreSQL's binaries can be written: %w; set MARQUEE_POSTGRES_BIN to a local installation", errors.Join(errs...))
}

// cacheFolders are the places to look for binaries, and to keep them, best first. They are written with the program's
// rights, so the user that runs PostgreSQL cannot change them.
func cacheFolders(d *directory) []string {
	const name = "marquee/postgres"
	folders := []string{filepath.Join(systemCache, name)}
	if os.Getuid() != 0 {
		if cache, err := os.UserCacheDir(); err == nil {
			folders = append(folders, filepath.Join(cache, name))
		}
	}
	return append(folders, filepath.Join(filepath.Dir(d.path), "postgres-binaries"))
}

// complete is true for what fetchInto has put in place: it renames a whole installation.
func complete(path string) bool {
	info, err := os.Stat(filepath.Join(path, "bin", "postgres"))
	return err == nil && info.Mode().IsRegular()
}

// openCache creates the folder and opens its lock, which also proves that the folder can be written.
func openCache(folder string) (*os.File, error) {
	if err := createFolder(folder); err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(folder, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
}

// createFolder is os.MkdirAll, but root's folders are open to the user that runs PostgreSQL whatever the umask says.
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

// fetchInto puts an installation at path: fetch fills a draft beside it, which is renamed when it is complete. The lock
// makes two processes that need it at once share one download.
func fetchInto(ctx context.Context, lock *os.File, path string, fetch func(ctx context.Context, draft string) error) error {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	if err := flock(ctx, lock); err != nil {
		return fmt.Errorf("wait for another process that downloads to %s: %w", path, err)
	}
	if complete(path) {
		return nil
	}
	draft := filepath.Join(filepath.Dir(path), "draft")
	if err := os.RemoveAll(draft); err != nil { // of a download that was interrupted
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

// runFetch downloads in a child process: it can be killed at its deadline, and takes its memory (about 200 MB for
// unpacking) with it.
func runFetch(ctx context.Context, draft string) error {
	stdin, lifeline, err := os.Pipe()
	if err != nil {
		return err
	}
	defer stdin.Close()
	defer lifeline.Close()
	cmd := exec.CommandContext(ctx, selfPath(), draft)
	// The whole environment: it may name a proxy or certificates.
	cmd.Env = append(os.Environ(), childVariable+"="+roleFetch, "TMPDIR="+draft)
	cmd.Args[0] = "download" // for messages
	cmd.Stdin = stdin
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.WaitDelay = time.Second
	err = run(cmd)
	if ctx.Err() != nil {
		return fmt.Errorf("not done in time: %w", ctx.Err())
	}
	return err
}
