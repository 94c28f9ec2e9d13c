package cache

import (
	"fmt"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"marquee/cache/plan"
)

const (
	// planShare is the part of the memory that spellings may take: 1/8. They get
	// minPlans bytes at least: a thousand of them save more, where responses come
	// from the shared level, than the few responses in their place.
	planShare, minPlans = 8, 1 << 20
	// planOverhead is the bytes of a plan and of its place in memory, besides texts
	// and subject.
	planOverhead = 512
	// maxSpelling bounds in bytes the spellings that are remembered: longer ones
	// are rare, and cheap to parse beside what they ask for.
	maxSpelling = 2 << 10
)

// memory is the first level: spellings to plans, and targets to entries. Both
// are bounded by bytes, and what is used often stays (W-TinyLFU).
type memory struct {
	plans   *otter.Cache[string, *plan.Plan]
	entries *otter.Cache[string, *entry]
	// evicted counts the entries that made room for others.
	evicted atomic.Int64
}

func newMemory(bytes int64) (*memory, error) {
	m := new(memory)
	plans, err := otter.New(&otter.Options[string, *plan.Plan]{
		MaximumWeight: uint64(max(bytes/planShare, minPlans)),
		Weigher: func(spelling string, p *plan.Plan) uint32 {
			return uint32(planOverhead + len(spelling) + len(p.Target) + p.Weight)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("memory for plans: %w", err)
	}
	entries, err := otter.New(&otter.Options[string, *entry]{
		MaximumWeight: uint64(bytes - bytes/planShare),
		Weigher:       func(_ string, e *entry) uint32 { return e.weight() },
		OnAtomicDeletion: func(e otter.DeletionEvent[string, *entry]) {
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

// plan is the plan of a spelling that was seen before, or nil.
func (m *memory) plan(spelling string) *plan.Plan {
	p, _ := m.plans.GetIfPresent(spelling)
	return p
}

// remember keeps the plan of a spelling.
func (m *memory) remember(spelling string, p *plan.Plan) {
	if len(spelling) <= maxSpelling && len(p.Target) <= maxSpelling {
		m.plans.Set(spelling, p)
	}
}

// get is the entry of a target, or nil.
func (m *memory) get(target string) *entry {
	e, _ := m.entries.GetIfPresent(target)
	return e
}

// set keeps an entry in the place of what was there. One that is larger than the
// memory is not put in to be thrown out.
func (m *memory) set(e *entry) {
	if uint64(e.weight()) <= m.entries.GetMaximum() {
		m.entries.Set(e.target, e)
	} else if m.get(e.target) != nil {
		m.drop(e.target)
	}
}

// setIfAbsent keeps an entry that is only better than none.
func (m *memory) setIfAbsent(e *entry) { m.entries.SetIfAbsent(e.target, e) }

// drop forgets what the origin has no answer for any more.
func (m *memory) drop(target string) { m.entries.Invalidate(target) }

// weigh counts an entry anew after a form was added to it, unless another has
// taken its place.
func (m *memory) weigh(e *entry) {
	m.entries.ComputeIfPresent(e.target, func(old *entry) (*entry, otter.ComputeOp) {
		if old != e {
			return old, otter.CancelOp
		}
		return e, otter.WriteOp
	})
}
