package cache

import "github.com/sony/gobreaker/v2"

// Stats are numbers of a Handler, for metrics. Reading them costs a few
// microseconds.
type Stats struct {
	// Entries are the responses in memory, Spellings the request targets whose plans
	// are, both about.
	Entries, Spellings int
	// Bytes is what both take, about, of at most Limit.
	Bytes, Limit int64
	// Evicted are the responses that have made room for others.
	Evicted int64
	// Reads is the gate to the origin, Versions that for requests which wait there
	// for a version.
	Reads, Versions GateStats
}

// GateStats are numbers of a gate to the origin.
type GateStats struct {
	// InUse of Places are taken, and Queued requests wait for one.
	InUse, Places, Queued int
	// Waits are the requests that had to wait, and Waited the seconds they did,
	// together.
	Waits  int64
	Waited float64
	// Refused found no place in time.
	Refused int64
}

// Stats reads the numbers.
func (h *Handler) Stats() Stats {
	m := h.memory
	return Stats{
		Entries: m.entries.EstimatedSize(), Spellings: m.plans.EstimatedSize(),
		Bytes: int64(m.entries.WeightedSize() + m.plans.WeightedSize()), Limit: int64(m.entries.GetMaximum() + m.plans.GetMaximum()),
		Evicted: m.evicted.Load(), Reads: h.gate.stats(), Versions: h.waiting.stats(),
	}
}

func (g *gate) stats() GateStats {
	return GateStats{
		InUse: len(g.places), Places: cap(g.places), Queued: int(g.waiting.Load()),
		Waits: g.waits.Load(), Waited: float64(g.waited.Load()) / 1e9, Refused: g.refused.Load(),
	}
}

// Resting reports whether no call is made, because several in a row have failed:
// one tries again within a second.
func (s *Redis) Resting() bool { return s.breaker.State() != gobreaker.StateClosed }
