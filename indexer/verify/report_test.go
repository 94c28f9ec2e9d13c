package verify_test

import (
	"fmt"
	"slices"
	"testing"

	"marquee/indexer/verify"
	"marquee/storage"
)

func TestReportLinesCountWhatTheyLeaveOut(t *testing.T) {
	t.Parallel()
	r := &verify.Report{Counts: map[verify.DifferenceKind]int{verify.Missing: 2, verify.Different: 3, verify.Extra: 1, verify.Refused: 20_000},
		Differences: []verify.Difference{
			{Noun: storage.Movie, ID: "17", Kind: verify.Missing, Want: 9},
			{Noun: storage.Movie, ID: "18", Kind: verify.Different, Want: 9, Have: 8},
			{Noun: storage.Genre, ID: "war", Kind: verify.Different, Want: 9, Have: 9},
			{ID: "19", Kind: verify.Extra, Have: 4},
			{Noun: storage.Movie, ID: "20", Kind: verify.Refused, Want: 7, Reason: "no number"},
			{Noun: storage.Movie, ID: "21", Kind: verify.Missing, Want: 9},
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
