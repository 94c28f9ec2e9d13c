package touch_test

import (
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search"
	"marquee/search/touch"
	"marquee/storage"
	"marquee/storage/dataset"
)

// films returns the 2,800 films of the nineties, with their titles, descriptions and
// years. All 36,000 take ten times as long, with the same result.
func films(t testing.TB) []*storage.Document {
	t.Helper()
	source, err := dataset.Open("wikipedia", []string{devstack.Data(t, "wikipedia", "movies-1990s.json.gz")})
	if err != nil {
		t.Fatal(err)
	}
	var out []*storage.Document
	for record, err := range source.Records(await.Context(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if record.Refused == "" {
			d := storage.NewDocument(record.Noun)
			for _, f := range []string{"title", "description", "release_year"} {
				d.Fields[f] = record.Edit.Values[f]
			}
			out = append(out, d)
		}
	}
	return out
}

// New films touch few of the lists that they do not belong to; otherwise the cache would
// be of little use. The bounds are about twice the measured shares.
func TestFewWritesTouchAList(t *testing.T) {
	t.Parallel()
	bounds := map[string]float64{"matrix": 0.0015, "godfather": 0.0022, "blade runner": 0.018, "casablanca": 0.0005, "zombie": 0.0064, "the matrix": 0.0015}
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
	touched, all := map[string]int{}, films(t)
	for _, d := range all {
		c := &storage.Change{Noun: d.Noun, Operation: storage.Create, After: d}
		for q, i := range interests {
			if i.Touched(c) {
				touched[q]++
			}
		}
		if westerns.Touched(c) {
			t.Fatalf("%v touches a list of westerns, want not", d.Fields)
		}
	}
	for q, bound := range bounds {
		share := float64(touched[q]) / float64(len(all))
		t.Logf("%s: %d of %d films touch it", q, touched[q], len(all))
		if share > bound {
			t.Errorf("%.3[2]f of all films touch %[1]s, want at most %.3[3]f", q, share, bound)
		}
	}
}
