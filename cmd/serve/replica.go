package serve

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"marquee/cmd/database"
	"marquee/cmd/monitor"
	"marquee/cmd/observe/health"

	standin "marquee/search/postgres"
	"marquee/search/touch"
	"marquee/storage"
	"marquee/storage/postgres"
)

// replicaConfig says where reads go that need not be the primary's.
type replicaConfig struct{ url string }

func (c *replicaConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.url, "replica-url", "", "streaming replica of the PostgreSQL of --database-url, or a balancer in front of several, that reads go to as long as it has what they have to show; empty reads the primary")
}

// reads is where the catalogue is read: its store, or a reader of that and a
// replica.
type reads interface {
	standin.Source
	Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error)
	Flushes(ctx context.Context, since int64, limit int) (*storage.Flushes, error)
}

// openReads opens the replica, if there is one.
func (p *process) openReads(ctx context.Context, s *services, d *database.DB, c replicaConfig) (reads, error) {
	switch {
	case c.url == "":
		return d.Store, nil
	case d.Private():
		return nil, errors.New("replica-url: the private PostgreSQL has no replicas: give --database-url as well")
	}
	var err error
	if s.replica, err = postgres.OpenReplica(ctx, c.url, d.Store, p.Logger); err != nil {
		return nil, fmt.Errorf("replica-url: %w", err)
	}
	s.reader = postgres.NewReader(postgres.ReaderConfig{Primary: d.Store, Replica: s.replica, Log: s.log, Touches: touches, Logger: p.Logger})
	return s.reader, nil
}

// touches judges changes for one list.
func touches(q *storage.Query) func(*storage.Change) bool {
	interest := touch.NewInterest(q).Check()
	return func(c *storage.Change) bool { return interest.Touched(c, touch.NewTerms) }
}

// watchReplica shows the replica, where there is one.
func (s *services) watchReplica(o *monitor.Monitor) {
	if s.replica == nil {
		return
	}
	const name = "postgresql_replica"
	answers := o.Health.Server(name, s.replica.Ping)
	up := func() bool { return answers() && !s.reader.Degraded() }
	o.Health.Depend(name, health.UpIf(up))
	o.Health.Mode("primary-reads-only", func() bool { return !up() })
	o.Metrics.Pool("replica", s.replica.PoolStats)
	o.Metrics.Breaker(name, s.reader.Degraded)
	o.Metrics.Reads(s.reader.Stats)
}
