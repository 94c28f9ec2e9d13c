package supervisor

import (
	"os"
	"testing"
)

func TestParentOf(t *testing.T) {
	t.Parallel()
	if got := parentOf("self"); got != os.Getppid() {
		t.Errorf("got %d, want %d", got, os.Getppid())
	}
	if got := parentOf("none"); got != -1 {
		t.Errorf("got %d for a process that does not exist, want -1", got)
	}
}
