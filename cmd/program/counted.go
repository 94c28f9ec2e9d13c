package program

import (
	"context"

	"marquee/api"
	"marquee/cache"
	"marquee/storage"
	"marquee/storage/tail"
)

// followCounts has kept answers renewed whose votes and views have changed: those
// of PostgreSQL when these were written, and those of the index, where there is
// one, when it has them.
func (p *Program) followCounts(ctx context.Context, s *services, d *database, catalogue reads, indexed bool) {
	ages := func(clock cache.Clock) tail.CountedConfig {
		return tail.CountedConfig{
			Read: catalogue.Counted, Logger: p.logger,
			Changed: func(c storage.Counted, place int64) { s.cached.Age(clock, surrogateKeys(c), place) },
			Lost:    func(place int64) { s.cached.AgeAll(clock, place) },
		}
	}
	committed := ages(cache.Committed)
	committed.Listener = d.Store
	s.running.Go(func() { tail.NewCounted(committed).Run(ctx) })
	if indexed {
		later := ages(cache.Indexed)
		later.Read = d.CountedIndexed
		changed, lost := later.Changed, later.Lost
		// What the client keeps of lists ends first: kept answers are renewed from it.
		later.Changed = func(c storage.Counted, place int64) { s.counted.Add(1); changed(c, place) }
		later.Lost = func(place int64) { s.counted.Add(1); lost(place) }
		s.running.Go(func() { tail.NewCounted(later).Run(ctx) })
	}
}

// surrogateKeys are the keys of answers that show the objects.
func surrogateKeys(c storage.Counted) []string {
	keys := make([]string, len(c.IDs))
	for i, id := range c.IDs {
		keys[i] = api.SurrogateKey(c.Noun, id)
	}
	return keys
}
