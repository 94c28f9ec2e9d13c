package devstack

import (
	"context"
	"testing"

	"marquee/deploy/devstack/install"
	"marquee/deploy/devstack/server"
)

// Tool is the path of a program. Where it is missing, Debian's package is installed, if this process may.
func Tool(t testing.TB, program, debianPackage string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), install.Limit)
	defer cancel()
	path, err := install.Program(ctx, program, debianPackage)
	if err != nil {
		missing(t, "no %s for this test: %v", program, err)
	}
	return path
}

// PostgresProgram is the path of a client program, such as pg_dump, which fits the servers of StartReplicated.
func PostgresProgram(t testing.TB, name string) string {
	t.Helper()
	path, err := server.PostgresProgram(name)
	if err != nil {
		missing(t, "no %s for this test: %v", name, err)
	}
	return path
}
