package counter_test

import (
	"testing"
	"testing/synctest"

	"marquee/storage"
	"marquee/storage/counter"
)

func TestStats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run(t, counter.Config{Max: 2}, func(_ *store, v *counter.Views) {
			for _, id := range []string{"1", "1", "2", "3", "3"} {
				v.Add(storage.Movie, id)
			}
			if got, want := v.Stats(), (counter.Stats{Objects: 2, Waiting: 3, Lost: 2}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			pass()
			if got, want := v.Stats(), (counter.Stats{Lost: 2}); got != want {
				t.Errorf("after a flush %+v, want %+v", got, want)
			}
		})
	})
}
