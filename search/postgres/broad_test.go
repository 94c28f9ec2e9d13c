package postgres_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/search/postgres"
	"marquee/storage"
)

// However few matches are ranked (10 decide on relaxing), a search finds the same objects, each once, by offsets
// and by cursors, also while an object that it does not find is written.
func TestBroadPages(t *testing.T) {
	t.Parallel()
	e, s := open(t)
	fill(t, s, rapid.SliceOfN(rapid.Custom(drawMovie), 30, 30).Example(3))
	for i := range 9 {
		write(t, s, storage.Create, storage.Movie, "", fmt.Sprintf(`{"title": "The Stars of War %d", "imdb_rating": %d.5}`, i, i%4))
	}
	other := write(t, s, storage.Create, storage.Movie, "", `{"title": "Xylophone"}`)
	for _, ranked := range []int{10, 15} {
		few := postgres.RankFew(postgres.New(s), ranked)
		for i, text := range []string{"star", "the", "star wars", `"star wars"`, "zombies star", "starr wasr drama", "wars among the stars zombies walk who kelvin"} {
			whole := list(t, e, matching(storage.Movie, text, 100))
			q := matching(storage.Movie, text, 7)
			var offsets, cursors []string
			for q.Offset = 0; q.Offset < whole.Total; q.Offset += q.Limit {
				page := list(t, few, q)
				offsets = append(offsets, ids(page)...)
				if page.Total != whole.Total || page.Relaxed != whole.Relaxed {
					t.Errorf("%q from %d: total %d, relaxed %v, want %d, %v", text, q.Offset, page.Total, page.Relaxed, whole.Total, whole.Relaxed)
				}
			}
			for q.Offset = 0; ; {
				page := list(t, few, q)
				cursors = append(cursors, ids(page)...)
				if q.After = page.Next; q.After == nil {
					break
				}
				write(t, s, storage.Update, storage.Movie, other, fmt.Sprintf(`{"release_year": %d}`, 1900+10*i+ranked+len(cursors)))
			}
			if diff := cmp.Diff(offsets, cursors); diff != "" {
				t.Errorf("%q, %d ranked (-offsets +cursors):\n%s", text, ranked, diff)
			}
			want := ids(whole)
			slices.Sort(want)
			if slices.Sort(offsets); !slices.Equal(offsets, want) {
				t.Errorf("%q, %d ranked: got %v, want %v", text, ranked, offsets, want)
			}
		}
	}
}
