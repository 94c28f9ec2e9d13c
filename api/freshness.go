package api

import (
	"sync"

	"marquee/cache/plan"
	"marquee/search/touch"
	"marquee/storage"
)

// Tail is the end of the change log in memory. storage/tail has it.
type Tail interface {
	storage.Tail
	// Stamp grows when Version, Required or the oldest known change does.
	Stamp() uint64
	// Current reports whether the log was read within the last second.
	Current() bool
}

// Freshness judges what the cache holds by the log of changes. It is safe for
// concurrent use.
type Freshness struct {
	tail    Tail
	indexed func() int64
	terms   func(*storage.Document) *touch.Terms
}

var _ plan.Checker = (*Freshness)(nil)

// NewFreshness judges by the tail of the log, and answers of the search index by
// the version that the index has reached; nil where there is no index.
func NewFreshness(tail Tail, indexed func() int64) *Freshness {
	if indexed == nil {
		indexed = func() int64 { return 0 }
	}
	return &Freshness{tail: tail, indexed: indexed, terms: new(termMemory).of}
}

// Stamp changes whenever a verdict may: it is a sum of versions that only grow.
func (f *Freshness) Stamp() uint64 { return f.tail.Stamp() + uint64(f.indexed()) }

// Current is false when the log could not be read for more than a second.
func (f *Freshness) Current() bool { return f.tail.Current() }

// Check reports whether no change after the version asOf touches the subject of
// a plan. What the index answered is held against what it could answer now, up
// to the version that it has reached; but a write of this process counts at once,
// also for the index, so that it is not hidden by one that lags.
func (f *Freshness) Check(of any, source plan.Source, asOf int64) (upTo int64, ok bool) {
	s, ok := of.(subject)
	if !ok {
		return asOf, false
	}
	version := f.tail.Version()
	if source == plan.Indexed {
		version = min(version, f.indexed())
	}
	until := max(version, f.tail.Required())
	switch {
	case version == 0 && asOf > 0: // nothing is known yet
		return asOf, false
	case asOf >= until:
		return asOf, true
	}
	if list, ok := s.(*touch.Interest); ok {
		s = list.Check()
	}
	touched := storage.Touched(f.tail, asOf, until, func(c *storage.Change) bool { return s.Touched(c, f.terms) })
	return max(asOf, version), !touched
}

// reached is a version that every read which begins now is at or after: what
// the tail knows was committed before, and so was what this process has written.
func (f *Freshness) reached() int64 { return max(f.tail.Version(), f.tail.Required()) }

// maxTerms bounds the words that are remembered of changed documents, some 100
// bytes each.
const maxTerms = 200_000

// termMemory remembers the words of the documents of late changes, since each
// is held against many queries. A full one is emptied: changes are looked at
// when they are new.
type termMemory struct {
	mu    sync.Mutex
	terms map[*storage.Document]*touch.Terms
	count int
}

func (m *termMemory) of(d *storage.Document) *touch.Terms {
	m.mu.Lock()
	t := m.terms[d]
	m.mu.Unlock()
	if t != nil {
		return t
	}
	t = touch.NewTerms(d)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.terms == nil || m.count+t.Len() > maxTerms {
		m.terms, m.count = map[*storage.Document]*touch.Terms{}, 0
	}
	if m.terms[d] == nil {
		m.terms[d] = t
		m.count += t.Len()
	}
	return t
}
