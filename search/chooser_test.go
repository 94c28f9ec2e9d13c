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
	return &storage.Page{Total: q.Limit}, nil
}

func (f *fakeEngine) set(answer func(ctx context.Context) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

// down, hung and refusing are what an engine can do instead of answering.
func down(context.Context) error { return storage.Errorf(storage.Unavailable, "down") }

func hung(ctx context.Context) error {
	<-ctx.Done()
	return &storage.Error{Code: storage.Unavailable, Err: ctx.Err()}
}

func refusing(context.Context) error { return errors.New("400 too_many_clauses") }

// fakeProgress is an index's version, which a test moves.
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

// asked lists, and says who answered in the end and how long it took.
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

// want fails unless the list is answered so.
func (c *chosen) want(t *testing.T, q *storage.Query, by string, degraded bool, took time.Duration) {
	t.Helper()
	gotBy, page, gotTook, err := c.asked(t, q)
	if err != nil || gotBy != by || page.Degraded != degraded || gotTook != took {
		t.Errorf("answered by %s in %v: %+v, %v; want the %s, degraded %v, in %v", gotBy, gotTook, page, err, by, degraded, took)
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

// An index that holds nothing of this catalogue is not asked, whatever stands behind
// its name.
func TestNoIndexOfThisCatalogue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		c.progress.version = 0
		c.want(t, byWords("star"), "fallback", true, 0)
		c.want(t, filtered("genres", "drama"), "fallback", false, 0)
		if c.index.calls.Load() != 0 {
			t.Error("the index was asked")
		}
		c.progress.move(1)
		c.want(t, byWords("star"), "index", false, 0)
	})
}

func TestWhoseBusiness(t *testing.T) {
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

// What the index lacks it is waited for, unless it makes no difference.
func TestFreshness(t *testing.T) {
	t.Parallel()
	match, filter := func() *storage.Query { return byWords("star wars") }, func() *storage.Query { return filtered("genres", "drama") }
	for name, test := range map[string]struct {
		query    *storage.Query
		log      []string // changes after version 5
		floor    int64
		required int64
		moves    time.Duration // when the index has them, 0: never
		by       string
		degraded bool
		took     time.Duration
	}{
		"nothing lacks":                      {query: atLeast(match(), 5), required: 3, by: "index"},
		"what lacks is of no interest":       {query: atLeast(match(), 7), log: []string{"Heat", "Alien"}, by: "index"},
		"nor what this process wrote":        {query: match(), log: []string{"Heat", "Alien"}, required: 7, by: "index"},
		"what comes soon is waited for":      {query: atLeast(match(), 6), log: []string{"Star"}, moves: 100 * time.Millisecond, by: "index", took: 100 * time.Millisecond},
		"what was written here as well":      {query: match(), log: []string{"Star"}, required: 6, moves: 100 * time.Millisecond, by: "index", took: 100 * time.Millisecond},
		"what does not come is not":          {query: atLeast(match(), 6), log: []string{"Star"}, by: "fallback", degraded: true, took: 300 * time.Millisecond},
		"a filter finds the same":            {query: atLeast(filter(), 6), log: []string{"Heat"}, by: "fallback", took: 300 * time.Millisecond},
		"what is not known may be of matter": {query: atLeast(match(), 6), by: "fallback", degraded: true, took: 300 * time.Millisecond},
		"what was forgotten too":             {query: atLeast(match(), 7), log: []string{"Heat", "Alien"}, floor: 6, by: "fallback", degraded: true, took: 300 * time.Millisecond},
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
					t.Error("an index that lags counts as one that fails")
				}
			})
		})
	}
}

// An index that did not move through one wait is not waited for again until it
// does.
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

// An index that fails is found out, left alone, tried again, and trusted again.
func TestBreaker(t *testing.T) {
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
					t.Error("three failures, and it is trusted")
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
					t.Error("it answers, and is not trusted")
				}
			})
		})
	}
}

// A probe of an index that has come back must be as fresh as any list.
func TestProbeIsFresh(t *testing.T) {
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

// What a client can cause does not take the index off duty.
func TestNotTheIndexsFault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		for _, code := range []storage.Code{storage.Invalid, storage.NotFound} {
			c.index.set(func(context.Context) error { return storage.Errorf(code, "no") })
			for range 5 {
				if by, _, _, err := c.asked(t, byWords("star")); by != "index" || storage.CodeOf(err) != code {
					t.Errorf("%s, %v", by, err)
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
				t.Error("a client that left is answered")
			}
			cancel()
		}
		if c.Degraded() || c.fallback.calls.Load() != 15 {
			t.Errorf("degraded %v, %d lists by the stand-in", c.Degraded(), c.fallback.calls.Load())
		}
	})
}

// Of a short deadline the stand-in has the larger part.
func TestStandInHasTime(t *testing.T) {
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
			t.Errorf("%v, with %v left", err, left)
		}
	})
}

// A ranking goes on where it was begun, or not at all.
func TestRankingGoesOnWhereItBegan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		behind := func(ranking string) *storage.Query {
			q := byWords("star")
			q.After = &storage.Position{ID: "1", Key: storage.Key{Number: 1, Text: ranking}}
			return q
		}
		c.want(t, behind(search.IndexRanking), "index", false, 0)
		c.want(t, behind(search.FallbackRanking), "fallback", true, 0)
		if by, _, _, err := c.asked(t, atLeast(behind(search.IndexRanking), 9)); by != "nobody" || storage.CodeOf(err) != storage.Unavailable {
			t.Errorf("%s, %v", by, err)
		}
		byTitle := byValue(storage.Exact, "Star")
		byTitle.After = &storage.Position{ID: "1", Key: storage.Key{Text: "Star"}}
		c.want(t, byTitle, "index", false, 0)
	})
}
