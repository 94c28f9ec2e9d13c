package devstack

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Data returns the path of a file in the folder shared/data beside the repository. It contains data sets that are too
// large for the repository, or whose licences do not allow them there. CONTRIBUTING.md says where they come from.
func Data(t testing.TB, elem ...string) string {
	t.Helper()
	SkipShort(t, "real data")
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

// repository returns the nearest folder above the test that contains go.mod.
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
