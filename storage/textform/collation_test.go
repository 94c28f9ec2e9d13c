package textform_test

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/textform"
)

func TestSortKeysOrderAsPeopleExpect(t *testing.T) {
	t.Parallel()
	for _, ordered := range [][]string{
		{"", " ", "_", "-", ",", "!", "?", ".", "'", "(", "@", "*", "&", "$", "0", "1", "9", "a", "b", "z", "α", "я", "ア", "日"},
		{"10", "101 Dalmatians", "11", "2", "2001", "9", "A"},
		{"a", "A", "á", "Á", "ä", "ab", "b"},
		{"ahre", "Ahre", "ähre", "Ähre", "ahren", "Über", "Uhr"},
		{"cote", "coté", "côte", "côté"},
		{"elan", "Elan", "élan", "Élan", "elands"},
		{"Über uns", "Uber unser", "Uhr"},
		{"straße", "strasseb", "Strassen"},
		{"Ocean", "Oceans", "Œuvre", "Of"},
		{"The Who", "The Whole", "Thee"},
		{"☃", "😀", "1", "A"},
	} {
		for i := range ordered[1:] {
			if a, b := ordered[i], ordered[i+1]; textform.SortKey(a) >= textform.SortKey(b) {
				t.Errorf("%q does not come before %q", a, b)
			}
		}
	}
}

func TestSortKeysOfEqualTextsAreEqual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawnText().Draw(t, "text")
		if c, d := norm.NFC.String(s), norm.NFD.String(s); textform.SortKey(c) != textform.SortKey(d) {
			t.Errorf("the composed %+q and the decomposed %+q have different keys", c, d)
		}
	})
}

func TestSortKeysOfComposedAndDecomposedLettersAreEqual(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"é", "Å", "ệ", "각", "ﬁ", "ガ", "\U0001134b"} {
		if d := norm.NFD.String(s); textform.SortKey(s) != textform.SortKey(d) {
			t.Errorf("%+q and %+q have different keys", s, d)
		}
	}
}

func TestSortKeysTellTextsApart(t *testing.T) {
	t.Parallel()
	different := []string{"", "a", "A", "á", "b", "aa", "a a", "a-a", "0", "00", "日", "本", "!", "?", "☃", "😀", "😁", "🦀", "🫠", "ß", "ss"}
	for i, a := range different {
		for _, b := range different[:i] {
			if textform.SortKey(a) == textform.SortKey(b) {
				t.Errorf("%q and %q have one key", a, b)
			}
		}
	}
}

// An index entry of PostgreSQL ends at 2,704 bytes.
func TestSortKeysOfLongTextsAreCapped(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"a", "é", "Z", "日", "😀", "\U0002a6d6", "가", "ﷺ", "\u0301", "!"} {
		long := strings.Repeat(letter, 500)
		key := textform.SortKey(long)
		if len(key) > 2000 {
			t.Errorf("500 times %q have a key of %d bytes", letter, len(key))
		}
		if before := textform.SortKey(long[:len(letter)*10]); letter != "\u0301" && before >= key {
			t.Errorf("10 times %q do not come before 500", letter)
		}
	}
	if a, b := textform.SortKey("a"+strings.Repeat("x", 499)), textform.SortKey("b"+strings.Repeat("a", 499)); a >= b {
		t.Error("long texts are out of order")
	}
}

func TestSortKeysAreMadeConcurrently(t *testing.T) {
	t.Parallel()
	titles := []string{"Ähre", "élan", "日本", "2001", "The Who", "😀"}
	want := make([]string, len(titles))
	for i, s := range titles {
		want[i] = textform.SortKey(s)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 200 {
				if i %= len(titles); textform.SortKey(titles[i]) != want[i] {
					t.Errorf("the key of %q differs under load", titles[i])
					return
				}
			}
		})
	}
	group.Wait()
}

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
				t.Errorf("%q is no id of a %s", id, tt.noun.Name)
			}
		}
		for _, id := range tt.bad {
			if tt.noun.ValidID(id) {
				t.Errorf("%q is an id of a %s", id, tt.noun.Name)
			}
		}
		if tt.noun.IDForm() == "" {
			t.Errorf("the form of a %s's id is not said", tt.noun.Name)
		}
	}
}

func TestIDsOrderAsNumbersOrSlugs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(1, 1e18-1).Draw(t, "a"), rapid.Int64Range(1, 200).Draw(t, "b")
		if got, want := storage.Movie.CompareIDs(strconv.FormatInt(a, 10), strconv.FormatInt(b, 10)), cmp.Compare(a, b); got != want {
			t.Errorf("%d against %d: %d", a, b, got)
		}
	})
	slugs := []string{"0", "10", "2", "a", "a-b", "a0", "aa", "b", "film-noir", "filma"}
	if !slices.IsSortedFunc(slugs, storage.Genre.CompareIDs) || storage.Genre.CompareIDs("a", "a") != 0 {
		t.Error("slugs do not order byte by byte")
	}
}
