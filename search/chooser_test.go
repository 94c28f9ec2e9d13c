package search_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"marquee/search"
	"marquee/storage"
)

// fakeEngine answers at once, or as a test chooses.
type fakeEngine struct {
	calls  atomic.Int64
	mu     sync.Mutex
	answer func(ctx context.Context) error
	// page is the answer, nil for one of the query's limit.
	page *storage.Page
}

func (f *fakeEngine) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	f.calls.Add(1)
	f.mu.Lock()
	answer := f.answer
	f.mu.Unlock()
	if answer != nil {
		if err := answer(ctx); err != nil {
			return nil, err
		}
	}
	if f.page != nil {
		return f.page, nil
	}
	return &storage.Page{Total: q.Limit}, nil
}

func (f *fakeEngine) set(answer func(ctx context.Context) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

// down, hung and refusing are ways of an engine not to answer.
func down(context.Context) error { return storage.Errorf(storage.Unavailable, "down") }

func hung(ctx context.Context) error {
	<-ctx.Done()
	return &storage.Error{Code: storage.Unavailable, Err: ctx.Err()}
}

func refusing(context.Context) error { return errors.New("400 too_many_clauses") }

// fakeProgress is the version of an index, which a test moves.
type fakeProgress struct {
	mu      sync.Mutex
	version int64
	moved   chan struct{}
	waits   int
}

func newProgress(version int64) *fakeProgress {
	return &fakeProgress{version: version, moved: make(chan struct{})}
}

func (p *fakeProgress) Version() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.version
}

func (p *fakeProgress) move(to int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.version = to
	close(p.moved)
	p.moved = make(chan struct{})
}

func (p *fakeProgress) Wait(ctx context.Context, version int64) error {
	p.mu.Lock()
	p.waits++
	p.mu.Unlock()
	for {
		p.mu.Lock()
		reached, moved := p.version >= version, p.moved
		p.mu.Unlock()
		if reached {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}

// fakeLog has one change for each version from 1 on, the titles of created films.
type fakeLog struct {
	titles   []string
	floor    int64
	required atomic.Int64
}

func (l *fakeLog) Version() int64 { return int64(len(l.titles)) }

func (l *fakeLog) Required() int64 { return l.required.Load() }

func (l *fakeLog) Between(from, to int64, visit func(*storage.Change) bool) bool {
	if from < l.floor || to > int64(len(l.titles)) {
		return false
	}
	for v := from; v < to; v++ {
		d := &storage.Document{Noun: storage.Movie, ID: "7", Fields: map[string]any{"title": l.titles[v], "genres": []any{"drama"}}}
		if !visit(&storage.Change{Version: v + 1, Noun: storage.Movie, Operation: storage.Create, IDs: []string{"7"}, After: d}) {
			break
		}
	}
	return true
}

// chosen is a chooser between two fakes.
type chosen struct {
	*search.Chooser
	index, fallback *fakeEngine
	progress        *fakeProgress
	log             *fakeLog
}

func choose() *chosen {
	c := &chosen{index: &fakeEngine{}, fallback: &fakeEngine{}, progress: newProgress(5), log: &fakeLog{titles: []string{"a", "b", "c", "d", "e"}}}
	c.Chooser = search.NewChooser(search.ChooserConfig{Index: c.index, Fallback: c.fallback, Progress: c.progress, Log: c.log})
	return c
}

// asked lists, and returns the engine that answered and how long it took.
func (c *chosen) asked(t *testing.T, q *storage.Query) (by string, page *storage.Page, took time.Duration, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	fallback, index, began := c.fallback.calls.Load(), c.index.calls.Load(), time.Now()
	page, err = c.List(ctx, q)
	switch {
	case c.fallback.calls.Load() > fallback:
		by = "fallback"
	case c.index.calls.Load() > index:
		by = "index"
	default:
		by = "nobody"
	}
	return by, page, time.Since(began), err
}

// want fails unless the engine answers the list, in that time.
func (c *chosen) want(t *testing.T, q *storage.Query, by string, degraded bool, took time.Duration) {
	t.Helper()
	gotBy, page, gotTook, err := c.asked(t, q)
	if err != nil || gotBy != by || page.Degraded != degraded || gotTook != took {
		t.Errorf("answered by %s in %v: %+v, %v; want by %s, degraded %v, in %v", gotBy, gotTook, page, err, by, degraded, took)
	}
}

func byWords(text string) *storage.Query {
	t, err := search.NewText(storage.Match, text)
	if err != nil {
		panic(err)
	}
	return &storage.Query{Noun: storage.Movie, Limit: 10, Text: t, Order: storage.Order{Sort: &storage.Relevance}}
}

func byValue(kind storage.TextKind, text string) *storage.Query {
	t, err := search.NewText(kind, text)
	if err != nil {
		panic(err)
	}
	return &storage.Query{Noun: storage.Movie, Limit: 10, Text: t, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}}
}

// filtered is a list with a condition on a parameter that takes ids.
func filtered(parameter string, ids ...string) *storage.Query {
	for i := range storage.Movie.Filters {
		if f := &storage.Movie.Filters[i]; f.Name == parameter {
			return &storage.Query{Noun: storage.Movie, Limit: 10, Order: storage.Order{Sort: &storage.Movie.Sorts[0]},
				Conditions: []storage.Condition{{Filter: f, IDs: ids}}}
		}
	}
	panic(parameter)
}

func atLeast(q *storage.Query, version int64) *storage.Query {
	q.AtLeast = version
	return q
}

// The fallback answers if the index lacks a change of what a text may have meant, which only
// the index's answer shows.
func TestMeantIsFresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		c.log.titles = []string{"a", "b", "c", "d", "Star Wars"}
		c.progress.version = 4
		c.log.required.Store(5)
		c.index.page = &storage.Page{AsOf: 4, Meant: &storage.Meant{Asked: []string{"star wars"}}}
		c.want(t, byWords("unrelated"), "fallback", true, 0)
		c.index.page.Meant.Asked = []string{"other film"}
		c.want(t, byWords("unrelated"), "index", false, 0)
		c.index.page.Meant.Words = []string{"wars"}
		c.want(t, byWords("unrelated"), "fallback", true, 0)
	})
}

// An index at version 0 is not asked: it has nothing of this catalogue, even if there is
// an index of its name.
func TestIndexWithoutAVersionIsNotAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		c.progress.version = 0
		c.want(t, byWords("star"), "fallback", true, 0)
		c.want(t, filtered("genres", "drama"), "fallback", false, 0)
		if c.index.calls.Load() != 0 {
			t.Error("the index was asked, want only the fallback")
		}
		c.progress.move(1)
		c.want(t, byWords("star"), "index", false, 0)
	})
}

func TestOnlyTextsAndGenresNeedTheIndex(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plain := func(n *storage.Noun) *storage.Query {
			return &storage.Query{Noun: n, Order: storage.Order{Sort: &n.Sorts[0]}}
		}
		for by, queries := range map[string][]*storage.Query{
			"index": {byWords("star"), byValue(storage.Exact, "Star"), byValue(storage.Regex, "Sta+r"), filtered("genres", "drama"), filtered("genres_all", "drama", "war")},
			"fallback": {plain(storage.Movie), plain(storage.Genre), plain(storage.Episode), filtered("persons", "1"),
				{Noun: storage.Movie, IDs: []string{"1"}, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}}},
		} {
			for _, q := range queries {
				choose().want(t, q, by, false, 0)
			}
		}
	})
}

// A list waits for the changes that the index lacks, unless they do not touch it.
func TestListsWaitForChangesThatTouchThem(t *testing.T) {
	t.Parallel()
	match, filter := func() *storage.Query { return byWords("star wars") }, func() *storage.Query { return filtered("genres", "drama") }
	for name, test := range map[string]struct {
		query    *storage.Query
		log      []string // changes after version 5
		floor    int64
		required int64
		moves    time.Duration // when the index has them, 0 for never
		by       string
		degraded bool
		took     time.Duration
	}{
		"no change is missing":               {query: atLeast(match(), 5), required: 3, by: "index"},
		"missing changes do not touch it":    {query: atLeast(match(), 7), log: []string{"Heat", "Alien"}, by: "index"},
		"own writes do not touch it":         {query: match(), log: []string{"Heat", "Alien"}, required: 7, by: "index"},
		"a touching change arrives soon":     {query: atLeast(match(), 6), log: []string{"Star"}, moves: 100 * time.Millisecond, by: "index", took: 100 * time.Millisecond},
		"an own touching write arrives soon": {query: match(), log: []string{"Star"}, required: 6, moves: 100 * time.Millisecond, by: "index", took: 100 * time.Millisecond},
		"a touching change does not arrive":  {query: atLeast(match(), 6), log: []string{"Star"}, by: "fallback", degraded: true, took: 300 * time.Millisecond},
		"a touching change of a filter":      {query: atLeast(filter(), 6), log: []string{"Heat"}, by: "fallback", took: 300 * time.Millisecond},
		"a change is not known":              {query: atLeast(match(), 6), by: "fallback", degraded: true, took: 300 * time.Millisecond},
		"a change was forgotten":             {query: atLeast(match(), 7), log: []string{"Heat", "Alien"}, floor: 6, by: "fallback", degraded: true, took: 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := choose()
				c.log.titles, c.log.floor = append(c.log.titles, test.log...), test.floor
				c.log.required.Store(test.required)
				if test.moves > 0 {
					time.AfterFunc(test.moves, func() { c.progress.move(7) })
				}
				c.want(t, test.query, test.by, test.degraded, test.took)
				if c.Degraded() {
					t.Error("Degraded() = true for an index that lags, want false")
				}
			})
		})
	}
}

// After a wait in which the index did not move, no list waits until it moves.
func TestStalledIndexIsWaitedForOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		q := atLeast(filtered("genres", "drama"), 9)
		c.want(t, q, "fallback", false, 300*time.Millisecond)
		c.want(t, q, "fallback", false, 0)
		c.progress.move(6)
		c.want(t, q, "fallback", false, 300*time.Millisecond)
		time.AfterFunc(50*time.Millisecond, func() { c.progress.move(9) })
		c.progress.move(7)
		c.want(t, q, "index", false, 50*time.Millisecond)
	})
}

// An index that fails is not asked, is probed after a second, and is used again when it
// answers.
func TestFailedIndexIsProbed(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct {
		answer func(context.Context) error
		took   time.Duration
	}{"down": {down, 0}, "hung": {hung, time.Second}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := choose()
				c.want(t, byWords("star"), "index", false, 0)
				c.index.set(fault.answer)
				for range 3 {
					c.want(t, byWords("star"), "fallback", true, fault.took)
				}
				if !c.Degraded() {
					t.Error("Degraded() = false after three failures, want true")
				}
				for _, q := range []*storage.Query{byWords("star"), filtered("genres", "drama"), atLeast(byWords("star"), 99)} {
					c.want(t, q, "fallback", true, 0)
				}
				time.Sleep(1100 * time.Millisecond)
				c.want(t, byWords("star"), "fallback", true, fault.took) // the probe
				c.want(t, byWords("star"), "fallback", true, 0)
				c.index.set(nil)
				time.Sleep(1100 * time.Millisecond)
				c.want(t, byWords("star"), "index", false, 0)
				if c.Degraded() {
					t.Error("Degraded() = true after an answer, want false")
				}
			})
		})
	}
}

// A probe waits for changes like any list.
func TestProbeWaitsForChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		c.index.set(down)
		for range 3 {
			c.want(t, byWords("star"), "fallback", true, 0)
		}
		c.index.set(nil)
		c.log.titles = append(c.log.titles, "Star")
		time.Sleep(1100 * time.Millisecond)
		c.want(t, atLeast(byWords("star"), 6), "fallback", true, 300*time.Millisecond)
		c.want(t, byWords("star"), "index", false, 0)
	})
}

// No client can open the circuit breaker.
func TestClientsCannotDegradeTheIndex(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		for _, code := range []storage.Code{storage.Invalid, storage.NotFound} {
			c.index.set(func(context.Context) error { return storage.Errorf(code, "no") })
			for range 5 {
				if by, _, _, err := c.asked(t, byWords("star")); by != "index" || storage.CodeOf(err) != code {
					t.Errorf("answered by %s: %v; want the index: %v", by, err, code)
				}
			}
		}
		c.index.set(refusing)
		for range 5 {
			c.want(t, byWords("star"), "fallback", true, 0)
		}
		c.index.set(hung)
		for range 5 {
			c.want(t, byValue(storage.Regex, "(a|b)*c"), "fallback", true, 2*time.Second) // two fifths of five
		}
		far := byWords("star")
		far.Offset = 10_001
		for range 5 {
			c.want(t, far, "fallback", true, time.Second)
		}
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			time.AfterFunc(10*time.Millisecond, cancel)
			if _, err := c.List(ctx, byWords("star")); err == nil {
				t.Error("List of a client that left: got nil, want an error")
			}
			cancel()
		}
		if c.Degraded() || c.fallback.calls.Load() != 15 {
			t.Errorf("degraded %v, %d lists by the fallback; want false, 15", c.Degraded(), c.fallback.calls.Load())
		}
	})
}

// The fallback has the larger part of a short deadline.
func TestFallbackHasTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		c.index.set(hung)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		var left time.Duration
		c.fallback.set(func(ctx context.Context) error {
			end, _ := ctx.Deadline()
			left = time.Until(end)
			return nil
		})
		if _, err := c.List(ctx, byWords("star")); err != nil || left != 300*time.Millisecond {
			t.Errorf("got %v with %v left for the fallback, want nil with 300ms", err, left)
		}
	})
}

// Only the engine that began a ranking continues it.
func TestRankingContinuesInItsEngine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		after := func(ranking string) *storage.Query {
			q := byWords("star")
			q.After = &storage.Position{ID: "1", Key: storage.Key{Number: 1, Text: ranking}}
			return q
		}
		c.want(t, after(search.IndexRanking), "index", false, 0)
		c.want(t, after(search.FallbackRanking), "fallback", true, 0)
		if by, _, _, err := c.asked(t, atLeast(after(search.IndexRanking), 9)); by != "nobody" || storage.CodeOf(err) != storage.Unavailable {
			t.Errorf("answered by %s: %v; want nobody: unavailable", by, err)
		}
		byTitle := byValue(storage.Exact, "Star")
		byTitle.After = &storage.Position{ID: "1", Key: storage.Key{Text: "Star"}}
		c.want(t, byTitle, "index", false, 0)
	})
}
