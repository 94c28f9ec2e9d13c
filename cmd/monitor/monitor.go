// Package monitor shows a process to its operators: metrics, probes, profiles, traces.
package monitor

import (
	"context"
	"fmt"
	"net"

	"github.com/spf13/pflag"

	"marquee/cmd/command"
	"marquee/cmd/database"
	"marquee/cmd/observe/admin"
	"marquee/cmd/observe/health"
	"marquee/cmd/observe/metric"
	"marquee/cmd/setting"
)

// AdminFlag is where operators look. On its default another program may listen
// already; an address that was given has to be free.
const (
	AdminFlag   = "admin-listen"
	AdminListen = "127.0.0.1:9090"
)

// AdminFlags declares the address for operators.
func AdminFlags(f *pflag.FlagSet, address *string) {
	f.StringVar(address, AdminFlag, AdminListen, "address for operators, with metrics, probes and profiles; empty is none")
}

// Monitor is what operators see of the process.
type Monitor struct {
	Metrics *metric.Registry
	Health  *health.Monitor
	admin   *admin.Server // nil where there is no address
}

// Start begins to show the process, which is starting, at the address for
// operators.
func Start(ctx context.Context, e *command.Env, address string) (*Monitor, error) {
	o := &Monitor{Metrics: metric.New()}
	o.Health = health.New(o.Metrics, e.Logger)
	if address == "" {
		return o, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
	case e.Sources[AdminFlag] == setting.FromDefault:
		e.Logger.Warn("there is no address for operators: choose one with --"+AdminFlag, "err", err)
		return o, nil
	default:
		return nil, fmt.Errorf("listen for operators: %w; choose another address with --%s", err, AdminFlag)
	}
	e.Logger.Info("listening for operators", "address", listener.Addr().String())
	o.admin = admin.Serve(listener, o.Metrics, o.Health.Report, e.Logger)
	return o, nil
}

// Close ends what operators see.
func (o *Monitor) Close() {
	if o.admin != nil {
		_ = o.admin.Close() // nothing is lost with a scrape
	}
}

// ShowDatabase shows the database.
func (o *Monitor) ShowDatabase(d *database.DB) {
	o.Metrics.Pool("primary", d.PoolStats)
	waiting := metric.NewBacklog(d.Backlog, o.Health.Logger())
	o.Health.Look(waiting.Look)
	o.Metrics.Backlog(waiting)
}
