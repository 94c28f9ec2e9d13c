package text_test

import (
	"slices"
	"testing"

	"marquee/search/text"
	"marquee/storage"
)

// film returns a document with a title.
func film(title string) *storage.Document {
	return &storage.Document{Noun: storage.Movie, Fields: map[string]any{"title": title}}
}

// finds reports whether a query matches the terms strictly.
func finds(query string, t *storage.Terms) bool {
	q := text.Parse(query)
	if slices.Contains(t.Flags, q.Whole) {
		return true
	}
	terms := t.Distinct()
	for i := range q.Groups {
		if !slices.ContainsFunc(q.Groups[i].Terms(), func(s string) bool { return slices.Contains(terms, s) }) {
			return false
		}
	}
	places := append(slices.Clone(t.Names), t.Label, t.Text)
	for _, p := range q.Phrases {
		if !slices.ContainsFunc(places, func(place []string) bool { return holds(place, p) }) {
			return false
		}
	}
	return len(q.Groups)+len(q.Phrases) > 0
}

// holds reports whether a phrase is in a list of terms.
func holds(place, phrase []string) bool {
	for i := range place {
		if i+len(phrase) <= len(place) && slices.Equal(place[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}

// checkFound checks titles by queries that have to find them, and others that must not.
func checkFound(t *testing.T, tests []foundTest) {
	t.Helper()
	for _, tt := range tests {
		terms := text.Terms(film(tt.title))
		for _, q := range append(tt.by, tt.title) {
			if !finds(q, terms) {
				t.Errorf("%q is not found by %q: %q %q", tt.title, q, terms.Label, terms.LabelForms)
			}
		}
		for _, q := range tt.notBy {
			if finds(q, terms) {
				t.Errorf("%q is found by %q: %q %q", tt.title, q, terms.Label, terms.LabelForms)
			}
		}
	}
}

type foundTest struct {
	title     string
	by, notBy []string
}
