package devstack

import (
	"context"
	"testing"

	"marquee/deploy/devstack/server"
)

// Tool is the path of a program. Where it is missing, Debian's package is installed, if this process may.
func Tool(t testing.TB, program, debianPackage string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), sharedLimit)
	defer cancel()
	path, err := server.Tool(ctx, program, debianPackage)
	if err != nil {
		missing(t, "no %s for this test: %v", program, err)
	}
	return path
}
