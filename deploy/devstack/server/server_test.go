package server

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The error contains the output of a server that ends at once.
func TestStartFails(t *testing.T) {
	t.Parallel()
	broken := kind{
		name:    "Broken",
		command: func(string, int) *exec.Cmd { return exec.Command("sh", "-c", "echo no such setting; exit 1") },
		ready:   func(context.Context, string) error { return errors.New("refused") },
	}
	if _, err := start(t.Context(), broken, t.TempDir()); err == nil || !strings.Contains(err.Error(), "no such setting") {
		t.Errorf("start returned %v, want the output of the server", err)
	}
}

// A server that never answers ends at the deadline.
func TestStartInTime(t *testing.T) {
	t.Parallel()
	started := make(chan *exec.Cmd, portTries)
	silent := kind{
		name: "Silent",
		command: func(string, int) *exec.Cmd {
			cmd := exec.Command("sleep", "1000")
			started <- cmd
			return cmd
		},
		ready: func(context.Context, string) error { return errors.New("refused") },
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := start(ctx, silent, t.TempDir()); !errors.Is(err, context.DeadlineExceeded) && !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("start returned %v, want context.DeadlineExceeded", err)
	}
	if cmd := <-started; cmd.ProcessState == nil {
		t.Error("the server still runs after its deadline")
	}
}
