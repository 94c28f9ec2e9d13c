package cache

import (
	"fmt"

	"github.com/maypok86/otter/v2"
)

const (
	// planShare is the part of the memory that spellings may take: 1/8.
	planShare = 8
	// planOverhead is the bytes of a plan besides its texts, and planFactor how
	// often the text of its target is in it, both about.
	planOverhead, planFactor = 512, 4
	// maxSpelling bounds in bytes the spellings that are remembered: longer ones
	// are rare, and cheap to parse beside what they ask for.
	maxSpelling = 2 << 10
)

// memory is the first level: spellings to plans, and targets to entries. Both
// are bounded by bytes, and what is used often stays (W-TinyLFU).
type memory struct {
	plans   *otter.Cache[string, *Plan]
	entries *otter.Cache[string, *entry]
}

func newMemory(bytes int64) (*memory, error) {
	plans, err := otter.New(&otter.Options[string, *Plan]{
		MaximumWeight: uint64(bytes / planShare),
		Weigher: func(spelling string, p *Plan) uint32 {
			return uint32(planOverhead + 2*len(spelling) + planFactor*len(p.Target))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("memory for plans: %w", err)
	}
	entries, err := otter.New(&otter.Options[string, *entry]{
		MaximumWeight: uint64(bytes - bytes/planShare),
		Weigher:       func(_ string, e *entry) uint32 { return e.weight() },
	})
	if err != nil {
		return nil, fmt.Errorf("memory for entries: %w", err)
	}
	return &memory{plans: plans, entries: entries}, nil
}

// plan is the plan of a spelling that was seen before, or nil.
func (m *memory) plan(spelling string) *Plan {
	p, _ := m.plans.GetIfPresent(spelling)
	return p
}

// remember keeps the plan of a spelling.
func (m *memory) remember(spelling string, p *Plan) {
	if len(spelling) <= maxSpelling && len(p.Target) <= maxSpelling {
		m.plans.Set(spelling, p)
	}
}

// get is the entry of a target, or nil.
func (m *memory) get(target string) *entry {
	e, _ := m.entries.GetIfPresent(target)
	return e
}

func (m *memory) set(e *entry) { m.entries.Set(e.target, e) }

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
