package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"marquee/storage/embedded/directory"
)

// findLimit bounds the wait of Find for a server that does not answer yet, for instance in a restart.
const findLimit = 5 * time.Second

// Find returns the URL of the server that another process runs in dataDir, with its password: do not log it. running is
// false when there is none, also when a crash left a server.json. The error is not nil when Find cannot decide, for
// instance because the folder belongs to another user, or because the server does not answer.
func Find(dataDir string) (url string, running bool, err error) {
	path, err := filepath.Abs(filepath.Join(dataDir, directory.FolderName))
	if err != nil {
		return "", false, fmt.Errorf("find postgres: %w", err)
	}
	d, err := directory.Attach(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("find postgres: %w", err)
	}
	defer d.Close()
	ctx, cancel := context.WithTimeout(context.Background(), findLimit)
	defer cancel()
	url, err = find(ctx, d)
	if err != nil {
		return "", false, fmt.Errorf("find postgres in %s: %w", path, err)
	}
	return url, url != "", nil
}

// find connects to the server until it answers. The URL is empty when no program holds the folder.
func find(ctx context.Context, d *directory.Directory) (string, error) {
	for {
		url, err := reach(ctx, d)
		if err == nil {
			return url, nil
		}
		if held, lockErr := d.Held(); lockErr != nil || !held {
			return "", lockErr
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("a program holds the folder, but its server does not answer: %w; see postgres.log", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func reach(ctx context.Context, d *directory.Directory) (string, error) {
	info, err := d.Runtime()
	if err != nil {
		return "", err
	}
	url, err := d.URL(info.Port)
	if err != nil {
		return "", err
	}
	return url, ping(ctx, url)
}
