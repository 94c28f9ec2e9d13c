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
// Both are bounded by bytes, and evict what is used least (W-TinyLFU). Beside them it has
// entries whose time is still to come.
type Level struct {
	plans    *otter.Cache[string, *plan.Plan]
	entries  *otter.Cache[string, *Entry]
	prepared *prepared
	evicted  atomic.Int64
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
	forEntries := uint64(bytes - bytes/planShare)
	entries, err := otter.New(&otter.Options[string, *Entry]{
		MaximumWeight: forEntries,
		Weigher:       func(_ string, e *Entry) uint32 { return e.Weight() },
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
	m.prepared = newPrepared(forEntries/preparedShare, m.turn, func(bytes uint64) { entries.SetMaximum(forEntries - bytes) })
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

// Get returns the present entry of a target, or nil. If that cannot be served, Latest may
// have a better one.
func (m *Level) Get(target string) *Entry {
	e, _ := m.entries.GetIfPresent(target)
	return e
}

// Set stores an entry, replacing the one before. An entry whose time is still to come is
// stored beside the present one. One whose time is over replaces nothing: it may be the
// answer of a slow read, and the stored one newer.
func (m *Level) Set(e *Entry, now int64) {
	switch {
	case e.Over(now):
	case e.Ahead(now):
		m.prepared.add(e, now)
	default:
		m.set(e)
	}
}

// set stores an entry as the present one. An entry that is larger than the memory is not
// stored: it would evict all others, and then itself.
func (m *Level) set(e *Entry) {
	if uint64(e.Weight()) <= m.entries.GetMaximum() {
		m.entries.Set(e.Target, e)
	} else if m.Get(e.Target) != nil {
		m.Drop(e.Target)
	}
}

// SetIfAbsent stores an entry that is only better than none.
func (m *Level) SetIfAbsent(e *Entry, now int64) {
	if !e.Over(now) && !e.Ahead(now) {
		m.entries.SetIfAbsent(e.Target, e)
	}
}

// Latest returns the present entry of a target, or nil. Before that, a prepared one whose
// time has come takes over.
func (m *Level) Latest(target string, now int64) *Entry {
	m.prepared.settle(target, now)
	return m.Get(target)
}

// turn makes a prepared entry the present one, unless that was read later and its time is not
// over: it may have been read after the turn, or the turn does not happen any more.
func (m *Level) turn(e *Entry, now int64) {
	if old := m.Get(e.Target); old == nil || old.Over(now) || old.made <= e.made {
		m.set(e)
	}
}

// Both returns the present and the prepared entry of a target, each nil if there is none.
func (m *Level) Both(target string, now int64) [2]*Entry {
	return [2]*Entry{m.Latest(target, now), m.prepared.get(target)}
}

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
	outdate := func(e *Entry) {
		if e.shows(source) {
			e.outdated.Store(true)
		}
	}
	for _, e := range m.entries.All() {
		outdate(e)
	}
	m.prepared.each(outdate)
}

// Stats are numbers of a level, for metrics, all approximate.
type Stats struct {
	// Entries are the stored responses, Spellings the request targets whose plans are
	// stored.
	Entries, Spellings int
	// Prepared are the entries whose time is still to come, PreparedBytes the memory that
	// they take.
	Prepared      int
	PreparedBytes int64
	// Bytes is the memory that all three take, of at most Limit.
	Bytes, Limit int64
	// Evicted are the responses that were removed to make room for others.
	Evicted int64
}

// Stats returns the numbers as they are now.
func (m *Level) Stats() Stats {
	count, prepared := m.prepared.size()
	return Stats{
		Entries: m.entries.EstimatedSize(), Spellings: m.plans.EstimatedSize(), Prepared: count, PreparedBytes: int64(prepared),
		Bytes:   int64(m.entries.WeightedSize() + m.plans.WeightedSize() + prepared),
		Limit:   int64(m.entries.GetMaximum() + m.plans.GetMaximum() + prepared),
		Evicted: m.evicted.Load(),
	}
}
