package warm

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxSets bounds the sets whose requests are counted, and maxCounted the pages of each: at
	// 200 bytes a page about 13 MB. It is twice the pages of a set that may be warm.
	maxSets, maxCounted = 1024, 64
	// sampled is the inverse of the share of requests for other pages that make room for one:
	// it takes some microseconds, as much as a hit.
	sampled = 16
	// ageEvery is the time after which a request counts half.
	ageEvery = time.Minute
	// popularEvery is how long the popular pages of a set are remembered.
	popularEvery = time.Second
	// minPopular is how often a popular page was asked for at least.
	minPopular = 2
	// maxLabels bounds the sets that have counts of their own.
	maxLabels = 20
)

// Asked counts the requests for pages of sets. Count may be called from many goroutines.
type Asked struct {
	known func(name string) bool

	tallies sync.Map // *tally by the name of the set
	mu      sync.Mutex
	size    int // of tallies

	// labelled has the counts of sets that have their own. other counts the rest.
	labelled atomic.Pointer[map[string]*served]
	other    served
}

// tally has the requests for the pages of one set.
type tally struct {
	requests atomic.Int64 // lately
	served   atomic.Pointer[served]
	// pages has at most maxCounted counts by target. It is replaced under mu.
	pages atomic.Pointer[map[string]*count]
	mu    sync.Mutex

	// Only the Warmer's goroutine uses these.
	popular   []string
	popularAt time.Time
}

// count has the requests for one page.
type count struct {
	requests atomic.Int64 // lately
	// again reports a request since the page was read last.
	again atomic.Bool
}

// Result is how a request was answered.
type Result uint8

// The results.
const (
	// Hit was answered by the cache.
	Hit Result = iota
	// Collapsed waited for a read that another request or the Warmer had begun.
	Collapsed
	// Miss had to be read for the request itself.
	Miss

	results
)

// served has the requests by their results.
type served [results]atomic.Int64

// newAsked returns empty counts. known reports whether there is a set with a name.
func newAsked(known func(name string) bool) *Asked {
	a := &Asked{known: known}
	a.labelled.Store(new(map[string]*served))
	return a
}

// Count counts a request for the canonical target of a page.
func (a *Asked) Count(set, target string, as Result) {
	t := a.tally(set)
	if t == nil {
		return
	}
	t.requests.Add(1)
	t.served.Load()[as].Add(1)
	c := (*t.pages.Load())[target]
	if c == nil {
		if c = t.add(target); c == nil {
			return
		}
	}
	c.requests.Add(1)
	if !c.again.Load() { // loading is cheaper than storing, which takes the cache line from all processors
		c.again.Store(true)
	}
}

// tally returns the tally of a set, nil for one that is unknown or has no room.
func (a *Asked) tally(set string) *tally {
	if t := a.existing(set); t != nil {
		return t
	}
	if !a.known(set) {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.existing(set); t != nil || a.size >= maxSets {
		return t
	}
	t := new(tally)
	t.pages.Store(new(map[string]*count))
	t.served.Store(&a.other)
	a.tallies.Store(set, t)
	a.size++
	return t
}

// existing returns the tally of a set, nil if there is none.
func (a *Asked) existing(set string) *tally {
	t, _ := a.tallies.Load(set)
	found, _ := t.(*tally)
	return found
}

// add returns the count of a new page. When there is no room, the page sometimes replaces the
// one with the fewest requests, and inherits its count (the algorithm Space-Saving): a page
// that is asked for often enough is counted. Otherwise, and while another page is added, it
// returns nil.
func (t *tally) add(target string) *count {
	if len(*t.pages.Load()) >= maxCounted && rand.N(sampled) != 0 || !t.mu.TryLock() {
		return nil
	}
	defer t.mu.Unlock()
	old := *t.pages.Load()
	if c := old[target]; c != nil {
		return c
	}
	c, least, victim := new(count), int64(0), ""
	if len(old) >= maxCounted {
		for target, c := range old {
			if n := c.requests.Load(); victim == "" || n < least {
				least, victim = n, target
			}
		}
		c.requests.Store(least)
	}
	pages := make(map[string]*count, len(old)+1)
	for target, c := range old {
		if target != victim {
			pages[target] = c
		}
	}
	pages[target] = c
	t.pages.Store(&pages)
	return c
}

// age halves the counts, and drops what nobody has asked for lately.
func (a *Asked) age() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tallies.Range(func(set, v any) bool {
		t := v.(*tally)
		t.mu.Lock()
		defer t.mu.Unlock()
		halve(&t.requests)
		pages := map[string]*count{}
		for target, c := range *t.pages.Load() {
			if halve(&c.requests) > 0 {
				pages[target] = c
			}
		}
		t.pages.Store(&pages)
		if len(pages) == 0 && t.served.Load() == &a.other {
			a.tallies.Delete(set)
			a.size--
		}
		return true
	})
}

// halve halves a number. A request that is counted meanwhile may be lost.
func halve(n *atomic.Int64) int64 {
	half := n.Load() / 2
	n.Store(half)
	return half
}

// requests returns how many requests for pages of a set came lately.
func (a *Asked) requests(set string) int64 {
	if t := a.existing(set); t != nil {
		return t.requests.Load()
	}
	return 0
}

// popular returns the pages of a set that were asked for most lately, the most popular ones
// first, without those that the agenda names.
func (a *Asked) popular(s *Set, now time.Time) []string {
	t := a.existing(s.Name)
	if t == nil {
		return nil
	}
	if now.Sub(t.popularAt) < popularEvery {
		return t.popular
	}
	requests := map[string]int64{}
	var targets []string
	for target, c := range *t.pages.Load() {
		n := c.requests.Load()
		if n >= minPopular && !slices.Contains(s.Pages, target) && !slices.Contains(s.Series, target) {
			requests[target] = n
			targets = append(targets, target)
		}
	}
	slices.SortFunc(targets, func(a, b string) int {
		return cmp.Or(cmp.Compare(requests[b], requests[a]), cmp.Compare(a, b))
	})
	t.popular, t.popularAt = targets[:min(len(targets), MaxPopular)], now
	return t.popular
}

// page returns the count of a page, nil if it is not counted.
func (a *Asked) page(set, target string) *count {
	if t := a.existing(set); t != nil {
		return (*t.pages.Load())[target]
	}
	return nil
}

// count returns how many requests for a page came lately.
func (a *Asked) count(set, target string) int64 {
	if c := a.page(set, target); c != nil {
		return c.requests.Load()
	}
	return 0
}

// reading records that a page is read.
func (a *Asked) reading(set, target string) {
	if c := a.page(set, target); c != nil {
		c.again.Store(false)
	}
}

// again reports whether a page was asked for since it was read last.
func (a *Asked) again(set, target string) bool {
	c := a.page(set, target)
	return c != nil && c.again.Load()
}

// label gives the first sets with requests, at most maxLabels, counts of their own. A set that
// drops out of them adds to the counts of all others from then on, so these never decrease.
func (a *Asked) label(sets []Set) {
	before, now := *a.labelled.Load(), map[string]*served{}
	changed := false
	for i := range sets {
		name := sets[i].Name
		if t := a.existing(name); name != "" && t != nil && t.requests.Load() > 0 && len(now) < maxLabels {
			if now[name] = before[name]; now[name] == nil {
				now[name], changed = new(served), true
				t.served.Store(now[name])
			}
		}
	}
	for name := range before {
		if now[name] == nil {
			changed = true
			if t := a.existing(name); t != nil {
				t.served.Store(&a.other)
			}
		}
	}
	if changed {
		a.labelled.Store(&now)
	}
}

// Served calls visit with the requests for pages of the active sets with most requests, and
// with those of all others under the name "".
func (a *Asked) Served(visit func(set string, as Result, requests int64)) {
	each := func(name string, s *served) {
		for as := range s {
			visit(name, Result(as), s[as].Load())
		}
	}
	each("", &a.other)
	for name, s := range *a.labelled.Load() {
		each(name, s)
	}
}
