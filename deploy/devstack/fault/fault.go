// Package fault starts PostgreSQL servers that a test may kill and freeze, each with all its processes.
package fault

import "context"

// Server is a server that a test may kill, freeze and restart.
type Server interface {
	URL() string
	Kill() error
	Stop() error
	Continue() error
	Restart(ctx context.Context) error
	RestartEmpty(ctx context.Context) error
	Close() error
}
