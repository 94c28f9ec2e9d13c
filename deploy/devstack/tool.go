package devstack

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"marquee/deploy/devstack/install"
	"marquee/deploy/devstack/server"
)

// Tool returns the path of a program. If the program is missing and the process runs as root, Tool installs the Debian
// package. With -short it skips the test instead.
func Tool(t testing.TB, program, debianPackage string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		SkipShort(t, "installation of "+program)
	}
	ctx, cancel := context.WithTimeout(t.Context(), install.Limit)
	defer cancel()
	path, err := install.Program(ctx, program, debianPackage)
	if err != nil {
		missing(t, "no %s for this test: %v", program, err)
	}
	return path
}

// Program builds the program, without the race detector, and returns its path.
func Program(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "marquee")
	if err := buildProgram(t.Context(), path); err != nil {
		t.Fatalf("devstack: %v", err)
	}
	return path
}

func buildProgram(ctx context.Context, path string) error {
	if out, err := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", path, "marquee/cmd/marquee").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// PostgresProgram returns the path of a client program, such as pg_dump, of the version that StartReplicated runs.
func PostgresProgram(t testing.TB, name string) string {
	t.Helper()
	path, err := server.PostgresProgram(name)
	if err != nil {
		missing(t, "no %s for this test: %v", name, err)
	}
	return path
}
