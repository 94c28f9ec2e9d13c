package warm_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"marquee/cache/warm"
)

// season is a set with three pages, from a minute to another of the test.
func season(w *world, from, to time.Duration) *set {
	return &set{pages: 3, periods: [][2]time.Time{{w.at(from), w.at(to)}}}
}

// all are the pages of season.
var all = []string{"/aa", page("aa", 0), page("aa", 1), page("aa", 2)}

func TestAnswersArePreparedBeforeEachTurn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.sets["aa"] = season(w, 5*time.Minute, 10*time.Minute)
		w.run(t)
		w.until(5*time.Minute - warm.Ahead - time.Second)
		if n := w.count(""); n != 0 {
			t.Errorf("got %d reads before the time, want 0", n)
		}
		w.until(5*time.Minute - warm.Ahead + warm.Spread)
		w.expectCold(t, all...)
		if n := w.count(""); n != len(all) {
			t.Errorf("got %d reads, want %d: as many pages as there are", n, len(all))
		}
		w.until(5 * time.Minute)
		w.expectWarm(t, 200, all...)
		w.until(10*time.Minute - time.Second)
		if got, want := w.Stats(), (warm.Stats{Warm: 4, Wanted: 4, Prepared: 4, Turning: 4}); got != want {
			t.Errorf("before the end: got %+v, want %+v", got, want)
		}
		w.until(10 * time.Minute)
		w.expectWarm(t, 404, all...)
		if n := w.count(""); n != 2*len(all) {
			t.Errorf("got %d reads, want %d: one for each page and turn", n, 2*len(all))
		}
		w.until(20 * time.Minute)
		if got := w.Stats(); got != (warm.Stats{}) {
			t.Errorf("after the end: got %+v", got)
		}
	})
}

// A turn that is near when it becomes known is prepared at once: after a start of the
// process, or a write that makes it.
func TestWhatIsDueIsReadAtOnce(t *testing.T) {
	const soon = 100 * time.Millisecond
	for name, from := range map[string]time.Duration{"within a period": -time.Hour, "a second before": time.Second} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.sets["aa"] = season(w, from, time.Hour)
				w.run(t)
				w.until(soon)
				if w.count("") != len(all) {
					t.Errorf("got %d reads, want %d", w.count(""), len(all))
				}
				w.until(from)
				w.expectWarm(t, 200, all...)
			})
		})
	}
	t.Run("created a second before", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *world) {
			w.run(t)
			w.until(time.Minute + time.Second/2)
			w.lock(func() { w.sets["aa"] = season(w, time.Minute+3*time.Second/2, time.Hour) })
			w.write("/aa")
			w.until(time.Minute + time.Second/2 + soon)
			if w.count("") != len(all) {
				t.Errorf("got %d reads, want %d", w.count(""), len(all))
			}
			w.until(time.Minute + 3*time.Second/2)
			w.expectWarm(t, 200, all...)
		})
	})
	t.Run("the clock jumps", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *world) {
			w.sets["aa"] = season(w, 24*time.Hour, 48*time.Hour)
			jumped := time.Duration(0)
			w.Warmer = warm.New(warm.Config{Cache: w, MaxBytes: 1 << 40, Agenda: w, Now: func() time.Time {
				w.mu.Lock()
				defer w.mu.Unlock()
				return time.Now().Add(jumped)
			}})
			w.run(t)
			w.until(time.Minute)
			w.lock(func() { jumped = 24*time.Hour - 2*time.Minute })
			w.until(time.Minute + time.Second + soon)
			if w.count("") != len(all) {
				t.Errorf("got %d reads, want %d", w.count(""), len(all))
			}
		})
	})
}

func TestTurnThatDoesNotHappenIsForgotten(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.sets["aa"] = season(w, 5*time.Minute, 10*time.Minute)
		w.run(t)
		w.until(4*time.Minute + 30*time.Second)
		w.lock(func() { w.sets["aa"] = season(w, 7*time.Minute, 10*time.Minute) })
		w.write(all...)
		w.until(6*time.Minute - time.Second)
		if w.count("") != len(all) || w.Stats() != (warm.Stats{}) {
			t.Errorf("got %d reads and %+v, want %d and nothing", w.count(""), w.Stats(), len(all))
		}
		w.until(7 * time.Minute)
		w.expectWarm(t, 200, all...)
	})
}

func TestTouchedPagesAreReadAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.sets["aa"] = season(w, time.Minute, time.Hour)
		w.run(t)
		for _, at := range []time.Duration{50 * time.Second, 2 * time.Minute} { // prepared, and warm
			w.until(at)
			before := w.count("")
			w.write("/aa", page("aa", 1))
			w.until(at + 20*time.Millisecond)
			if got := w.count("") - before; got != 2 {
				t.Errorf("%v: got %d reads, want 2", at, got)
			}
			w.until(max(at, time.Minute) + 20*time.Millisecond)
			w.expectWarm(t, 200, all...)
		}
		w.lock(func() {
			for _, r := range w.warmed {
				if r.Failed || r.Took > 20*time.Millisecond {
					t.Errorf("got %+v, want a read within 20ms", r)
				}
			}
		})
	})
}

// While writes touch all pages, a page is read once for each request that comes, and one that
// nobody asks for once a second.
func TestManyWritesCostFewReads(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.sets["aa"] = season(w, -time.Minute, time.Hour)
		w.run(t)
		w.until(10 * time.Second)
		often, seldom, idle := w.count(all[1]), w.count(all[2]), w.count(all[3])
		for i := range 5000 {
			w.Asked().Count("aa", all[1], warm.Hit)
			if i%500 == 250 {
				w.Asked().Count("aa", all[2], warm.Hit)
			}
			w.write(all...)
			time.Sleep(time.Millisecond)
		}
		if n := w.count(all[1]) - often; n < 500 || n > 1000 {
			t.Errorf("got %d reads of a page that is asked for all the time, want 5s of reads of 5ms", n)
		}
		if n := w.count(all[2]) - seldom; n < 10 || n > 16 {
			t.Errorf("got %d reads of a page that was asked for 10 times, want at most 5 more", n)
		}
		if n := w.count(all[3]) - idle; n < 4 || n > 6 {
			t.Errorf("got %d reads of a page that nobody asks for, want about 5", n)
		}
		time.Sleep(2 * time.Second)
		w.expectWarm(t, 200, all...)
	})
}

// Of the pages that a write touches, those that are asked for most are read first.
func TestPagesThatAreAskedForComeFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.sets["aa"] = &set{pages: 9}
		w.took = 50 * time.Millisecond
		w.run(t)
		w.until(10 * time.Second)
		for i := range 9 {
			for range i {
				w.Asked().Count("aa", page("aa", i), warm.Hit)
			}
		}
		before, targets := w.count(""), []string{"/aa"}
		for i := range 9 {
			targets = append(targets, page("aa", i))
		}
		w.write(targets...)
		w.until(11 * time.Second)
		var first []string
		w.lock(func() {
			for _, r := range w.reads[before : before+4] {
				first = append(first, r.target)
			}
		})
		slices.Sort(first)
		if want := []string{page("aa", 5), page("aa", 6), page("aa", 7), page("aa", 8)}; !slices.Equal(first, want) {
			t.Errorf("got %v first, want %v", first, want)
		}
	})
}

// A hundred sets that turn at one instant are read one after the other.
func TestPreparingIsSpread(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		for i := range 100 {
			w.sets[fmt.Sprintf("%02d", i)] = &set{pages: 12, periods: [][2]time.Time{{w.at(5 * time.Minute), w.at(time.Hour)}}}
		}
		w.run(t)
		w.until(5 * time.Minute)
		perSecond := map[int]int{}
		for _, r := range w.reads {
			perSecond[int(r.began.Sub(w.start)/time.Second)]++
		}
		for second, n := range perSecond {
			if n > 50 {
				t.Errorf("got %d reads in second %d, want about 25", n, second)
			}
		}
		if n := w.count(""); n != 1100 {
			t.Errorf("got %d reads, want 1100: the object and ten pages of each set", n)
		}
		for i := range 100 {
			name := fmt.Sprintf("%02d", i)
			w.expectWarm(t, 200, "/"+name, page(name, 0), page(name, 9))
			w.expectCold(t, page(name, 10))
		}
	})
}

// Readers that wait for the origin come first, but warming goes on.
func TestReadsAtATimeAreBounded(t *testing.T) {
	for _, test := range []struct {
		crowded bool
		most    int
	}{{false, 4}, {true, 1}} {
		t.Run(fmt.Sprint("crowded ", test.crowded), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.crowded, w.took = test.crowded, 50*time.Millisecond
				for i := range 20 {
					w.sets[fmt.Sprintf("%02d", i)] = &set{pages: 1}
				}
				w.run(t)
				w.until(3 * time.Second)
				if w.most != test.most {
					t.Errorf("got %d reads at a time, want %d", w.most, test.most)
				}
				if got := w.Stats(); got.Warm != 40 || got.Wanted != 40 {
					t.Errorf("got %+v, want 40 pages", got)
				}
			})
		})
	}
}

func TestFailedReadsAreRetried(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.sets["aa"] = &set{pages: 1}
		w.fails = true
		w.run(t)
		w.until(time.Minute)
		if n := w.count("/aa"); n < 10 || n > 25 {
			t.Errorf("got %d reads in a minute of failures, want one in 5s after the first ones", n)
		}
		w.lock(func() { w.fails = false })
		w.until(time.Minute + 6*time.Second)
		w.expectWarm(t, 200, all[:2]...)
	})
}

// An answer that has ended by the clock, and could not be prepared, was not evicted: it is read as
// soon as the origin answers.
func TestAnswersThatEndedAreReadAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.sets["aa"] = season(w, -time.Minute, 10*time.Minute)
		w.sets["aa"].periods = append(w.sets["aa"].periods, [2]time.Time{w.at(5 * time.Minute), w.at(time.Hour)}) // its start turns active_to
		w.run(t)
		w.until(3 * time.Minute)
		w.expectWarm(t, 200, all...)
		w.lock(func() { w.fails = true })
		w.until(5*time.Minute + time.Second)
		w.lock(func() { w.fails = false })
		w.until(5*time.Minute + 10*time.Second)
		w.expectWarm(t, 200, all...)
	})
}

// An answer that is evicted again and again is not read again and again.
func TestEvictedAnswersAreLeftAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.sets["aa"] = &set{pages: 1}
		w.run(t)
		for i := range 300 {
			w.until(time.Duration(i) * time.Second)
			w.lock(func() { clear(w.stored) })
		}
		if n := w.count("/aa"); n > 6 {
			t.Errorf("got %d reads in 5 minutes, want one a minute", n)
		}
	})
}

func TestAgendaThatFailsLeavesTheLastOne(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.sets["aa"] = season(w, 5*time.Minute, 10*time.Minute)
		w.run(t)
		w.until(4*time.Minute + 10*time.Second)
		w.lock(func() { w.agendaErr = errors.New("the database is gone") })
		w.until(6 * time.Minute)
		w.expectWarm(t, 200, all...)
		w.write("/aa")
		w.until(6*time.Minute + 20*time.Millisecond)
		w.expectWarm(t, 200, all...)
	})
}

// The pages that are asked for most are warm and prepared too, whatever their parameters,
// and also if the answer was 404 before.
func TestPopularPages(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.sets["aa"] = season(w, 5*time.Minute, 10*time.Minute)
		w.run(t)
		w.until(4*time.Minute - time.Second)
		popular := func(i int) string { return fmt.Sprintf("/aa/films?limit=%d", i) }
		for i := range 30 {
			for range i + 1 {
				w.Asked().Count("aa", popular(i), warm.Miss)
			}
		}
		w.until(5 * time.Minute)
		w.expectWarm(t, 200, popular(29), popular(10))
		w.expectCold(t, popular(9), popular(0))
		w.until(10 * time.Minute)
		if w.count(popular(29)) != 1 {
			t.Errorf("got %d reads, want 1: nobody has asked for minutes", w.count(popular(29)))
		}
	})
}

// When there is no room for all, by number or by bytes, the sets that are asked for come
// first.
func TestPagesAreBounded(t *testing.T) {
	for name, test := range map[string]struct {
		bytes int64
		pages int
	}{"number": {1 << 40, warm.MaxPages}, "bytes": {100 << 20, 100}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.took = 100 * time.Microsecond
				for i := range 400 {
					w.sets[fmt.Sprintf("%c%c", 'a'+i/20, 'a'+i%20)] = &set{pages: 100}
				}
				w.sets["zz"] = &set{pages: 100}
				w.open(test.bytes)
				for range 10 {
					w.Asked().Count("zz", "/zz", warm.Hit)
				}
				w.run(t)
				w.until(10 * time.Second)
				if got := w.Stats(); got.Wanted != test.pages || got.Warm != test.pages {
					t.Errorf("got %+v, want %d pages", got, test.pages)
				}
				w.expectWarm(t, 200, "/zz", page("zz", 0), page("zz", 9))
			})
		})
	}
}
