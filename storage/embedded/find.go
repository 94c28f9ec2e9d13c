package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"
)

// findLimit is how long Find waits for a server that is there but does not answer yet, for instance in a restart.
const findLimit = 5 * time.Second

// Find looks for the server that another process runs in dataDir, and returns its URL (with its password: do not log
// it). running is false when there is none; a server.json that a crash left behind does not count. An error says that
// it cannot be told, for instance because the folder belongs to another user, or the server does not answer.
func Find(dataDir string) (url string, running bool, err error) {
	path, err := filepath.Abs(filepath.Join(dataDir, folderName))
	if err != nil {
		return "", false, fmt.Errorf("find postgres: %w", err)
	}
	d, err := attach(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("find postgres: %w", err)
	}
	defer d.close()
	ctx, cancel := context.WithTimeout(context.Background(), findLimit)
	defer cancel()
	url, err = d.find(ctx)
	if err != nil {
		return "", false, fmt.Errorf("find postgres in %s: %w", path, err)
	}
	return url, url != "", nil
}

// find asks the server until it answers; an empty URL means that no program holds the folder.
func (d *directory) find(ctx context.Context) (string, error) {
	for {
		url, err := d.reach(ctx)
		if err == nil {
			return url, nil
		}
		if held, lockErr := d.held(); lockErr != nil || !held {
			return "", lockErr
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("a program holds the folder, but its server does not answer: %w; see postgres.log", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (d *directory) reach(ctx context.Context) (string, error) {
	info, err := d.runtime()
	if err != nil {
		return "", err
	}
	url, err := d.url(info.Port)
	if err != nil {
		return "", err
	}
	return url, ping(ctx, url)
}

// held tells whether a program holds the folder. It takes the lock for an instant; Start is patient enough for that.
func (d *directory) held() (bool, error) {
	f, err := d.root.Open(programLock)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
