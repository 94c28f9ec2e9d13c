package serve

import (
	"context"

	"marquee/api"
	"marquee/cache/plan"
	"marquee/cmd/database"
	"marquee/storage"
	"marquee/storage/tail"
)

// followFlushes has kept answers renewed whose votes and views have changed: those
// of PostgreSQL when these were written, and those of the index, where there is
// one, when it has them.
func (p *process) followFlushes(ctx context.Context, s *services, d *database.DB, catalogue reads, indexed bool) {
	ages := func(source plan.Source) tail.FlushConfig {
		return tail.FlushConfig{
			Read: catalogue.Flushes, Logger: p.Logger,
			Changed: func(c storage.Flush, position int64) { s.cached.CountersChanged(source, surrogateKeys(c), position) },
			Lost:    func(position int64) { s.cached.AllCountersChanged(source, position) },
		}
	}
	committed := ages(plan.Committed)
	committed.Listener = d.Store
	s.running.Go(func() { tail.NewFlushFollower(committed).Run(ctx) })
	if indexed {
		later := ages(plan.Indexed)
		later.Read = d.IndexedFlushes
		changed, lost := later.Changed, later.Lost
		// What the client keeps of lists ends first: kept answers are renewed from it.
		later.Changed = func(c storage.Flush, position int64) { s.flushes.Add(1); changed(c, position) }
		later.Lost = func(position int64) { s.flushes.Add(1); lost(position) }
		s.running.Go(func() { tail.NewFlushFollower(later).Run(ctx) })
	}
}

// surrogateKeys are the keys of answers that show the objects.
func surrogateKeys(c storage.Flush) []string {
	keys := make([]string, len(c.IDs))
	for i, id := range c.IDs {
		keys[i] = api.SurrogateKey(c.Noun, id)
	}
	return keys
}
