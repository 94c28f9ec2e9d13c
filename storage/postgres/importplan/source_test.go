package importplan_test

import (
	"testing"
	"time"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importplan"
)

// A record is linked to the object with its key in another source, stored or foreseen. Then
// the object has the record's keys. An object has one key in a source.
func TestKeysOfOtherSources(t *testing.T) {
	t.Parallel()
	for _, dry := range []bool{false, true} {
		r := start(t, dry)
		if !dry {
			r.plan(record(t, storage.Movie, "", `{"title": "A"}`)) // id 1
			r.fake.keys = append(r.fake.keys, importplan.Key{Source: "tmdb", Noun: storage.Movie, Key: "603", ID: "1"})
		}
		with := func(key, tmdb string) *incoming.Record {
			in := record(t, storage.Movie, key, `{"title": "A"}`)
			in.Sources = map[string]string{"tmdb": tmdb, "other": key}
			return in
		}
		p := r.plan(with("a", "603"), with("b", "603"), with("c", "604"))
		want := map[incoming.Outcome]int{incoming.Linked: 1, incoming.Created: 2, incoming.Refused: 1}
		if dry {
			want = map[incoming.Outcome]int{incoming.Refused: 1, incoming.Created: 2}
		} else if k := p.Keys[0]; len(p.Keys) != 6 || k.Key != "a" || k.Source != "source" || k.ID != "1" {
			t.Errorf("keys: %v", p.Keys)
		}
		r.want(storage.Movie, want)
		before := r.report.Counts[storage.Movie][incoming.Refused]
		r.plan(with("d", "604"))
		if r.report.Counts[storage.Movie][incoming.Refused] != before+1 {
			t.Errorf("dry run %v: a later record of another key was not refused", dry)
		}
		batch := r.planner.Batch(r.fake, time.Unix(0, 0), r.report)
		found, err := batch.IDsByKey(t.Context(), "source", storage.Movie, []string{"a", "b", "c", "d"}, false)
		if err != nil || len(found) != 2 || found["a"] == found["c"] || found["a"] == "" {
			t.Errorf("dry run %v: found %v, %v", dry, found, err)
		}
	}
}
