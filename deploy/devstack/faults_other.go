//go:build unix && !linux

package devstack

import (
	"context"
	"errors"
)

func startPostgres(context.Context, string) (faults, error) {
	return nil, errors.New("this system has no /proc to find PostgreSQL's processes in")
}
