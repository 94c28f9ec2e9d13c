package changelog_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/storage"
	"marquee/storage/postgres/storetest"
)

// The pages of some nouns are those of the whole log without the other nouns, for every
// limit. A page without a change goes on far after the last one.
func TestChangesOfNouns(t *testing.T) {
	t.Parallel()
	s, url := openPruned(t)
	ctx := await.Context(t)
	for i := range 4 {
		storetest.Create(t, s, storage.Genre, fmt.Sprintf(`{"name": "Genre %d"}`, i))
		storetest.Create(t, s, storage.Movie, `{"title": "A film"}`)
		storetest.Create(t, s, storage.Person, fmt.Sprintf(`{"name": "Person %d"}`, i))
	}
	aged(t, url, 5200, "1 day") // two changes of movies each: more than one read looks at
	storetest.Create(t, s, storage.Genre, `{"name": "Last"}`)

	read := func(nouns []*storage.Noun, limit int) (out []string, pages int) {
		for since := int64(0); ; pages++ {
			log, next, err := s.ChangesOf(ctx, nouns, since, limit)
			if err != nil || next <= since || next > log.Version {
				t.Fatalf("since %d of %d the next is %d, %v", since, log.Version, next, err)
			}
			for _, c := range log.Changes {
				out = append(out, fmt.Sprint(c.Version, c.Index, c.Noun.Name, c.IDs))
			}
			if since = next; since == log.Version {
				return out, pages + 1
			}
		}
	}
	whole, err := s.Changes(ctx, 0, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, nouns := range [][]*storage.Noun{{storage.Genre}, {storage.Genre, storage.Person}, {storage.Movie}, {storage.Serie}} {
		var want []string
		for _, c := range whole.Changes {
			if slices.Contains(nouns, c.Noun) {
				want = append(want, fmt.Sprint(c.Version, c.Index, c.Noun.Name, c.IDs))
			}
		}
		for _, limit := range []int{1, 3, 7000} {
			if nouns[0] == storage.Movie && limit < 7000 {
				continue // many pages, which show nothing more
			}
			got, pages := read(nouns, limit)
			if diff := cmp.Diff(want, got); diff != "" || pages < 2 {
				t.Errorf("%s by %d in %d pages: %s", nouns[0].Plural, limit, pages, diff)
			}
		}
	}
	if _, _, err := s.ChangesOf(ctx, []*storage.Noun{storage.Genre}, whole.Version+1, 1); storage.CodeOf(err) != storage.Invalid {
		t.Errorf("after the end: %v", err)
	}
}
