package program

import (
	"context"
	"fmt"
	"net"

	"github.com/spf13/pflag"

	"marquee/api"
	"marquee/cmd/observe/admin"
	"marquee/cmd/observe/health"
	"marquee/cmd/observe/metric"
)

// adminFlag is where operators look. On its default another program may listen
// already; an address that was given has to be free.
const (
	adminFlag   = "admin-listen"
	adminListen = "127.0.0.1:9090"
)

// adminFlags declares the address for operators.
func adminFlags(f *pflag.FlagSet, address *string) {
	f.StringVar(address, adminFlag, adminListen, "address for operators, with metrics, probes and profiles; empty is none")
}

// watched is what operators see of the process.
type watched struct {
	metrics *metric.Registry
	health  *health.Monitor
	admin   *admin.Server // nil where there is no address
}

// observe begins to show the process, which is starting, at the address for
// operators.
func (p *Program) observe(ctx context.Context, address string) (*watched, error) {
	o := &watched{metrics: metric.New()}
	o.health = health.New(o.metrics, p.logger)
	if address == "" {
		return o, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
	case p.sources[adminFlag] == fromDefault:
		p.logger.Warn("there is no address for operators: choose one with --"+adminFlag, "err", err)
		return o, nil
	default:
		return nil, fmt.Errorf("listen for operators: %w; choose another address with --%s", err, adminFlag)
	}
	p.logger.Info("listening for operators", "address", listener.Addr().String())
	o.admin = admin.Serve(listener, o.metrics, o.health.Report, p.logger)
	return o, nil
}

// close ends what operators see.
func (o *watched) close() {
	if o.admin != nil {
		_ = o.admin.Close() // nothing is lost with a scrape
	}
}

// watch shows the services that answer requests.
func (s *services) watch(o *watched, d *database) {
	up := o.health.Server("postgresql", d.Ready)
	o.health.Depend("postgresql", health.UpIf(up))
	o.health.Mode("kept-answers-only", func() bool { return !up() })
	o.health.Answers(func() bool { return up() || s.cached.Stats().Entries > 0 })
	o.health.Depend("log", func() api.State {
		if s.log.Current() {
			return api.Up
		}
		return api.Behind
	})
	o.health.Mode("unchecked-answers", func() bool { return !s.log.Current() })
	o.metrics.ChangeLog(s.log.Stats)
	o.metrics.Views(s.views.Stats)
	o.metrics.Cache(s.cached.Stats)
	o.database(d)
	s.watchRedis(o)
	if s.index != nil {
		s.watchSearch(o)
	}
}

// database shows the database.
func (o *watched) database(d *database) {
	o.metrics.Pool("primary", d.PoolStats)
	waiting := metric.NewBacklog(d.Backlog, o.health.Logger())
	o.health.Look(waiting.Look)
	o.metrics.Backlog(waiting)
}

// watchSearch shows the search index, and who answers for it.
func (s *services) watchSearch(o *watched) {
	up := o.health.Server("elasticsearch", s.index.Ping)
	o.health.Depend("elasticsearch", health.UpIf(func() bool { return up() && !s.chooser.Degraded() }))
	lag := health.NewLag(s.log, s.indexed.Version)
	o.health.Look(lag.Look)
	o.health.Depend("index", lag.State)
	o.health.Mode("search-stand-in", func() bool { return s.chooser.Degraded() || lag.Missing() })
	o.metrics.Lag(lag)
	o.metrics.Search(s.chooser.Stats)
	o.metrics.Breaker("elasticsearch", s.chooser.Degraded)
	if s.indexer != nil {
		o.metrics.Indexer(s.indexer.Stats)
	}
}

// watchRedis shows what is kept in Redis, where there is one.
func (s *services) watchRedis(o *watched) {
	if r := s.cached.shared; r != nil {
		answers := o.health.Server("redis", func(ctx context.Context) error { return r.Client().Ping(ctx).Err() })
		up := func() bool { return answers() && !r.Resting() }
		o.health.Depend("redis", health.UpIf(up))
		o.health.Mode("unshared-cache", func() bool { return !up() })
		o.metrics.Breaker("redis", r.Resting)
	}
	if l := s.access.limiter; l != nil {
		o.metrics.Limits(l.Stats)
		o.metrics.Breaker("limits", l.Resting)
		o.health.Mode("local-limits", l.Resting)
	}
	if r := s.access.nonceServer; r != nil {
		up := o.health.Server("nonces", func(ctx context.Context) error { return r.Client().Ping(ctx).Err() })
		o.health.Depend("nonces", health.UpIf(up))
		o.health.Mode("no-signed-requests", func() bool { return !up() })
	}
}

// runIndexer carries changes into the index, watched, until ctx ends.
func (p *Program) runIndexer(ctx context.Context, x *indexing, address string) (err error) {
	o, err := p.observe(ctx, address)
	if err != nil {
		return err
	}
	defer o.close()
	o.health.Depend("postgresql", health.UpIf(o.health.Server("postgresql", x.database.Ready)))
	o.health.Depend("elasticsearch", health.UpIf(o.health.Server("elasticsearch", x.client.Ping)))
	o.database(x.database)
	o.metrics.Indexer(x.Stats)
	looking, stop := context.WithCancel(ctx)
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		o.health.Run(looking)
	}()
	o.health.Serve()
	err = x.Run(ctx)
	o.health.Drain()
	stop()
	<-looked
	return err
}
