package warm_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"marquee/cache/plan"
	"marquee/cache/warm"
)

// world is an agenda, a cache and its origin, in memory. Times are those of a bubble.
type world struct {
	*warm.Warmer
	start time.Time

	mu   sync.Mutex
	sets map[string]*set
	// version grows with each write, touched has the last one that touches a target.
	version int64
	touched map[string]int64
	stored  map[string][]answer // by target, the last two reads
	reads   []read
	reading int
	most    int // reads at a time
	// took is how long a read of the origin takes.
	took      time.Duration
	crowded   bool
	fails     bool  // the origin
	agendaErr error // the agenda's error
	warmed    []warm.Read
}

// set is a set with its periods.
type set struct {
	pages   int // of its series
	periods [][2]time.Time
}

func (s *set) active(at time.Time) bool {
	return len(s.periods) == 0 || slices.ContainsFunc(s.periods, func(p [2]time.Time) bool { return !at.Before(p[0]) && at.Before(p[1]) })
}

// boundary returns the first turn after an instant, zero without one.
func (s *set) boundary(after time.Time) (first time.Time) {
	for _, p := range s.periods {
		for _, at := range p {
			if at.After(after) && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
	}
	return first
}

// turns reports whether a period starts or ends after from, up to to.
func (s *set) turns(from, to time.Time) bool {
	next := s.boundary(from)
	return !next.IsZero() && !next.After(to)
}

// answer is what an origin answered for an instant.
type answer struct {
	at      time.Time
	version int64
}

// read is a read of the origin.
type read struct {
	target string
	began  time.Time
}

// inBubble runs a test with a world. Its Warmer runs from the call of run on.
func inBubble(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			start: time.Now(), sets: map[string]*set{}, touched: map[string]int64{}, stored: map[string][]answer{}, took: 5 * time.Millisecond,
		}
		w.open(1 << 40)
		test(t, w)
	})
}

// open opens the Warmer.
func (w *world) open(maxBytes int64) {
	w.Warmer = warm.New(warm.Config{Cache: w, MaxBytes: maxBytes, Agenda: w, Observe: func(r warm.Read) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.warmed = append(w.warmed, r)
	}})
}

// run starts the Warmer. It ends with the test.
func (w *world) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// until moves time to a distance from the start.
func (w *world) until(d time.Duration) {
	time.Sleep(time.Until(w.start.Add(d)))
	synctest.Wait()
}

// at returns the time at a distance from the start.
func (w *world) at(d time.Duration) time.Time { return w.start.Add(d) }

// lock changes the world.
func (w *world) lock(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// write touches targets, as a write does that the process has just read.
func (w *world) write(targets ...string) {
	w.lock(func() {
		w.version++
		for _, target := range targets {
			w.touched[target] = w.version
		}
	})
	w.Wake()
}

func (w *world) Sets(_ context.Context, now, end time.Time) ([]warm.Set, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.agendaErr != nil {
		return nil, w.agendaErr
	}
	return agenda(w.sets, now, end), nil
}

// agenda returns the sets for an agenda.
func agenda(from map[string]*set, now, end time.Time) (sets []warm.Set) {
	for name, of := range from {
		s := warm.Set{Name: name, Pages: []string{"/" + name}, Active: of.active(now), Turn: of.boundary(now)}
		for i := range 10 {
			s.Series = append(s.Series, page(name, i))
		}
		if s.Turn.After(end) {
			s.Turn = time.Time{}
		}
		if s.Active || !s.Turn.IsZero() {
			sets = append(sets, s)
		}
	}
	return sets
}

// page returns the target of a page of a set's series.
func page(set string, i int) string { return "/" + set + "/films?page=" + strconv.Itoa(i) }

func (w *world) Known(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sets[name] != nil
}

// placeOf returns the set of a target, and its place in the series, 100 for other targets.
func placeOf(target string) (name string, i int) {
	name, rest, _ := strings.Cut(target[1:], "/")
	i, err := strconv.Atoi(strings.TrimPrefix(rest, "films?page="))
	if err != nil {
		i = 100
	}
	return name, i
}

// Look finds an answer that was read before now, or for a turn, and that is right at an
// instant.
func (w *world) Look(target string, at time.Time) (found plan.Stored) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at.IsZero() {
		at = time.Now()
	}
	name, i := placeOf(target)
	s := w.sets[name]
	for _, a := range w.stored[target] {
		if a.at.After(at) || s != nil && s.turns(a.at, at) {
			continue
		}
		found.Status, found.Next, found.Until = 404, false, time.Time{}
		if s != nil {
			found.Until = s.boundary(a.at)
		}
		if s != nil && s.active(at) {
			found.Status, found.Next = 200, i+1 < s.pages
		}
		found.Servable, found.Weight = found.Servable || a.version >= w.touched[target], 1<<20
	}
	return found
}

var errOrigin = errors.New("the origin fails")

func (w *world) Prepare(ctx context.Context, target string, at time.Time) error {
	if at.IsZero() {
		at = time.Now()
	}
	w.mu.Lock()
	w.reads = append(w.reads, read{target, time.Now()})
	w.reading++
	w.most = max(w.most, w.reading)
	version, took := w.version, w.took
	w.mu.Unlock()
	select {
	case <-time.After(took):
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reading--
	if w.fails || ctx.Err() != nil {
		return errOrigin
	}
	w.stored[target] = append(w.stored[target][max(0, len(w.stored[target])-1):], answer{at, version})
	return nil
}

func (w *world) Crowded() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.crowded
}

// count returns the number of reads of a target, or of all with "".
func (w *world) count(target string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.reads {
		if target == "" || r.target == target {
			n++
		}
	}
	return n
}

// expectWarm checks that these answers would be hits now, without a read.
func (w *world) expectWarm(t *testing.T, status int, targets ...string) {
	t.Helper()
	for _, target := range targets {
		if s := w.Look(target, time.Time{}); !s.Servable || s.Status != status {
			t.Errorf("%v: %s: got %+v, want a hit with status %d", time.Since(w.start), target, s, status)
		}
	}
}

// expectCold checks that nothing is stored of these answers.
func (w *world) expectCold(t *testing.T, targets ...string) {
	t.Helper()
	for _, target := range targets {
		if s := w.Look(target, time.Time{}); s.Status != 0 {
			t.Errorf("%v: %s: got %+v, want nothing", time.Since(w.start), target, s)
		}
	}
}
