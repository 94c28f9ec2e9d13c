package devstack

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Data returns the path of a file in the folder shared/data beside the repository, which holds data sets too large, or
// under a licence too narrow, to be in it.
func Data(t testing.TB, elem ...string) string {
	t.Helper()
	root, err := repository()
	if err != nil {
		t.Fatalf("devstack: %v", err)
	}
	path := filepath.Join(append([]string{root, "..", "shared", "data"}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		missing(t, "no data for this test: %v", err)
	}
	return path
}

// repository walks up from the test's folder to the one that holds go.mod.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod in any folder above the test")
		}
		dir = parent
	}
}
