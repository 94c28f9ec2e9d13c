package synonym_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"marquee/search/synonym"
	"marquee/storage"
)

// catalogue is a source of synonyms and its log in memory.
type catalogue struct {
	mu       sync.Mutex
	synonyms map[string]*storage.Document
	changes  []storage.Change // of version i+1
	// floor is the last version that the log has lost, required this process's last write.
	floor, required int64
	err             error
	loads           int
}

func newCatalogue() *catalogue { return &catalogue{synonyms: map[string]*storage.Document{}} }

// write gives a synonym words, separated by bars, and deletes it for "".
func (c *catalogue) write(id, words string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change := storage.Change{Version: int64(len(c.changes) + 1), Noun: storage.Synonym, IDs: []string{id}, Before: c.synonyms[id]}
	delete(c.synonyms, id)
	if words != "" {
		d := &storage.Document{Noun: storage.Synonym, ID: id, Fields: map[string]any{}}
		var list []any
		for w := range strings.SplitSeq(words, "|") {
			list = append(list, w)
		}
		d.Fields["words"] = list
		change.After, c.synonyms[id] = d, d
	}
	c.changes = append(c.changes, change)
}

// lose makes the log forget all changes.
func (c *catalogue) lose() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.floor = int64(len(c.changes))
}

func (c *catalogue) AllDocuments(_ context.Context, nouns []*storage.Noun, visit func([]storage.Revision) error) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loads++
	if c.err != nil || len(nouns) != 1 || nouns[0] != storage.Synonym {
		return 0, errors.Join(c.err, fmt.Errorf("read %v", nouns))
	}
	var page []storage.Revision
	for id := range c.synonyms {
		page = append(page, storage.Revision{Document: c.synonyms[id]})
	}
	slices.SortFunc(page, func(a, b storage.Revision) int { return strings.Compare(a.Document.ID, b.Document.ID) })
	for part := range slices.Chunk(page, 2) {
		if err := visit(part); err != nil {
			return 0, err
		}
	}
	return int64(len(c.changes)), nil
}

func (c *catalogue) Version() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int64(len(c.changes))
}

func (c *catalogue) Required() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.required
}

func (c *catalogue) Between(from, to int64, visit func(*storage.Change) bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if from < c.floor || to > int64(len(c.changes)) {
		return false
	}
	for i := from; i < to && visit(&c.changes[i]); i++ {
	}
	return true
}

// run runs a copy in a bubble until the test ends, and waits until it is loaded.
func (c *catalogue) run(t *testing.T, most int) *synonym.Copy {
	t.Helper()
	s := synonym.New(synonym.Config{Source: c, Log: c, Most: most})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	<-s.Loaded()
	return s
}

// texts describes the texts that queries may hold, sorted.
func texts(s storage.Synonyms) string {
	rules, _ := s.Current()
	var out []string
	for _, list := range rules.ByFirst {
		for _, r := range list {
			out = append(out, strings.Join(r.Texts[r.Text], "+"))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// Every write shows at once, without a load.
func TestCopyFollowsTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCatalogue()
		c.write("car", "car|automobile")
		s := c.run(t, 0)
		for i, tt := range []struct{ id, words, want string }{
			{"", "", "automobil car"},
			{"nyc", "New York|nyc", "automobil car new+york nyc"},
			{"car", "cars|wagon", "car new+york nyc wagon"},
			{"nyc", "", "car wagon"},
			{"same", "cup|cups", "car wagon"},
			{"car", "", ""},
		} {
			if tt.id != "" {
				c.write(tt.id, tt.words)
			}
			if got := texts(s); got != tt.want {
				t.Errorf("%d: got %q, want %q", i, got, tt.want)
			}
			if _, version, err := s.Reach(t.Context(), c.Version()); version != c.Version() || err != nil {
				t.Errorf("%d: got version %d, %v; want %d", i, version, err, c.Version())
			}
		}
		if got := s.Stats(); got.Loads != 1 || got.Synonyms != 1 || got.Version != 6 {
			t.Errorf("got %+v", got)
		}
	})
}

// Rules are replaced by a write of a synonym only, so that searches need not be analysed
// again.
func TestRulesStayAcrossOtherWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCatalogue()
		c.write("car", "car|automobile")
		s := c.run(t, 0)
		before, _ := s.Current()
		c.changes = append(c.changes, storage.Change{Version: 2, Noun: storage.Movie, IDs: []string{"1"}})
		if after, version := s.Current(); after != before || version != 2 {
			t.Errorf("got version %d, the same rules %t", version, after == before)
		}
	})
}

// After the log has lost changes, as after an import, a search waits for a load if it has to
// show them, and only then.
func TestCopyIsLoadedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCatalogue()
		c.write("car", "car|automobile")
		s := c.run(t, 0)
		c.write("nyc", "New York|nyc")
		c.lose()
		if rules, version, err := s.Reach(t.Context(), 0); version != 1 || err != nil || len(rules.ByFirst) != 2 {
			t.Errorf("a search that need not show the import: got version %d, %v", version, err)
		}
		if _, version, err := s.Reach(t.Context(), 2); version != 2 || err != nil || texts(s) != "automobil car new+york nyc" {
			t.Errorf("a search that has to: got version %d, %v, %q", version, err, texts(s))
		}
	})
}

// While synonyms cannot be loaded, searches that need them are refused after a bounded
// time, and others use the last ones.
func TestCopyWithoutItsSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCatalogue()
		s := c.run(t, 0)
		c.mu.Lock()
		c.err = errors.New("down")
		c.mu.Unlock()
		c.write("car", "car|automobile")
		c.lose()
		began := time.Now()
		if _, _, err := s.Reach(t.Context(), 1); storage.CodeOf(err) != storage.Unavailable || time.Since(began) > 2*time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		if _, version, err := s.Reach(t.Context(), 0); version != 0 || err != nil {
			t.Errorf("got version %d, %v", version, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := s.Reach(ctx, 1); storage.CodeOf(err) != storage.Unavailable {
			t.Errorf("an ended request: got %v", err)
		}
		c.mu.Lock()
		c.err = nil
		c.mu.Unlock()
		time.Sleep(time.Minute)
		if got := texts(s); got != "automobil car" || s.Stats().Failures == 0 {
			t.Errorf("after the fault: got %q, %+v", got, s.Stats())
		}
	})
	none := synonym.New(synonym.Config{Source: newCatalogue(), Log: newCatalogue()})
	if _, _, err := none.Reach(t.Context(), 0); storage.CodeOf(err) != storage.Unavailable {
		t.Errorf("before the first load: got %v", err)
	}
}

// A search shows the last write of its process.
func TestReachWaitsForTheOwnWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCatalogue()
		s := c.run(t, 0)
		c.mu.Lock()
		c.required = 1
		c.mu.Unlock()
		time.AfterFunc(100*time.Millisecond, func() { c.write("car", "car|automobile") })
		if rules, version, err := s.Reach(t.Context(), 0); version != 1 || err != nil || len(rules.ByFirst) != 2 {
			t.Errorf("got version %d, %v, %v", version, err, rules)
		}
	})
}

// The first synonyms by id apply, up to a bound, also when one of them goes.
func TestCopyIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCatalogue()
		for _, id := range []string{"a", "b", "c"} {
			c.write(id, id+"x|"+id+"y")
		}
		s := c.run(t, 3)
		reached := func(want string) {
			t.Helper()
			if _, _, err := s.Reach(t.Context(), c.Version()); err != nil || texts(s) != want {
				t.Errorf("got %q, %v; want %q", texts(s), err, want)
			}
		}
		reached("ax ay bx by cx cy")
		c.write("aa", "aax|aay")
		reached("aax aay ax ay bx by")
		c.write("a", "")
		reached("aax aay bx by cx cy")
		c.write("c", "cx|cz")
		reached("aax aay bx by cx cz")
	})
}
