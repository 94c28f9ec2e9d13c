package process

import (
	"context"
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Lock polls for an exclusive lock of the file until ctx ends. A blocking flock could not
// be cancelled.
func Lock(ctx context.Context, f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// WritePID writes the id of this process to a lock file, for messages only. The first
// line of the file is never empty.
func WritePID(f *os.File) error {
	line := strconv.Itoa(os.Getpid()) + "\n"
	if _, err := f.WriteAt([]byte(line), 0); err != nil {
		return err
	}
	return f.Truncate(int64(len(line)))
}
