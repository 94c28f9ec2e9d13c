package memory

import (
	"fmt"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"marquee/cache/plan"
)

const (
	// planShare is the part of the memory that plans may take: 1/8. They get minPlans
	// bytes at least: where responses come from the shared level, a thousand plans save
	// more than the few responses that would fit in their place.
	planShare, minPlans = 8, 1 << 20
	// planOverhead is the memory of a plan and its place in the level, in bytes, besides
	// texts and subject.
	planOverhead = 512
	// maxSpelling bounds the request targets that are remembered, in bytes. Longer ones
	// are rare, and cheap to parse compared to their answers.
	maxSpelling = 2 << 10
)

// Level maps spellings of request targets to plans, and canonical targets to entries.
// Both are bounded by bytes, and evict what is used least (W-TinyLFU).
type Level struct {
	plans   *otter.Cache[string, *plan.Plan]
	entries *otter.Cache[string, *Entry]
	evicted atomic.Int64
}

// New returns an empty level of that many bytes.
func New(bytes int64) (*Level, error) {
	m := new(Level)
	plans, err := otter.New(&otter.Options[string, *plan.Plan]{
		MaximumWeight: uint64(max(bytes/planShare, minPlans)),
		Weigher: func(spelling string, p *plan.Plan) uint32 {
			return uint32(planOverhead + len(spelling) + len(p.Target) + p.Weight)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("memory for plans: %w", err)
	}
	entries, err := otter.New(&otter.Options[string, *Entry]{
		MaximumWeight: uint64(bytes - bytes/planShare),
		Weigher:       func(_ string, e *Entry) uint32 { return e.weight() },
		OnAtomicDeletion: func(e otter.DeletionEvent[string, *Entry]) {
			if e.WasEvicted() {
				m.evicted.Add(1)
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("memory for entries: %w", err)
	}
	m.plans, m.entries = plans, entries
	return m, nil
}

// Plan returns the plan of a spelling that was remembered, or nil.
func (m *Level) Plan(spelling string) *plan.Plan {
	p, _ := m.plans.GetIfPresent(spelling)
	return p
}

// Remember stores the plan of a spelling, unless it is very long.
func (m *Level) Remember(spelling string, p *plan.Plan) {
	if len(spelling) <= maxSpelling && len(p.Target) <= maxSpelling {
		m.plans.Set(spelling, p)
	}
}

// Get returns the entry of a target, or nil.
func (m *Level) Get(target string) *Entry {
	e, _ := m.entries.GetIfPresent(target)
	return e
}

// Set stores an entry, replacing the one before. An entry that is larger than the
// memory is not stored: it would evict all others, and then itself.
func (m *Level) Set(e *Entry) {
	if uint64(e.weight()) <= m.entries.GetMaximum() {
		m.entries.Set(e.Target, e)
	} else if m.Get(e.Target) != nil {
		m.Drop(e.Target)
	}
}

// SetIfAbsent stores an entry that is only better than none.
func (m *Level) SetIfAbsent(e *Entry) { m.entries.SetIfAbsent(e.Target, e) }

// Drop removes the entry of a target.
func (m *Level) Drop(target string) { m.entries.Invalidate(target) }

// Weigh updates the weight of an entry that got another encoding, unless it was
// replaced meanwhile.
func (m *Level) Weigh(e *Entry) {
	m.entries.ComputeIfPresent(e.Target, func(old *Entry) (*Entry, otter.ComputeOp) {
		if old != e {
			return old, otter.CancelOp
		}
		return e, otter.WriteOp
	})
}

// OutdateCounters marks the counters of all entries from a source as outdated.
func (m *Level) OutdateCounters(source plan.Source) {
	for _, e := range m.entries.All() {
		if e.Source == source {
			e.outdated.Store(true)
		}
	}
}

// Stats are numbers of a level, for metrics, all approximate.
type Stats struct {
	// Entries are the stored responses, Spellings the request targets whose plans are
	// stored.
	Entries, Spellings int
	// Bytes is the memory that both take, of at most Limit.
	Bytes, Limit int64
	// Evicted are the responses that were removed to make room for others.
	Evicted int64
}

// Stats returns the numbers as they are now.
func (m *Level) Stats() Stats {
	return Stats{
		Entries: m.entries.EstimatedSize(), Spellings: m.plans.EstimatedSize(),
		Bytes: int64(m.entries.WeightedSize() + m.plans.WeightedSize()), Limit: int64(m.entries.GetMaximum() + m.plans.GetMaximum()),
		Evicted: m.evicted.Load(),
	}
}
