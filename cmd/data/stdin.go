package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// spool replaces the path - by a file with the standard input, because most formats are
// read more than once. The caller calls remove when the file is open.
func spool(ctx context.Context, in io.Reader, paths []string) (replaced []string, remove func() error, err error) {
	at := slices.Index(paths, "-")
	if at < 0 {
		return paths, func() error { return nil }, nil
	}
	if slices.Contains(paths[at+1:], "-") {
		return nil, nil, errors.New("- is given twice, but there is one standard input")
	}
	dir, err := os.MkdirTemp("", "marquee-import-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	path := filepath.Join(dir, "stdin")
	if err := copyTo(ctx, path, in); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read the standard input: %w", err), remove())
	}
	replaced = slices.Clone(paths)
	replaced[at] = path
	return replaced, remove, nil
}

// copyTo writes a file with everything that in has. It returns when ctx ends, although a
// read of a terminal or a pipe cannot be interrupted.
func copyTo(ctx context.Context, path string, in io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(f, in)
		done <- errors.Join(err, f.Close())
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
