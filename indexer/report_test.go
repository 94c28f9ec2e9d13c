package indexer_test

import (
	"fmt"
	"slices"
	"testing"

	"marquee/indexer"
	"marquee/storage"
)

// What differs is named, and what is not named is counted.
func TestReportLines(t *testing.T) {
	t.Parallel()
	r := &indexer.Report{Counts: map[indexer.DifferenceKind]int{indexer.Missing: 2, indexer.Different: 3, indexer.Extra: 1, indexer.Refused: 20_000},
		Differences: []indexer.Difference{
			{Noun: storage.Movie, ID: "17", Kind: indexer.Missing, Want: 9},
			{Noun: storage.Movie, ID: "18", Kind: indexer.Different, Want: 9, Have: 8},
			{Noun: storage.Genre, ID: "war", Kind: indexer.Different, Want: 9, Have: 9},
			{ID: "19", Kind: indexer.Extra, Have: 4},
			{Noun: storage.Movie, ID: "20", Kind: indexer.Refused, Want: 7, Reason: "no number"},
			{Noun: storage.Movie, ID: "21", Kind: indexer.Missing, Want: 9},
		}}
	want := []string{
		"movie 17 missing: version 9, not in the index",
		"movie 18 different: version 9, the index has 8",
		"genre war different: version 9, the index has another document of it",
		"object 19 extra: not in the catalogue, the index has 4",
		"movie 20 refused: version 7, not in the index: no number",
		"movie 21 missing: version 9, not in the index",
	}
	for most := range 8 {
		lines := slices.Clone(want[:min(most, len(want))])
		lines = append(lines, fmt.Sprintf("and %d more", 20_006-len(lines)))
		if got := r.Lines(most); !slices.Equal(got, lines) {
			t.Errorf("at most %d: got %q, want %q", most, got, lines)
		}
	}
}
