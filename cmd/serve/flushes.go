package serve

import (
	"context"

	"marquee/api"
	"marquee/cache/plan"
	"marquee/cmd/database"
	"marquee/storage"
	"marquee/storage/tail"
)

// followFlushes makes the cache refresh answers whose counters have changed: answers from
// PostgreSQL after a flush is committed, answers from the index after the index has it.
func (p *process) followFlushes(ctx context.Context, s *services, d *database.DB, catalogue reader, indexed bool) {
	follow := func(source plan.Source) tail.FlushConfig {
		return tail.FlushConfig{
			Read: catalogue.Flushes, Logger: p.Logger,
			Changed: func(c storage.Flush, position int64) { s.cache.CountersChanged(source, surrogateKeys(c), position) },
			Lost:    func(position int64) { s.cache.AllCountersChanged(source, position) },
		}
	}
	committed := follow(plan.Committed)
	committed.Listener = d.Store
	s.running.Go(func() { tail.NewFlushFollower(committed).Run(ctx) })
	if indexed {
		later := follow(plan.Indexed)
		later.Read = d.IndexedFlushes
		changed, lost := later.Changed, later.Lost
		// The client of the index caches lists too. Its entries must expire first, because the
		// refreshed answers are made of them.
		later.Changed = func(c storage.Flush, position int64) { s.flushes.Add(1); changed(c, position) }
		later.Lost = func(position int64) { s.flushes.Add(1); lost(position) }
		s.running.Go(func() { tail.NewFlushFollower(later).Run(ctx) })
	}
}

// surrogateKeys returns the surrogate keys of the objects.
func surrogateKeys(c storage.Flush) []string {
	keys := make([]string, len(c.IDs))
	for i, id := range c.IDs {
		keys[i] = api.SurrogateKey(c.Noun, id)
	}
	return keys
}
