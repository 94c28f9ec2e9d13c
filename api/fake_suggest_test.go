package api_test

import (
	"context"
	"slices"

	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/period"
)

// Suggest finds labels in the order of ids. This fake ranks by class alone, and knows no
// typos.
func (m *memory) Suggest(ctx context.Context, q *storage.SuggestQuery) (*storage.Suggestions, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	out := &storage.Suggestions{Found: []storage.Suggestion{}, AsOf: m.version}
	for class := storage.WholeLabel; class < storage.NotSuggested; class++ {
		for _, n := range q.Nouns {
			out.Found = append(out.Found, m.labels(q, n, class)...)
		}
	}
	out.Found = out.Found[:min(q.Limit, len(out.Found))]
	if slices.Contains(q.Nouns, storage.Collection) {
		out.Until = m.boundary(storage.Collection, q.At)
	}
	return out, nil
}

// labels returns the labels of a noun that have a class.
func (m *memory) labels(q *storage.SuggestQuery, n *storage.Noun, class storage.SuggestionClass) (found []storage.Suggestion) {
	for id, e := range m.objects[n] {
		if d := e.document; text.LabelWords(d.Label()).Class(q.Words) == class && period.Active(storage.Periods(d), q.At) {
			s := storage.Suggestion{Noun: n, ID: id, Label: d.Label()}
			if year, ok := d.Fields["release_year"].(int64); ok {
				s.ReleaseYear = &year
			}
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b storage.Suggestion) int { return n.CompareIDs(a.ID, b.ID) })
	return found
}
