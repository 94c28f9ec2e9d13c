package touch_test

import (
	"testing"

	"marquee/search"
	"marquee/search/touch"
	"marquee/storage"
)

// New films touch few of the lists that they do not belong to; otherwise the cache would
// be of little use. The bounds are about twice the measured shares.
func TestFewWritesTouchAList(t *testing.T) {
	t.Parallel()
	bounds := map[string]float64{"matrix": 0.003, "godfather": 0.006, "blade runner": 0.14, "casablanca": 0.005, "zombie": 0.01, "the matrix": 0.003}
	interests := map[string]*touch.Interest{}
	for q := range bounds {
		text, err := search.NewText(storage.Match, q)
		if err != nil {
			t.Fatal(err)
		}
		interests[q] = touch.NewInterest(&storage.Query{Noun: storage.Movie, Text: text})
	}
	westerns := touch.NewInterest(&storage.Query{Noun: storage.Movie,
		Conditions: []storage.Condition{{Filter: &storage.Movie.Filters[0], IDs: []string{"western"}}}})
	touched, records := map[string]int{}, films(t)
	for _, record := range records {
		d := storage.NewDocument(record.Noun)
		d.Fields["title"], d.Fields["description"], d.Fields["release_year"] = record.Edit.Values["title"], record.Edit.Values["description"], record.Edit.Values["release_year"]
		c := &storage.Change{Noun: record.Noun, Operation: storage.Create, After: d}
		terms := touch.NewTerms(d)
		for q, i := range interests {
			if i.Touched(c, func(*storage.Document) *touch.Terms { return terms }) {
				touched[q]++
			}
		}
		if westerns.Touched(c, nil) {
			t.Fatalf("%v touches a list of westerns, want not", d.Fields)
		}
	}
	for q, bound := range bounds {
		share := float64(touched[q]) / float64(len(records))
		t.Logf("%s: %d of %d films touch it", q, touched[q], len(records))
		if share > bound {
			t.Errorf("%.3[2]f of all films touch %[1]s, want at most %.3[3]f", q, share, bound)
		}
	}
}
