package elastic

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/search/elastic/query"
	"marquee/search/elastic/window"
	"marquee/storage"
)

// facetAnswer is the answer to the aggregation of a facet.
type facetAnswer struct {
	Values struct {
		Buckets []bucket `json:"buckets"`
		// Others is the number of objects in further buckets.
		Others int `json:"sum_other_doc_count"`
	} `json:"values"`
}

// bucket has the number of objects with a value, a text or a number.
type bucket struct {
	Key     jsontext.Value `json:"key"`
	Objects int            `json:"doc_count"`
}

// text returns the value in the form of storage.ValueCount.
func (b *bucket) text() (string, error) {
	if b.Key.Kind() == '"' {
		text, err := jsontext.AppendUnquote(nil, b.Key)
		return string(text), err
	}
	n, err := strconv.ParseInt(string(b.Key), 10, 64)
	return strconv.FormatInt(n, 10), err
}

// facets reads the facets of a query from an answer.
func (l *listing) facets(a *answer) ([]storage.Facet, error) {
	var out []storage.Facet
	for _, f := range l.Facets {
		got := a.Facets[f.Name].Values
		if got.Others > 0 { // PostgreSQL answers in its place
			return nil, storage.Errorf(storage.Unavailable, "the field %s has more than %d values", f.Fields[0], query.MaxValues)
		}
		counts := make([]storage.ValueCount, len(got.Buckets))
		for i := range got.Buckets {
			value, err := got.Buckets[i].text()
			if err != nil {
				return nil, fmt.Errorf("read the facet %s: %w", f.Name, err)
			}
			counts[i] = storage.ValueCount{Value: value, Objects: got.Buckets[i].Objects}
		}
		out = append(out, storage.NewFacet(f, counts, l.FacetLimit))
	}
	return out, nil
}

// addFacets adds the facets of a list to a page of it that was read at a window's point in
// time.
func (l *listing) addFacets(ctx context.Context, w *window.Window, clause query.JSON, page *storage.Page) error {
	if len(l.Facets) == 0 {
		return nil
	}
	a, err := l.step(ctx, w, clause, window.Mark{}, request{facets: query.Facets(l.Query), source: nothing})
	if err == nil {
		page.Facets, err = l.facets(a)
	}
	return err
}

// tally counts a match of an expression. It reports whether the match is in the list, and
// not only in a facet.
func (l *listing) tally(t *storage.Tally, h *hit) (bool, error) {
	if len(l.Facets) == 0 {
		return true, nil
	}
	d, err := storage.ParseDocument(l.Noun, h.Source.Body)
	if err != nil {
		return false, err
	}
	return t.Add(d), nil
}

// facetFields returns the fields of documents that tally reads.
func (l *listing) facetFields() []string {
	var names []string
	for _, f := range l.Facets {
		names = append(names, "object."+f.Fields[0])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
