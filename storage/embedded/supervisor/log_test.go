package supervisor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLogIsBoundedAndHoldsItsEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "postgres.log")
	for range 2 { // the second opens the file of the first
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
			t.Error("suffix does not have the end of the log")
		}
		l.Close()
	}
	for _, name := range []string{path, path + ".1"} {
		info, err := os.Stat(name)
		if err != nil || info.Size() > logBytes || info.Size() == 0 {
			t.Errorf("%s: %v, got %d bytes", name, err, info.Size())
		}
	}
}
