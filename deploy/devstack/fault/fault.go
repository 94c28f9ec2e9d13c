// Package fault starts PostgreSQL servers that a test may kill and freeze, each with all its processes.
package fault

import "context"

// Server are what can happen to a server.
type Server interface {
	URL() string
	Kill() error
	Stop() error
	Continue() error
	Restart(ctx context.Context) error
	RestartEmpty(ctx context.Context) error
	Close() error
}
