package dataset_test

import (
	"strings"
	"testing"

	"marquee/deploy/devstack"
)

// A quote inside a cell, or one that is never closed, costs none of the 4,802 other films.
func TestOneDamagedRowCostsNoOther(t *testing.T) {
	t.Parallel()
	text := devstack.ReadData(t, "tmdb-5000", "tmdb_5000_movies.csv.gz")
	const films, title = 4803, ",The Fast and the Furious,"
	if !strings.Contains(string(text), title) {
		t.Fatalf("no film has the title %q", title)
	}
	for damaged, refused := range map[string]int{`,The Fast and the Furious 12" mix,`: 0, `,"The Fast and the Furious,`: 1} {
		records := read(t, "tmdb", write(t, "movies.csv", strings.ReplaceAll(string(text), title, damaged)))
		lost := 0
		for _, in := range records {
			if in.Refused != "" {
				lost++
			}
		}
		if len(records) != films || lost > refused {
			t.Errorf("%s: got %d records, %d of them refused; want %d, %d refused", damaged, len(records), lost, films, refused)
		}
	}
}
