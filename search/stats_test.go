package search_test

import (
	"testing"
	"testing/synctest"

	"marquee/search"
	"marquee/storage"
)

func TestChooserCountsListsByEngine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := choose()
		list := func(times int, want search.ChooserStats) {
			t.Helper()
			for range times {
				if _, _, _, err := c.asked(t, byWords("star")); err != nil {
					t.Error(err)
				}
			}
			if got := c.Stats(); got != want {
				t.Errorf("Stats() = %+v, want %+v", got, want)
			}
		}
		list(2, search.ChooserStats{Index: 2})
		c.log.required.Store(9) // the index does not reach it
		list(1, search.ChooserStats{Index: 2, Lagging: 1})
		c.log.required.Store(0)
		c.index.set(down)
		list(5, search.ChooserStats{Index: 2, Lagging: 1, Failed: 5}) // three failed, two found the breaker open
		continued := byWords("star")
		continued.After = &storage.Position{Key: storage.Key{Text: search.FallbackRanking}}
		if by, _, _, err := c.asked(t, continued); by != "fallback" || err != nil {
			t.Errorf("answered by %s: %v; want the fallback", by, err)
		}
		list(0, search.ChooserStats{Index: 2, Lagging: 1, Failed: 5, Continued: 1})
	})
}
