package textform_test

import (
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

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
				t.Errorf("%q does not sort before %q", a, b)
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

func TestSortKeysOfDifferentTextsDiffer(t *testing.T) {
	t.Parallel()
	different := []string{"", "a", "A", "á", "b", "aa", "a a", "a-a", "0", "00", "日", "本", "!", "?", "☃", "😀", "😁", "🦀", "🫠", "ß", "ss"}
	for i, a := range different {
		for _, b := range different[:i] {
			if textform.SortKey(a) == textform.SortKey(b) {
				t.Errorf("%q and %q have the same key", a, b)
			}
		}
	}
}

// An index entry of PostgreSQL has at most 2,704 bytes.
func TestSortKeysOfLongTextsAreCapped(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"a", "é", "Z", "日", "😀", "\U0002a6d6", "가", "ﷺ", "\u0301", "!"} {
		long := strings.Repeat(letter, 500)
		key := textform.SortKey(long)
		if len(key) > 2000 {
			t.Errorf("500 times %q: got a key of %d bytes", letter, len(key))
		}
		if before := textform.SortKey(long[:len(letter)*10]); letter != "\u0301" && before >= key {
			t.Errorf("10 times %q do not sort before 500 times", letter)
		}
	}
	if a, b := textform.SortKey("a"+strings.Repeat("x", 499)), textform.SortKey("b"+strings.Repeat("a", 499)); a >= b {
		t.Error("long texts are out of order")
	}
}

func TestSortKeyIsSafeForConcurrentUse(t *testing.T) {
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
					t.Errorf("the key of %q differs in a concurrent call", titles[i])
					return
				}
			}
		})
	}
	group.Wait()
}
