package indexer_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/deploy/devstack"
	"marquee/indexer"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
)

// catalogue makes random writes. ids are the objects that it has created.
type catalogue struct {
	t   testing.TB
	s   *postgres.Store
	ids map[*storage.Noun][]string
	n   int
}

// manyWrites is the number of writes to one store. Every try indexes all objects, so tries with an old store are slow.
const manyWrites = 100

func newCatalogue(t testing.TB) *catalogue {
	return &catalogue{t: t, s: open(t), ids: map[*storage.Noun][]string{}}
}

// next prepares the next try.
func (c *catalogue) next() {
	if c.n < manyWrites {
		forgetIndices(c.t, c.s)
		return
	}
	c.s.Close()
	*c = *newCatalogue(c.t)
}

// write makes one random write, which may change nothing.
func (c *catalogue) write(r *rapid.T) {
	c.n++
	pick := func(n *storage.Noun) string {
		if len(c.ids[n]) == 0 {
			return "1"
		}
		return rapid.SampledFrom(c.ids[n]).Draw(r, n.Name)
	}
	keep := func(n *storage.Noun, w *edit.Written) {
		if w != nil && w.Object != nil {
			c.ids[n] = append(c.ids[n], w.Object.ID)
		}
	}
	star := rapid.SampledFrom([]string{"Ann", "Bo", "Cy"}).Draw(r, "star")
	movie := fmt.Sprintf(`{"title": "Film %d", "starring": [{"name": %q}], "genres": [{"name": "Drama"}]}`, c.n, star)
	screen := rapid.SampledFrom([]*storage.Noun{storage.Movie, storage.Serie}).Draw(r, "noun")
	switch rapid.IntRange(0, 9).Draw(r, "what") {
	case 0, 1, 2:
		keep(screen, write(c.t, c.s, storage.Create, screen, "", movie))
	case 3, 4:
		write(c.t, c.s, storage.Update, screen, pick(screen), fmt.Sprintf(`{"description": "%d"}`, c.n))
	case 5:
		write(c.t, c.s, storage.Delete, screen, pick(screen), "")
	case 6: // touches all films with the person
		keep(storage.Person, write(c.t, c.s, storage.Create, storage.Person, "", fmt.Sprintf(`{"name": "Person %d"}`, c.n)))
		write(c.t, c.s, storage.Update, storage.Person, fmt.Sprint(1+c.n%5), fmt.Sprintf(`{"name": "Renamed %d"}`, c.n))
	case 7: // touches the series
		write(c.t, c.s, storage.Create, storage.Season, "", fmt.Sprintf(`{"number": %d}`, c.n%3), pick(storage.Serie))
	case 8: // ids of genres are used again
		write(c.t, c.s, storage.Create, storage.Genre, "", `{"name": "Fleeting"}`)
		if c.n%2 == 0 {
			write(c.t, c.s, storage.Delete, storage.Genre, "fleeting", "")
		}
		write(c.t, c.s, storage.Update, storage.Genre, "drama", fmt.Sprintf(`{"name": "Drama %d"}`, c.n%3))
	default:
		bring(c.t, c.s, fmt.Sprintf("file %d", c.n), rapid.IntRange(1, 9).Draw(r, "movies"))
	}
}

// After any writes, and with indexers killed before or after any step takes effect, the
// index becomes equal to the store. No document in an index is newer than its version
// says, and none goes back.
func TestIndexSurvivesKillsAnywhere(t *testing.T) {
	devstack.SkipShort(t, "kills at every step")
	t.Parallel()
	c := newCatalogue(t)
	rapid.Check(t, func(r *rapid.T) {
		c.next()
		s := c.s
		f := newFake()
		small := rapid.SampledFrom([]int{2, 7, 0}).Draw(r, "batch items")
		lives := rapid.IntRange(0, 4).Draw(r, "lives")
		for range lives {
			life(t, r, c, f, small)
		}
		last := start(t, indexer.Config{Store: s, Index: f, BatchItems: small})
		for range rapid.IntRange(0, 4).Draw(r, "last writes") {
			c.write(r)
		}
		last.caughtUp(s)
		last.stop()
		if diff := cmp.Diff(expected(t, s), f.seen()); diff != "" {
			r.Fatalf("the index differs from the store (-store +index):\n%s", diff)
		}
		agree(t, s, f)
	})
}

// life runs an indexer until it is killed at some call, or has caught up.
func life(t testing.TB, r *rapid.T, c *catalogue, f *fakeIndex, items int) {
	m := &mortal{left: rapid.IntRange(0, 16).Draw(r, "calls"), after: rapid.Bool().Draw(r, "after")}
	died := make(chan struct{})
	m.die = func() { close(died) }
	x := start(t, indexer.Config{Store: &mortalStore{c.s, m}, Index: &mortalIndex{f, m}, BatchItems: items})
	defer x.stop()
	for range rapid.IntRange(0, 6).Draw(r, "writes") {
		c.write(r)
	}
	for !caughtUp(t, c.s, f) {
		select {
		case <-died:
			return
		case <-x.steps:
		}
	}
}

// Applying a part of the log again changes nothing, in any order of batches that
// overlapping indexers can produce.
func TestApplyingTwiceChangesNothing(t *testing.T) {
	devstack.SkipShort(t, "repeated logs")
	t.Parallel()
	c := newCatalogue(t)
	rapid.Check(t, func(r *rapid.T) {
		c.next()
		s := c.s
		f := newFake()
		late := &stall{fakeIndex: f, held: make(chan struct{}), release: make(chan struct{})}
		defer late.free()
		for range rapid.IntRange(1, 5).Draw(r, "writes before") {
			c.write(r)
		}
		first := start(t, indexer.Config{Store: s, Index: f})
		first.caughtUp(s)
		first.stop()
		// One process is stopped before it sends; others continue meanwhile.
		late.armed.Store(true)
		slow := start(t, indexer.Config{Store: noLock{s}, Index: late})
		must(t, s, storage.Create, storage.Movie, "", `{"title": "Seen by the slow one"}`)
		<-late.held
		for range rapid.IntRange(1, 5).Draw(r, "writes meanwhile") {
			c.write(r)
		}
		second := start(t, indexer.Config{Store: s, Index: f})
		second.caughtUp(s)
		late.free()
		slow.caughtUp(s)
		must(t, s, storage.Create, storage.Movie, "", `{"title": "The last one"}`)
		second.caughtUp(s)
		slow.stop()
		second.stop()
		agree(t, s, f)
	})
}
