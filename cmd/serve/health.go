package serve

import (
	"context"

	"marquee/api"
	"marquee/cmd/database"
	"marquee/cmd/monitor"
	"marquee/cmd/observe/health"
)

// watch shows the services that answer requests.
func (s *services) watch(o *monitor.Monitor, d *database.DB) {
	up := o.Health.Server("postgresql", d.Ready)
	o.Health.Depend("postgresql", health.UpIf(up))
	o.Health.Mode("kept-answers-only", func() bool { return !up() })
	o.Health.Answers(func() bool { return up() || s.cached.Stats().Entries > 0 })
	o.Health.Depend("log", func() api.State {
		if s.log.Current() {
			return api.Up
		}
		return api.Lagging
	})
	o.Health.Mode("unchecked-answers", func() bool { return !s.log.Current() })
	o.Metrics.ChangeLog(s.log.Stats)
	o.Metrics.Views(s.views.Stats)
	o.Metrics.Cache(s.cached.Stats)
	o.ShowDatabase(d)
	s.watchRedis(o)
	if s.index != nil {
		s.watchSearch(o)
	}
}

// watchSearch shows the search index, and who answers for it.
func (s *services) watchSearch(o *monitor.Monitor) {
	up := o.Health.Server("elasticsearch", s.index.Ping)
	o.Health.Depend("elasticsearch", health.UpIf(func() bool { return up() && !s.chooser.Degraded() }))
	lag := health.NewLag(s.log, s.indexed.Version)
	o.Health.Look(lag.Look)
	o.Health.Depend("index", lag.State)
	o.Health.Mode("search-stand-in", func() bool { return s.chooser.Degraded() || lag.Missing() })
	o.Metrics.Lag(lag)
	o.Metrics.Search(s.chooser.Stats)
	o.Metrics.Breaker("elasticsearch", s.chooser.Degraded)
	if s.indexer != nil {
		o.Metrics.Indexer(s.indexer.Stats)
	}
}

// watchRedis shows what is kept in Redis, where there is one.
func (s *services) watchRedis(o *monitor.Monitor) {
	if r := s.cached.shared; r != nil {
		answers := o.Health.Server("redis", func(ctx context.Context) error { return r.Client().Ping(ctx).Err() })
		up := func() bool { return answers() && !r.Resting() }
		o.Health.Depend("redis", health.UpIf(up))
		o.Health.Mode("unshared-cache", func() bool { return !up() })
		o.Metrics.Breaker("redis", r.Resting)
	}
	if l := s.access.limiter; l != nil {
		o.Metrics.Limits(l.Stats)
		o.Metrics.Breaker("limits", l.Resting)
		o.Health.Mode("local-limits", l.Resting)
	}
	if r := s.access.nonceServer; r != nil {
		up := o.Health.Server("nonces", func(ctx context.Context) error { return r.Client().Ping(ctx).Err() })
		o.Health.Depend("nonces", health.UpIf(up))
		o.Health.Mode("no-signed-requests", func() bool { return !up() })
	}
}
