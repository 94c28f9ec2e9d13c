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

const (
	// AdminFlag is the flag for the address of operators.
	AdminFlag = "admin-listen"
	// AdminListen is its default. Another program may listen there already; then the process
	// runs without the address. An address that was given must be free.
	AdminListen = "127.0.0.1:9090"
)

// AdminFlags declares AdminFlag.
func AdminFlags(f *pflag.FlagSet, address *string) {
	f.StringVar(address, AdminFlag, AdminListen, "address for operators, with metrics, probes and profiles; empty is none")
}

// Monitor is the metrics and the health of the process, with the address for operators.
type Monitor struct {
	Metrics *metric.Registry
	Health  *health.Monitor
	admin   *admin.Server // nil without an address
}

// Start serves metrics, probes and profiles at the address for operators, unless that is
// empty. The process counts as starting.
func Start(ctx context.Context, e *command.Env, address string) (*Monitor, error) {
	m := &Monitor{Metrics: metric.New()}
	m.Health = health.New(m.Metrics, e.Logger)
	if address == "" {
		return m, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
	case e.Sources[AdminFlag] == setting.FromDefault:
		e.Logger.Warn("there is no address for operators; choose one with --"+AdminFlag, "err", err)
		return m, nil
	default:
		return nil, fmt.Errorf("listen for operators: %w; choose another address with --%s", err, AdminFlag)
	}
	e.Logger.Info("listening for operators", "address", listener.Addr().String())
	m.admin = admin.Serve(listener, m.Metrics, m.Health.Report, e.Logger)
	return m, nil
}

// Close closes the address for operators.
func (m *Monitor) Close() {
	if m.admin != nil {
		_ = m.admin.Close() // a scrape that fails loses nothing
	}
}

// ShowDatabase shows the connections and the backlog of the database.
func (m *Monitor) ShowDatabase(d *database.DB) {
	m.Metrics.Pool("primary", d.PoolStats)
	waiting := metric.NewBacklog(d.Backlog, m.Health.Logger())
	m.Health.Look(waiting.Look)
	m.Metrics.Backlog(waiting)
}
