package serve

import (
	"context"

	"marquee/api"
	"marquee/cmd/database"
	"marquee/cmd/monitor"
	"marquee/cmd/observe/health"
)

// watch shows the services to operators.
func (s *services) watch(m *monitor.Monitor, d *database.DB) {
	up := m.Health.Server("postgresql", d.Ready)
	m.Health.Depend("postgresql", health.UpIf(up))
	m.Health.Mode("kept-answers-only", func() bool { return !up() })
	// Pages that are warm are not enough: nobody may have asked for them.
	m.Health.Answers(func() bool { return up() || s.cache.Stats().Entries > s.warmer.Stats().Wanted })
	m.Health.Depend("log", func() api.State {
		if s.log.Current() {
			return api.Up
		}
		return api.Lagging
	})
	m.Health.Mode("unchecked-answers", func() bool { return !s.log.Current() })
	m.Metrics.ChangeLog(s.log.Stats)
	m.Metrics.Streams(s.api.StreamStats)
	m.Metrics.Views(s.views.Stats)
	m.Metrics.Synonyms(s.synonyms.Stats)
	m.Metrics.Cache(s.cache.Stats)
	m.ShowDatabase(d)
	s.watchRedis(m)
	if s.index != nil {
		s.watchSearch(m)
	}
}

// watchSearch shows the search index and its fallback.
func (s *services) watchSearch(m *monitor.Monitor) {
	up := m.Health.Server("elasticsearch", s.index.Ping)
	m.Health.Depend("elasticsearch", health.UpIf(func() bool { return up() && !s.chooser.Degraded() }))
	lag := health.NewLag(s.log, s.indexed.Version)
	m.Health.Look(lag.Look)
	m.Health.Depend("index", lag.State)
	m.Health.Mode("search-stand-in", func() bool { return s.chooser.Degraded() || lag.Missing() })
	m.Metrics.Lag(lag)
	m.Metrics.Search(s.chooser.Stats)
	m.Metrics.Vocabulary(s.words.Stats)
	m.Metrics.Breaker("elasticsearch", s.chooser.Degraded)
	if s.indexer != nil {
		m.Metrics.Indexer(s.indexer.Stats)
	}
}

// watchRedis shows the uses of Redis: shared cache, limits and nonces.
func (s *services) watchRedis(m *monitor.Monitor) {
	if r := s.cache.shared; r != nil {
		answers := m.Health.Server("redis", func(ctx context.Context) error { return r.Client().Ping(ctx).Err() })
		up := func() bool { return answers() && !r.Resting() }
		m.Health.Depend("redis", health.UpIf(up))
		m.Health.Mode("unshared-cache", func() bool { return !up() })
		m.Metrics.Breaker("redis", r.Resting)
	}
	if l := s.access.limiter; l != nil {
		m.Metrics.Limits(l.Stats)
		m.Metrics.Breaker("limits", l.Resting)
		m.Health.Mode("local-limits", l.Resting)
	}
	if r := s.access.nonceServer; r != nil {
		up := m.Health.Server("nonces", func(ctx context.Context) error { return r.Client().Ping(ctx).Err() })
		m.Health.Depend("nonces", health.UpIf(up))
		m.Health.Mode("no-signed-requests", func() bool { return !up() })
	}
}
