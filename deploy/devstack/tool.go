package devstack

import (
	"context"
	"os/exec"
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

// PostgresProgram returns the path of a client program, such as pg_dump, of the version that StartReplicated runs.
func PostgresProgram(t testing.TB, name string) string {
	t.Helper()
	path, err := server.PostgresProgram(name)
	if err != nil {
		missing(t, "no %s for this test: %v", name, err)
	}
	return path
}
