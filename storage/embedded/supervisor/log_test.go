package supervisor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "postgres.log")
	for range 2 { // the second opens what the first left
		l, err := openLog(path)
		if err != nil {
			t.Fatal(err)
		}
		block := []byte(strings.Repeat("x", 1<<20-1) + "\n")
		for range 20 {
			l.Write(block)
		}
		l.Write([]byte("the end"))
		if !strings.HasSuffix(l.suffix(), "the end") {
			t.Error("the end is not remembered")
		}
		l.Close()
	}
	for _, name := range []string{path, path + ".1"} {
		info, err := os.Stat(name)
		if err != nil || info.Size() > logBytes || info.Size() == 0 {
			t.Errorf("%s: %v, %d bytes", name, err, info.Size())
		}
	}
}
