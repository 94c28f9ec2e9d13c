package search_test

import (
	"strings"
	"testing"

	"marquee/search"
	"marquee/storage"
)

// A bounded text accepts a value when the units do not suffice to check it, and only if
// it would have to be checked.
func TestBoundedTextsAcceptWhenUnitsRunOut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a ferry crosses ", 116) // 1,856 characters, as long as descriptions get
	for name, test := range map[string]struct {
		kind        storage.TextKind
		text, value string
		units       int64
		accepted    bool
	}{
		"a missing literal costs nothing": {storage.Regex, `(.{1,50}){1,4}zqxj`, long, 0, false},
		"a present literal is checked":    {storage.Regex, `(.{1,50}){1,4}ferry[^ ]`, long, 0, true},
		"a present literal with units":    {storage.Regex, `(.{1,50}){1,4}ferry[^ ]`, long, 10_000_000, false},
		"no literal":                      {storage.Regex, `(.{1,50}){1,4}[0-9]`, long, 1000, true},
		"no literal with units":           {storage.Regex, `(.{1,50}){1,4}[0-9]`, long, 10_000_000, false},
		"folding costs the length":        {storage.Exact, "ferry", "Ferries", 6, true},
		"another whole value":             {storage.Exact, "ferry", "Ferries", 7, false},
		"a whole value":                   {storage.Exact, "ferry", "Ferry", 5, true},
		"an expression that matches":      {storage.Regex, `f.rr`, "ferry", 1000, true},
		"an expression in another case":   {storage.Regex, `F.rr`, "ferry", 1000, false},
		"an expression of plain text":     {storage.Regex, `ferry`, long, 2000, true},
	} {
		text, err := search.NewText(test.kind, test.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := text.Bounded(test.units)(test.value); got != test.accepted {
			t.Errorf("%s: accepted %v, want %v", name, got, test.accepted)
		}
		if test.units > 1000 && text.Accepts(test.value) != test.accepted {
			t.Errorf("%s: accepted %v without a bound, want %v", name, !test.accepted, test.accepted)
		}
	}
	if text, err := search.NewText(storage.Match, "ferry"); err != nil || text.Accepts != nil || text.Bounded != nil {
		t.Errorf("words: got %+v, %v; want no Accepts and no Bounded, since only an engine decides", text, err)
	}
}

// All values share the units.
func TestUnitsAreForAllValues(t *testing.T) {
	t.Parallel()
	text, err := search.NewText(storage.Exact, "ferry")
	if err != nil {
		t.Fatal(err)
	}
	accepts := text.Bounded(20)
	for i, want := range []bool{false, false, true, true} { // 8 bytes each
		if got := accepts("lanterns"); got != want {
			t.Errorf("value %d: accepted %v, want %v", i, got, want)
		}
	}
}
