package api

import (
	"strings"

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

// Check reports whether no change after version asOf touches an answer about the subject of
// a plan that shows the objects with these surrogate keys. An answer of the index may lack
// the changes that the index lacks, but not the last write of this process. If no known
// change touches it at all, it is right at the newest version.
func (f *Freshness) Check(of any, source plan.Source, asOf int64, keys string) (upTo int64, ok bool) {
	s, ok := of.(subject)
	if !ok {
		return asOf, false
	}
	newest := f.tail.Version()
	version := newest
	if source == plan.Indexed {
		version = min(version, f.indexed())
	}
	until := max(version, f.tail.Required())
	switch {
	case newest == 0 && asOf > 0: // the tail is not loaded yet
		return asOf, false
	case asOf >= max(newest, until):
		return asOf, true
	case newest > until && !f.touched(s, asOf, newest, keys):
		return newest, true
	case version == 0 && asOf > 0: // the version of the index is not known yet
		return asOf, false
	case asOf >= until:
		return asOf, true
	}
	return max(asOf, version), !f.touched(s, asOf, until, keys)
}

// touched reports whether a change after version from, up to version to, touches an answer
// about the subject, with these surrogate keys. An update that keeps the objects of a list
// and their order touches only the pages that show the object.
func (f *Freshness) touched(s subject, from, to int64, keys string) bool {
	touches := s.Touched
	if list, ok := s.(*touch.Interest); ok {
		list = list.Check()
		touches = func(c *storage.Change) bool {
			return list.Touched(c) && (!list.Keeps(c) || mayShow(keys, c))
		}
	}
	return storage.Touched(f.tail, from, to, touches)
}

// mayShow reports whether an answer with these keys may show a changed object: a key names it,
// or no key names an object of its noun.
func mayShow(keys string, c *storage.Change) bool {
	others := false
	for key := range strings.FieldsSeq(keys) {
		if id, ok := strings.CutPrefix(key, SurrogateKey(c.Noun, "")); ok {
			if id == c.IDs[0] {
				return true
			}
			others = true
		}
	}
	return !others
}

// reached returns a version that every later read has reached: the tail has only
// committed changes, and this process has committed its own writes.
func (f *Freshness) reached() int64 { return max(f.tail.Version(), f.tail.Required()) }
