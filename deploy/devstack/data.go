package devstack

import (
	"compress/gzip"
	"errors"
	"io"
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

// ReadData returns the contents of a file compressed with gzip in the folder shared/data.
func ReadData(t testing.TB, elem ...string) []byte {
	t.Helper()
	f, err := os.Open(Data(t, elem...))
	if err != nil {
		t.Fatalf("devstack: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("devstack: %v", err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatalf("devstack: %v", err)
	}
	return data
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
