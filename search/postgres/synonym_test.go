package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"marquee/search/postgres"
	"marquee/search/text"
	"marquee/storage"
)

// present are synonyms at a version.
type present struct {
	rules   *storage.SynonymRules
	version int64
}

func (p present) Current() (*storage.SynonymRules, int64) { return p.rules, p.version }

func (p present) Reach(context.Context, int64) (*storage.SynonymRules, int64, error) {
	return p.rules, p.version, nil
}

// synonymous returns synonyms, one for each list.
func synonymous(version int64, lists ...[]any) storage.Synonyms {
	rules := &storage.SynonymRules{ByFirst: map[string][]storage.SynonymRule{}}
	for _, words := range lists {
		d := storage.NewDocument(storage.Synonym)
		d.Fields["words"] = words
		for _, r := range text.SynonymRules(d) {
			first := r.Texts[r.Text][0]
			rules.ByFirst[first] = append(rules.ByFirst[first], r)
		}
	}
	return present{rules, version}
}

// However few matches are ranked, those with the words themselves come before those with
// synonyms, by offsets and by cursors, whatever their ratings are.
func TestBroadPagesWithSynonyms(t *testing.T) {
	t.Parallel()
	e, s := open(t)
	for i := range 12 {
		for _, body := range []string{
			`{"title": "Car %d", "imdb_rating": 2.0}`, `{"title": "Road %d", "description": "A car.", "imdb_rating": 1.0}`,
			`{"title": "Automobile %d", "imdb_rating": 9.0}`, `{"title": "Wheels %d", "description": "Of a motor vehicle.", "imdb_rating": 9.5}`,
		} {
			write(t, s, storage.Create, storage.Movie, "", fmt.Sprintf(body, i))
		}
	}
	synonyms := synonymous(1<<40, []any{"cars", "automobiles", "motor vehicle"})
	literal := func(o *storage.Object) bool {
		return strings.Contains(string(o.Body), `"Car `) || strings.Contains(string(o.Body), "A car.")
	}
	for _, ranked := range []int{10, 20, 30, 1000} {
		few := postgres.RankFew(postgres.New(s), ranked)
		q := matching(storage.Movie, "car", 7)
		q.Text.Synonyms = synonyms
		var offsets, cursors []string
		var own []bool
		for q.Offset = 0; q.Offset < 48; q.Offset += q.Limit {
			page := list(t, few, q)
			if offsets = append(offsets, ids(page)...); page.Total != 48 || page.Relaxed {
				t.Errorf("%d ranked: total %d, relaxed %t", ranked, page.Total, page.Relaxed)
			}
			for i := range page.Objects {
				own = append(own, literal(&page.Objects[i]))
			}
		}
		for q.Offset = 0; ; {
			page := list(t, few, q)
			cursors = append(cursors, ids(page)...)
			if q.After = page.Next; q.After == nil {
				break
			}
		}
		if !slices.Equal(offsets, cursors) {
			t.Errorf("%d ranked: by offsets %v, by cursors %v", ranked, offsets, cursors)
		}
		if slices.Contains(own[:24], false) || slices.Contains(own[24:], true) || len(own) != 48 {
			t.Errorf("%d ranked: the films with the word itself are at %v", ranked, own)
		}
	}
	q := matching(storage.Movie, "car", 1)
	q.Text.Synonyms = synonymous(3)
	if page := list(t, e, q); page.AsOf != 3 || page.Total != 36 { // an automobile is a car to every search
		t.Errorf("with synonyms of version 3: got as of %d, total %d", page.AsOf, page.Total)
	}
}
