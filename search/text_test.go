package search_test

import (
	"strings"
	"testing"

	"marquee/search"
	"marquee/storage"
)

// What a text costs to look for, in units: a value is accepted for want of units
// only where it would have to be looked at.
func TestBoundedTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a ferry crosses ", 116) // 1,856 characters, as long as descriptions get
	for name, test := range map[string]struct {
		kind        storage.TextKind
		text, value string
		units       int64
		accepted    bool
	}{
		"a literal that is not there costs nothing":  {storage.Regex, `(.{1,50}){1,4}zqxj`, long, 0, false},
		"one that is there is looked at":             {storage.Regex, `(.{1,50}){1,4}ferry[^ ]`, long, 0, true},
		"and decided with units":                     {storage.Regex, `(.{1,50}){1,4}ferry[^ ]`, long, 10_000_000, false},
		"so is what has no literal":                  {storage.Regex, `(.{1,50}){1,4}[0-9]`, long, 1000, true},
		"and decided with units, too":                {storage.Regex, `(.{1,50}){1,4}[0-9]`, long, 10_000_000, false},
		"folding costs the length":                   {storage.Exact, "ferry", "Ferries", 6, true},
		"a whole value that is another":              {storage.Exact, "ferry", "Ferries", 7, false},
		"a whole value":                              {storage.Exact, "ferry", "Ferry", 5, true},
		"an expression that matches":                 {storage.Regex, `f.rr`, "ferry", 1000, true},
		"an expression as written, in another case":  {storage.Regex, `F.rr`, "ferry", 1000, false},
		"an expression that is a plain text matches": {storage.Regex, `ferry`, long, 2000, true},
	} {
		text, err := search.NewText(test.kind, test.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := text.Bounded(test.units)(test.value); got != test.accepted {
			t.Errorf("%s: accepted %v", name, got)
		}
		if test.units > 1000 && text.Accepts(test.value) != test.accepted {
			t.Errorf("%s: not accepted without a bound", name)
		}
	}
	if text, err := search.NewText(storage.Match, "ferry"); err != nil || text.Accepts != nil || text.Bounded != nil {
		t.Errorf("words, which only an engine decides: %+v, %v", text, err)
	}
}

// The units are those of all values together.
func TestBoundIsForAllValues(t *testing.T) {
	t.Parallel()
	text, err := search.NewText(storage.Exact, "ferry")
	if err != nil {
		t.Fatal(err)
	}
	accepts := text.Bounded(20)
	for i, want := range []bool{false, false, true, true} { // 8 bytes each
		if got := accepts("lanterns"); got != want {
			t.Errorf("value %d: accepted %v", i, got)
		}
	}
}
