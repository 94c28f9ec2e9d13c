package serve

import (
	"context"
	"sync"

	"marquee/cache/warm"
	"marquee/cmd/agenda"
	"marquee/cmd/database"
	"marquee/cmd/observe/metric"
)

// newWarmer returns what keeps the pages of collections warm, and shows it to operators.
func (p *process) newWarmer(s *services, d *database.DB, c cacheConfig, o *observers, m *metric.Registry) *warm.Warmer {
	w := warm.New(warm.Config{
		Cache: s.cache.Handler, MaxBytes: c.memory / warm.Share, Agenda: agenda.New(d.Store, s.log), Now: p.Now, Observe: m.Warm().Observe, Logger: p.Logger,
	})
	o.collections = agenda.NewRequests(w.Asked())
	m.WarmPages(w)
	return w
}

// keepWarm keeps pages warm until s.stopWarming is called. It looks at them when a change was
// committed, and again when the index has it.
func (s *services) keepWarm() {
	ctx, cancel := context.WithCancel(context.Background())
	w := s.warmer
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	running.Go(func() { wake(ctx, w, s.log.Grown) })
	if s.indexed != nil {
		running.Go(func() { wake(ctx, w, s.indexed.Grown) })
	}
	s.stopWarming = func() {
		cancel()
		running.Wait()
	}
}

// wake wakes a Warmer whenever a version has grown, until ctx ends.
func wake(ctx context.Context, w *warm.Warmer, grown func() <-chan struct{}) {
	for ctx.Err() == nil {
		next := grown()
		w.Wake()
		select {
		case <-next:
		case <-ctx.Done():
		}
	}
}
