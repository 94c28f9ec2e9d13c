//go:build unix && !linux

package fault

import (
	"context"
	"errors"
)

// Postgres returns an error: it needs the process table of Linux.
func Postgres(context.Context, string) (Server, error) {
	return nil, errors.New("this system has no /proc to find PostgreSQL's processes in")
}
