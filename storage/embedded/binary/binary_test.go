package binary

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
)

func TestConcurrentCallersShareOneCompleteDownload(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "17")
	var fetches atomic.Int32
	broken := errors.New("connection lost")
	fetch := func(failing bool) func(context.Context, string) error {
		return func(_ context.Context, draft string) error {
			fetches.Add(1)
			bin := filepath.Join(draft, fetchedFolder, "bin")
			if entries, _ := os.ReadDir(draft); len(entries) > 0 || complete(path) {
				t.Error("fetch was called with a draft or an installation in place")
			}
			if err := os.MkdirAll(bin, 0o755); err != nil || failing {
				return errors.Join(err, broken)
			}
			return os.WriteFile(filepath.Join(bin, "postgres"), nil, 0o755)
		}
	}
	into := func(failing bool) error {
		lock, err := openCache(folder)
		if err != nil {
			return err
		}
		defer lock.Close()
		return fetchInto(t.Context(), lock, path, fetch(failing))
	}
	if err := into(true); !errors.Is(err, broken) || complete(path) {
		t.Errorf("interrupted download: got %v", err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "draft", "left by a crash"), 0o755); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error)
	for range 4 {
		go func() { errs <- into(false) }()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if fetches.Load() != 2 || !complete(path) {
		t.Errorf("got %d downloads, complete %t", fetches.Load(), complete(path))
	}
}
