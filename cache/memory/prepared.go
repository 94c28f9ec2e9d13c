package memory

import "sync"

// preparedShare is the part of the memory for entries that prepared entries may take: 1/8.
// They have memory of their own, because nobody has asked for them yet: W-TinyLFU would evict
// them first. The share is bounded, so that a hundred collections that start together do not
// evict the entries that readers ask for now. Prepared entries that are not there take nothing.
const preparedShare = 8

// prepared are the entries whose time is still to come, at most one for each target.
type prepared struct {
	limit uint64
	// turn is called with each entry whose time has come, resized with the bytes that the
	// others take. Both are called under the lock, so that a request which finds no
	// prepared entry finds the present one.
	turn    func(e *Entry, now int64)
	resized func(bytes uint64)

	mu      sync.Mutex
	entries map[string]*Entry
	bytes   uint64
}

func newPrepared(limit uint64, turn func(e *Entry, now int64), resized func(bytes uint64)) *prepared {
	return &prepared{limit: limit, turn: turn, resized: resized, entries: map[string]*Entry{}}
}

// get returns the entry of a target, or nil.
func (p *prepared) get(target string) *Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.entries[target]
}

// add stores an entry, replacing the one of its target. When there is no room, the entries
// whose time comes last are dropped, which may be the new one. An entry that is larger than
// the share is not stored: it would drop all others, and then itself.
func (p *prepared) add(e *Entry, now int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for target := range p.entries {
		p.settleLocked(target, now)
	}
	p.remove(e.Target)
	if uint64(e.Weight()) <= p.limit {
		p.entries[e.Target] = e
		p.bytes += uint64(e.Weight())
	}
	for p.bytes > p.limit {
		p.remove(p.last())
	}
	p.resized(p.bytes)
}

// settle turns the entry of a target if its time has come.
func (p *prepared) settle(target string, now int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settleLocked(target, now)
}

func (p *prepared) settleLocked(target string, now int64) {
	if e := p.entries[target]; e != nil && !e.Ahead(now) {
		p.remove(target)
		p.resized(p.bytes)
		p.turn(e, now)
	}
}

func (p *prepared) remove(target string) {
	if e := p.entries[target]; e != nil {
		delete(p.entries, target)
		p.bytes -= uint64(e.Weight())
	}
}

// last returns the target of the entry whose time comes last.
func (p *prepared) last() (target string) {
	last := int64(-1)
	for _, e := range p.entries {
		if e.from > last {
			target, last = e.Target, e.from
		}
	}
	return target
}

// each calls f with every entry.
func (p *prepared) each(f func(*Entry)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.entries {
		f(e)
	}
}

// size returns the number of entries and the bytes that they take.
func (p *prepared) size() (entries int, bytes uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.entries), p.bytes
}
