package importplan_test

import (
	"testing"
	"time"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importplan"
)

// A record is linked to the object with its key in another source, stored or foreseen. Then
// the object has the record's keys.
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
		want := map[incoming.Outcome]int{incoming.Linked: 2, incoming.Created: 2}
		if dry {
			want = map[incoming.Outcome]int{incoming.Refused: 1, incoming.Created: 2}
		} else if k := p.Keys[0]; len(p.Keys) != 9 || k.Key != "a" || k.Source != "source" || k.ID != "1" {
			t.Errorf("keys: %v", p.Keys)
		}
		r.want(storage.Movie, want)
		before := r.report.Counts[storage.Movie][incoming.Linked]
		r.plan(with("d", "604"))
		if r.report.Counts[storage.Movie][incoming.Linked] != before+1 {
			t.Errorf("dry run %v: a later record with the key was not linked", dry)
		}
		batch := r.planner.Batch(r.fake, time.Unix(0, 0), r.report)
		found, err := batch.IDsByKey(t.Context(), "source", storage.Movie, []string{"d", "c", "x"}, false)
		if err != nil || len(found) != 2 || found["d"] != found["c"] || found["d"] == "" {
			t.Errorf("dry run %v: found %v, %v", dry, found, err)
		}
	}
}
