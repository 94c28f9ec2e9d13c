package api

import (
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

// Freshness checks cached answers against the change log. It is safe for concurrent
// use.
type Freshness struct {
	tail    Tail
	indexed func() int64
}

var _ plan.Checker = (*Freshness)(nil)

// NewFreshness returns a checker with the tail of the log. indexed returns the version
// that the search index has reached. It is nil without an index.
func NewFreshness(tail Tail, indexed func() int64) *Freshness {
	if indexed == nil {
		indexed = func() int64 { return 0 }
	}
	return &Freshness{tail: tail, indexed: indexed}
}

// Stamp changes whenever a result of Check may change. It is a sum of versions that only
// grow.
func (f *Freshness) Stamp() uint64 { return f.tail.Stamp() + uint64(f.indexed()) }

// Current reports whether the log was read within the last second.
func (f *Freshness) Current() bool { return f.tail.Current() }

// Check reports whether no change after version asOf touches the subject of a plan. An
// answer of the index is checked up to the version that the index has reached, and at
// least up to the last write of this process, so that an index that lags does not hide
// that write.
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
	case version == 0 && asOf > 0: // the tail is not loaded yet
		return asOf, false
	case asOf >= until:
		return asOf, true
	}
	return max(asOf, version), !f.touched(s, asOf, until)
}

// touched reports whether a change after version from, up to version to, touches the
// subject.
func (f *Freshness) touched(s subject, from, to int64) bool {
	if list, ok := s.(*touch.Interest); ok {
		s = list.Check()
	}
	return storage.Touched(f.tail, from, to, s.Touched)
}

// reached returns a version that every later read has reached: the tail has only
// committed changes, and this process has committed its own writes.
func (f *Freshness) reached() int64 { return max(f.tail.Version(), f.tail.Required()) }
