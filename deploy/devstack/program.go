package devstack

import (
	"testing"

	"marquee/deploy/devstack/server"
)

// PostgresProgram is the path of a client program, such as pg_dump, which fits the servers of StartReplicated.
func PostgresProgram(t testing.TB, name string) string {
	t.Helper()
	path, err := server.PostgresProgram(name)
	if err != nil {
		missing(t, "no %s for this test: %v", name, err)
	}
	return path
}
