package storage_test

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/storage"
)

func TestValidIDs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		noun       *storage.Noun
		valid, bad []string
	}{
		{storage.Genre, []string{"a", "0", "action", "science-fiction", "3-d", strings.Repeat("a", 64), "0-0-0"},
			[]string{"", "-", "-a", "a-", "a--b", "Action", "é", "a_b", "a b", "a/b", "a\n", strings.Repeat("a", 65)}},
		{storage.Movie, []string{"1", "9", "10", "123456789012345678", "999999999999999999"},
			[]string{"", "0", "01", "-1", "+1", "1.0", "1e3", "x", " 1", "1 ", "1\n", "1_0", "１", "0x1", "1000000000000000000", "9223372036854775808"}},
	}
	for _, tt := range tests {
		for _, id := range tt.valid {
			if !tt.noun.ValidID(id) {
				t.Errorf("ValidID(%q) of a %s is false", id, tt.noun.Name)
			}
		}
		for _, id := range tt.bad {
			if tt.noun.ValidID(id) {
				t.Errorf("ValidID(%q) of a %s is true", id, tt.noun.Name)
			}
		}
		if tt.noun.IDForm() == "" {
			t.Errorf("IDForm of a %s is empty", tt.noun.Name)
		}
	}
}

func TestIDsOrderAsNumbersOrSlugs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(1, 1e18-1).Draw(t, "a"), rapid.Int64Range(1, 200).Draw(t, "b")
		if got, want := storage.Movie.CompareIDs(strconv.FormatInt(a, 10), strconv.FormatInt(b, 10)), cmp.Compare(a, b); got != want {
			t.Errorf("CompareIDs(%d, %d): got %d", a, b, got)
		}
	})
	slugs := []string{"0", "10", "2", "a", "a-b", "a0", "aa", "b", "film-noir", "filma"}
	if !slices.IsSortedFunc(slugs, storage.Genre.CompareIDs) || storage.Genre.CompareIDs("a", "a") != 0 {
		t.Error("CompareIDs does not order slugs byte by byte")
	}
}
