package highlight_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"marquee/search"
	"marquee/search/highlight"
	"marquee/search/text"
	"marquee/storage"
)

// film returns an object with some texts and two persons.
func film(title, description string) storage.Object {
	d := storage.NewDocument(storage.Movie)
	d.ID, d.Fields["title"], d.Fields["description"] = "1", title, description
	d.Fields["starring"], d.Fields["directors"] = []any{"7", "8"}, []any{"8"}
	return storage.Object{Noun: storage.Movie, ID: "1", Body: d.AppendJSON(nil)}
}

// namesOf gives persons names that no text has.
func namesOf(_ int, ids []string) []string {
	names := map[string]string{"7": "Zoë Sö", "8": "A\u0308nn Sö"}
	var out []string
	for _, id := range ids {
		out = append(out, names[id])
	}
	return out
}

// find returns the places of a text in an object.
func find(t testing.TB, kind storage.TextKind, q string, o storage.Object) (storage.Highlight, error) {
	t.Helper()
	query, err := search.NewText(kind, q)
	if err != nil {
		t.Fatal(err)
	}
	finder, err := highlight.New(query, text.Parse(q), false)
	if err != nil {
		t.Fatal(err)
	}
	found, err := highlight.Objects(finder, []storage.Object{o}, namesOf)
	if err != nil {
		return storage.Highlight{}, err
	}
	return found[0], nil
}

func TestPlacesAreInCodePoints(t *testing.T) {
	t.Parallel()
	o := film("Löwe & Löwin", "der Löwe \U0001f981\n und ein Löwe")
	for _, tt := range []struct {
		kind storage.TextKind
		q    string
		want string
	}{
		{storage.Match, "löwe sö", "[[{0 4}] [{4 8} {20 24}]] [{7 [{4 6}]} {8 [{5 7}]}]"},
		{storage.Match, "löwe & löwin", "[[{0 4} {5 6} {7 12}] [{4 8} {20 24}]] []"},
		{storage.Exact, "LÖWE &  löwin", "[[{0 12}] []] []"},
		{storage.Exact, "änn sö", "[[] []] [{8 [{0 7}]}]"},
		{storage.Exact, "Löwe", "[[] []] []"},
		{storage.Regex, "L.", "[[{0 2} {7 9}] [{4 6} {20 22}]] []"},
		{storage.Regex, "Ä|S", "[[] []] [{7 [{4 5}]} {8 [{0 2} {5 6}]}]"},
		{storage.Regex, "n*", "[[{11 12}] [{13 14} {18 19}]] [{8 [{2 4}]}]"},
		{storage.Regex, `(?m)^ und\b`, "[[] [{11 15}]] []"},
	} {
		found, err := find(t, tt.kind, tt.q, o)
		if got := fmt.Sprint(found.Fields, found.Persons); err != nil || got != tt.want {
			t.Errorf("%s %s: got %s, %v, want %s", tt.kind, tt.q, got, err, tt.want)
		}
	}
}

// The matches of an expression are those of Go's regexp in the NFC, at the places of the
// characters that NFC makes them of.
func TestMatchesOfDecomposedValues(t *testing.T) {
	t.Parallel()
	letters := rapid.StringOf(rapid.SampledFrom([]rune("abeé e\u0301\u0323ñ\u0303가ᄀ\u1161\u11a8x")))
	rapid.Check(t, func(rt *rapid.T) {
		value := letters.Draw(rt, "value")
		pattern := rapid.SampledFrom([]string{"é", "e", "[a-z]+", "가", ".", "a.b?", "x$", "^e", "ẹ", `\PM`, ".*"}).Draw(rt, "pattern")
		found, err := find(t, storage.Regex, pattern, film(value, ""))
		if err != nil {
			rt.Fatal(err)
		}
		var want []string
		for _, m := range regexp.MustCompile(norm.NFC.String(pattern)).FindAllString(norm.NFC.String(value), -1) {
			if m != "" {
				want = append(want, m)
			}
		}
		runes, last := []rune(value), 0
		var got []string
		for _, s := range found.Fields[0] {
			if s.From < last || s.To <= s.From || s.To > len(runes) {
				rt.Fatalf("%q: got %v", value, found.Fields[0])
			}
			last = s.To
			got = append(got, norm.NFC.String(string(runes[s.From:s.To])))
		}
		if norm.NFC.IsNormalString(value) && strings.Join(got, "|") != strings.Join(want, "|") {
			rt.Fatalf("%q in %q: got %q, want %q", pattern, value, got, want)
		}
		if all := strings.Join(got, ""); len(want) > 0 && !strings.Contains(all, want[0]) || (len(want) == 0) != (len(got) == 0) {
			rt.Fatalf("%q in %q: got %q, want %q", pattern, value, got, want)
		}
	})
}

// An expression whose matches cost too much to find is refused, and one that has as many
// matches without reading much again is not.
func TestMatchesHaveABudget(t *testing.T) {
	t.Parallel()
	o := film("", strings.Repeat("a", 20000))
	if _, err := find(t, storage.Regex, "(.*z)?a", o); storage.CodeOf(err) != storage.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
	for _, pattern := range []string{"a", "[ab]", "a{1,3}"} {
		if found, err := find(t, storage.Regex, pattern, o); err != nil || len(found.Fields[1]) < 6000 {
			t.Errorf("%s: got %d matches, %v", pattern, len(found.Fields[1]), err)
		}
	}
}

// BenchmarkTenFilms reports the time for the objects of a page.
func BenchmarkTenFilms(b *testing.B) {
	description := `The epic saga continues as Luke Skywalker, in hopes of defeating the evil Galactic Empire, learns the ways of the Jedi
		from aging master Yoda. But Darth Vader is more determined than ever to capture Luke. Meanwhile, rebel leader Princess Leia, cocky
		Han Solo, Chewbacca, and droids C-3PO and R2-D2 are thrown into various stages of capture, betrayal and despair.`
	objects := make([]storage.Object, 10)
	for i := range objects {
		objects[i] = film("The Empire Strikes Back", description)
	}
	for kind, q := range map[storage.TextKind]string{storage.Match: "luke skywalker", storage.Exact: "the empire strikes back", storage.Regex: "[Ll]uke.*Jedi"} {
		query, err := search.NewText(kind, q)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(kind), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				finder, err := highlight.New(query, text.Parse(q), true)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := highlight.Objects(finder, objects, namesOf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
