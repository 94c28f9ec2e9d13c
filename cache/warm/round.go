package warm

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// key identifies a page: an answer now, or at a turn.
type key struct {
	target string
	at     int64 // nanoseconds of Unix time, 0 for now
}

// page is an answer that is to be warm, with what is known about it.
type page struct {
	target string
	at     time.Time // zero for now
	set    string
	// missing is since when the page is due and not warm, zero while it is warm.
	missing time.Time
	// read is when its last read began, notBefore the end of a pause, both by the system's
	// clock.
	read, notBefore time.Time
	// stored reports that the last read stored it, failures how many reads in turn did not.
	stored   bool
	failures int
	// until is when the stored answer stops being right by the clock, zero if never.
	until time.Time
	// queued reports that it waits to be read, or is being read.
	queued bool
	// asked is how many requests for it came lately, when it was queued.
	asked int64
	// round is the last one that looked at it.
	round int64
}

// round is one look at all pages.
type round struct {
	*Warmer
	now   time.Time // by the clock that turns answers
	began time.Time // by the system's clock
	next  time.Time // when the next page is due, by the system's clock
	// room and bytes are what is left for further pages.
	room, bytes int64
	stats       Stats
}

// round looks at all pages, and queues those that are due and not warm. It returns when the
// next round is due.
func (w *Warmer) round(ctx context.Context, began time.Time) (next time.Time) {
	r := &round{Warmer: w, now: w.config.Now(), began: began, next: began.Add(tick), room: MaxPages, bytes: w.config.MaxBytes}
	w.rounds++
	w.readAgenda(ctx, r.now)
	turning, active, waiting := turning(w.sets), w.active(), len(w.queue)
	for _, popular := range []bool{false, true} {
		for i := range turning {
			r.prepare(&turning[i], popular)
		}
		for i := range active {
			r.keep(&active[i], popular)
		}
	}
	for k, p := range w.pages {
		if p.round != w.rounds && !p.queued {
			delete(w.pages, k)
		}
	}
	w.stats.Store(&r.stats)
	// Those of earlier rounds stay in front, so that every page has its turn.
	slices.SortStableFunc(w.queue[waiting:], func(a, b *page) int { return cmp.Compare(b.asked, a.asked) })
	w.start(ctx)
	if len(w.queue) > 0 { // the origin is crowded, and may be free in a moment
		r.sooner(began.Add(crowdedPause))
	}
	return r.next
}

// readAgenda reads the sets. If the agenda fails, the last ones remain.
func (w *Warmer) readAgenda(ctx context.Context, now time.Time) {
	sets, err := w.config.Agenda.Sets(ctx, now, now.Add(Ahead))
	if failing := err != nil; failing != w.failing && ctx.Err() == nil {
		if w.failing = failing; failing {
			w.config.Logger.Warn("the answers to keep warm cannot be read; retrying", "err", err)
		} else {
			w.config.Logger.Info("the answers to keep warm can be read again")
		}
	}
	if err == nil {
		w.sets = sets
		return
	}
	for i := range w.sets { // what the last agenda said about the time until now
		if s := &w.sets[i]; !s.Turn.IsZero() && !s.Turn.After(now) {
			s.Active, s.Turn = true, time.Time{} // a page too many does no harm
		}
	}
}

// turn is a set before its turn.
type turn struct {
	Set
	// due is when its pages are prepared.
	due time.Time
}

// turning returns the sets that turn, by time, each with its share of the time before.
func turning(sets []Set) []turn {
	var turns []turn
	for i := range sets {
		if !sets[i].Turn.IsZero() {
			turns = append(turns, turn{Set: sets[i]})
		}
	}
	slices.SortFunc(turns, func(a, b turn) int { return cmp.Or(a.Turn.Compare(b.Turn), cmp.Compare(a.Name, b.Name)) })
	for first := 0; first < len(turns); {
		n := 1
		for first+n < len(turns) && turns[first+n].Turn.Equal(turns[first].Turn) {
			n++
		}
		for i := range n {
			t := &turns[first+i]
			t.due = t.Turn.Add(Spread*time.Duration(i)/time.Duration(n) - Ahead)
		}
		first += n
	}
	return turns
}

// active returns the sets that are active: first those that are asked for most, then those
// that became active last.
func (w *Warmer) active() []Set {
	var active []Set
	requests := map[string]int64{}
	for i := range w.sets {
		if s := &w.sets[i]; s.Active {
			active = append(active, *s)
			requests[s.Name] = w.asked.requests(s.Name)
		}
	}
	slices.SortFunc(active, func(a, b Set) int {
		return cmp.Or(cmp.Compare(requests[b.Name], requests[a.Name]), b.Since.Compare(a.Since), cmp.Compare(a.Name, b.Name))
	})
	w.asked.label(active)
	return active
}

// prepare looks at the pages of a set for its turn.
func (r *round) prepare(t *turn, popular bool) {
	if r.now.Before(t.due) {
		r.sooner(r.began.Add(t.due.Sub(r.now)))
		return
	}
	r.each(&t.Set, popular, func(target string) (next bool) {
		next = r.look(&t.Set, target, t.Turn, &r.stats.Turning, &r.stats.Prepared)
		return next || r.config.Cache.Look(target, time.Time{}).Next // before an end only the present answers have next pages
	})
}

// keep looks at the pages of a set for now.
func (r *round) keep(s *Set, popular bool) {
	r.each(s, popular, func(target string) (next bool) {
		return r.look(s, target, time.Time{}, &r.stats.Wanted, &r.stats.Warm)
	})
}

// each calls look with the pages of a set that the agenda names, or with the popular ones.
func (r *round) each(s *Set, popular bool, look func(target string) (next bool)) {
	if popular {
		for _, target := range r.asked.popular(s, r.began) {
			look(target)
		}
		return
	}
	for _, target := range s.Pages {
		look(target)
	}
	for _, target := range s.Series {
		if !look(target) {
			break
		}
	}
}

// look finds out whether a page is warm, and queues it if it is due and not. It counts the
// page. next reports that the stored answer, which may be stale, has a next page.
func (r *round) look(s *Set, target string, at time.Time, wanted, warm *int) (next bool) {
	if r.room <= 0 || r.bytes <= 0 {
		return false
	}
	p, stored := r.page(s, target, at), r.config.Cache.Look(target, at)
	r.room--
	r.bytes -= int64(stored.Weight)
	*wanted++
	if stored.Servable {
		*warm++
		p.missing, p.failures, p.until = time.Time{}, 0, stored.Until
		return stored.Next
	}
	if p.queued {
		return stored.Next
	}
	if p.missing.IsZero() {
		p.missing = r.began
	}
	if p.stored && stored.Status == 0 && (p.until.IsZero() || r.now.Before(p.until)) {
		p.stored = false
		p.notBefore = r.began.Add(evictedPause)
	}
	if due := r.due(p); due.After(r.began) {
		r.sooner(due)
		return stored.Next
	}
	p.queued, p.asked = true, r.asked.count(p.set, p.target)
	r.queue = append(r.queue, p)
	return stored.Next
}

// due returns when a page may be read again.
func (r *round) due(p *page) time.Time {
	due := p.read.Add(idlePause)
	if r.asked.again(p.set, p.target) {
		due = p.read
	}
	if p.notBefore.After(due) {
		return p.notBefore
	}
	return due
}

// page returns what is known about a page.
func (r *round) page(s *Set, target string, at time.Time) *page {
	k := key{target: target}
	if !at.IsZero() {
		k.at = at.UnixNano()
	}
	p := r.pages[k]
	if p == nil {
		p = &page{target: target, at: at, set: s.Name}
		r.pages[k] = p
	}
	p.round = r.rounds
	return p
}

// sooner brings the next round forward.
func (r *round) sooner(at time.Time) {
	if at.Before(r.next) {
		r.next = at
	}
}
