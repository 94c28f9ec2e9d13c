package vocabulary_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"marquee/search/text"
	"marquee/search/vocabulary"
	"marquee/storage"
)

// catalogue is a source and its log in memory.
type catalogue struct {
	mu      sync.Mutex
	movies  map[string]*storage.Document
	changes []storage.Change // of version i+1
	// read is the version that the log has reached, floor the last one that it has lost.
	read, floor int64
	err         error
	// loads counts the loads of movies, which take a second each.
	loads int
}

func newCatalogue() *catalogue { return &catalogue{movies: map[string]*storage.Document{}} }

func movie(id, title string) *storage.Document {
	return &storage.Document{Noun: storage.Movie, ID: id, Fields: map[string]any{"title": title}}
}

// write gives a movie a title, and deletes it for the title "".
func (c *catalogue) write(id, title string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change := storage.Change{Version: int64(len(c.changes) + 1), Noun: storage.Movie, IDs: []string{id}, Before: c.movies[id]}
	delete(c.movies, id)
	if title != "" {
		change.After = movie(id, title)
		c.movies[id] = change.After
	}
	c.changes = append(c.changes, change)
}

// bring makes the log read all changes, and forget those up to a version.
func (c *catalogue) bring(floor int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read, c.floor = int64(len(c.changes)), max(c.floor, floor)
}

// count returns the words of the movies.
func (c *catalogue) count() map[string]int {
	words := map[string]int{}
	for _, d := range c.movies {
		for _, w := range append(text.Terms(d).Words, "") {
			words[w]++
		}
	}
	return words
}

func (c *catalogue) Vocabulary(_ context.Context, n *storage.Noun, visit func(string, int)) (int64, error) {
	if n == storage.Movie {
		time.Sleep(time.Second)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n != storage.Movie {
		return int64(len(c.changes)), nil
	}
	c.loads++
	for w, objects := range c.count() {
		visit(w, objects)
	}
	return int64(len(c.changes)), c.err
}

// loaded returns how often the words of movies were read.
func (c *catalogue) loaded() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loads
}

func (c *catalogue) Version() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read
}

func (*catalogue) Required() int64 { return 0 }

func (c *catalogue) Between(from, to int64, visit func(*storage.Change) bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if from < c.floor || to > c.read {
		return false
	}
	for i := from; i < to && visit(&c.changes[i]); i++ {
	}
	return true
}

// run runs a copy in a bubble until the test ends.
func (c *catalogue) run(t *testing.T) *vocabulary.Copy {
	v := vocabulary.New(vocabulary.Config{Source: c, Log: c})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); v.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return v
}

// words returns all words of movies that the copy has.
func words(t rapid.TB, v *vocabulary.Copy) map[string]int {
	all := map[string]int{}
	for first := range strings.SplitSeq("a b c e 侍 ", " ") {
		r, _ := utf8.DecodeRuneInString(first)
		if err := v.Words(context.Background(), storage.Movie, r, 0, 40, func(word string, objects int) { all[word] = objects }); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// After any writes, losses of the log and failed loads, the copy has the words of the
// catalogue. Before, it has those of some version from its own on.
func TestTheCopyEqualsTheCatalogue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(timeless{t}, func(rt *rapid.T) {
			c := newCatalogue()
			v := vocabulary.New(vocabulary.Config{Source: c, Log: c})
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan struct{})
			go func() { defer close(ended); v.Run(ctx) }()
			defer func() { cancel(); <-ended }()
			states := []map[string]int{{}}
			write := func(rt *rapid.T) {
				title := strings.Join(rapid.SliceOfN(rapid.SampledFrom(strings.Fields("a alien aliens bear café é été 侍 cut")), 0, 3).Draw(rt, "title"), " ")
				c.write(fmt.Sprint(rapid.IntRange(1, 9).Draw(rt, "movie")), title)
				states = append(states, c.count())
			}
			rt.Repeat(map[string]func(*rapid.T){
				"write": write,
				"many": func(rt *rapid.T) {
					for range 60 {
						write(rt)
					}
				},
				"follow": func(*rapid.T) { c.bring(0) },
				"lose":   func(rt *rapid.T) { c.bring(int64(rapid.IntRange(0, len(states)-1).Draw(rt, "floor"))) },
				"fail":   func(*rapid.T) { c.set(errors.New("down")) },
				"repair": func(*rapid.T) { c.set(nil) },
				"pass": func(rt *rapid.T) {
					time.Sleep(time.Duration(rapid.IntRange(0, 3000).Draw(rt, "ms")) * time.Millisecond)
				},
				"": func(rt *rapid.T) {
					synctest.Wait()
					version, got := v.Version(), words(rt, v)
					if version > int64(len(states)-1) || !slices.ContainsFunc(states[version:], func(s map[string]int) bool { return maps.Equal(s, got) }) {
						rt.Fatalf("at version %d: got %v, want one of %v", version, got, states)
					}
				},
			})
			c.set(nil)
			c.bring(0)
			time.Sleep(time.Minute)
			synctest.Wait()
			if last := int64(len(states) - 1); v.Version() != last || !maps.Equal(words(rt, v), states[last]) {
				rt.Fatalf("at the end: got %v at version %d, want %v at %d", words(rt, v), v.Version(), states[last], last)
			}
		})
	})
}

func (c *catalogue) set(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

// timeless hides the test's deadline, which is not available in a bubble.
type timeless struct{ rapid.TB }

// A search applies the few changes that the copy lacks.
func TestVersionFollowsTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCatalogue()
		v := c.run(t)
		<-v.Loaded()
		c.write("1", "Alien")
		if v.Version() != 0 {
			t.Error("the copy has a version that the log has not")
		}
		c.bring(0)
		counts, err := v.Counts(t.Context(), storage.Movie, []string{":alien"})
		if err != nil || v.Version() != 1 || len(counts) > 0 {
			t.Errorf("got version %d, and %v before it, %v", v.Version(), counts, err)
		}
		counts, err = v.Counts(t.Context(), storage.Movie, []string{":alien", ":aliens", "alien"})
		if err != nil || !maps.Equal(counts, map[string]int{":alien": 1}) {
			t.Errorf("got %v, %v, want only :alien", counts, err)
		}
		if s := v.Stats(); s.Words != 2 || s.Version != 1 || s.Loads != 1 || s.Failures != 0 {
			t.Errorf("got %+v", s)
		}
	})
}

// Loads take a tenth of the time at most, also if they fail or are never up to date.
func TestLoadsAreBounded(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"an import": nil, "a failure": errors.New("down")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCatalogue()
				c.err = err
				c.run(t)
				for range 600 {
					c.write("1", "Alien")
					c.bring(int64(len(c.changes)))
					time.Sleep(100 * time.Millisecond)
				}
				if n := c.loaded(); n < 2 || n > 7 {
					t.Errorf("got %d loads in a minute, want 2 to 7", n)
				}
			})
		})
	}
}

// Not parallel: it measures the heap of the process.
func TestMemory(t *testing.T) {
	const count = 100_000
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]string, count)
	for i := range all {
		b := make([]byte, 4+random.IntN(9)) // 8 letters on average, as in titles and plots
		for i := range b {
			b[i] = 'a' + byte(random.IntN(26))
		}
		all[i] = string(b)
	}
	before := heap()
	v := vocabulary.New(vocabulary.Config{Source: fixed(all), Log: newCatalogue()})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); v.Run(ctx) }()
	<-v.Loaded()
	took := heap() - before
	cancel()
	<-ended
	t.Logf("%d words take %d bytes", count, took)
	if most := int64(50 * count); took > most {
		t.Errorf("%d words take %d bytes, want at most %d", count, took, most)
	}
	runtime.KeepAlive(v)
	runtime.KeepAlive(all)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// fixed is the words of movies at version 1.
type fixed []string

func (f fixed) Vocabulary(_ context.Context, n *storage.Noun, visit func(string, int)) (int64, error) {
	for _, w := range f {
		if n == storage.Movie {
			visit(w, 1)
		}
	}
	return 1, nil
}
