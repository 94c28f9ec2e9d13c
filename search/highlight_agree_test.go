package search_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"golang.org/x/text/unicode/norm"

	"marquee/search/highlight"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/textform"
)

// shownHighlight describes a highlight.
func shownHighlight(h *storage.Highlight) string { return fmt.Sprint(h.Fields, h.Persons) }

// checkHighlights checks the highlights of a page: they are those that want makes of the
// document.
func checkHighlights(t *testing.T, name string, q *storage.Query, page *storage.Page, docs []*storage.Document, want func(*storage.Document) string) {
	t.Helper()
	if len(page.Highlights) != len(page.Objects) {
		t.Errorf("%s: %s: got %d highlights of %d objects", name, shown(q), len(page.Highlights), len(page.Objects))
		return
	}
	for i, o := range page.Objects {
		d := docs[slices.IndexFunc(docs, func(d *storage.Document) bool { return d.ID == o.ID })]
		if got := shownHighlight(&page.Highlights[i]); got != want(d) {
			t.Errorf("%s: %s: %v %v: got %s, want %s", name, shown(q), d.Fields, d.Names, got, want(d))
		}
	}
}

// plainly makes the highlight of a document by a function that finds places in a value, in
// code points. NFC leaves their number as it is: it makes a K of the sign for kelvins.
func plainly(d *storage.Document, find func(value string) []storage.Span) string {
	h := storage.Highlight{}
	for _, f := range d.Noun.Searched {
		value, _ := d.Fields[f].(string)
		h.Fields = append(h.Fields, find(value))
	}
	for i, id := range personsOf(d) {
		if spans := find(d.Names["persons"][i]); len(spans) > 0 {
			h.Persons = append(h.Persons, storage.HighlightedName{ID: id, Spans: spans})
		}
	}
	return shownHighlight(&h)
}

// personsOf returns the ids of the persons that a document refers to, each once.
func personsOf(d *storage.Document) (ids []string) {
	for _, f := range []string{"starring", "directors"} {
		list, _ := d.Fields[f].([]any)
		for _, id := range list {
			if !slices.Contains(ids, id.(string)) {
				ids = append(ids, id.(string))
			}
		}
	}
	return ids
}

// plainFind finds an exact text, or the matches of an expression, as their definitions say.
func plainFind(q *storage.TextQuery) func(string) []storage.Span {
	return func(value string) (spans []storage.Span) {
		runes := func(text string) int { return len([]rune(text)) }
		if q.Kind == storage.Exact {
			if value != "" && textform.Fold(value) == textform.Fold(q.Query) {
				spans = append(spans, storage.Span{To: runes(value)})
			}
			return spans
		}
		value = norm.NFC.String(value)
		for _, m := range regexp.MustCompile(norm.NFC.String(q.Query)).FindAllStringIndex(value, -1) {
			if m[0] < m[1] {
				spans = append(spans, storage.Span{From: runes(value[:m[0]]), To: runes(value[:m[1]])})
			}
		}
		return spans
	}
}

// wordsIn makes the highlights of documents for a search by words. It checks that each
// needed word of an object that has all of them has a place in it, or names its genre or
// year.
func wordsIn(t *testing.T, q *storage.Query, relaxed bool, words vocabulary) func(*storage.Document) string {
	t.Helper()
	rules, _, err := q.Text.Rules(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	parsed := text.ParseWith(q.Text.Query, rules)
	if err := parsed.Correct(t.Context(), q.Noun, words); err != nil {
		t.Fatal(err)
	}
	return func(d *storage.Document) string {
		terms := text.Terms(d)
		all, missing := slices.Collect(terms.All()), 0
		var unmarked []string
		for i := range parsed.Groups {
			g := &parsed.Groups[i]
			has := func(of []string) bool {
				return slices.ContainsFunc(g.Terms(), func(s string) bool { return slices.Contains(of, s) })
			}
			hasRuns := slices.ContainsFunc(g.Runs, func(run []string) bool { return hasRun(terms, run) })
			one := placesOf(t, &text.Query{Groups: []text.Group{*g}}, false, d)
			switch {
			case !has(all) && !hasRuns:
				missing++
			case one.Empty() && !has(terms.Kinds):
				unmarked = append(unmarked, g.Word)
			}
		}
		if missing == 0 && len(unmarked) > 0 {
			t.Errorf("%s: %v has no place for %q", shown(q), d.Fields, unmarked)
		}
		return shownHighlight(placesOf(t, parsed, relaxed, d))
	}
}

// placesOf returns the highlight of a document without a store.
func placesOf(t *testing.T, parsed *text.Query, relaxed bool, d *storage.Document) *storage.Highlight {
	t.Helper()
	finder, err := highlight.New(&storage.TextQuery{Kind: storage.Match}, parsed, relaxed)
	if err != nil {
		t.Fatal(err)
	}
	found, err := highlight.Objects(finder, []storage.Object{{Noun: d.Noun, ID: d.ID, Body: d.AppendJSON(nil)}},
		func(int, []string) []string { return d.Names["persons"] })
	if err != nil {
		t.Fatal(err)
	}
	return &found[0]
}
