package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack"
	"marquee/search"
	"marquee/search/elastic"
	standin "marquee/search/postgres"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/strictjson"
)

// bothEngines returns the index and the fallback over the same films.
func bothEngines(t *testing.T) (index, fallback search.Engine) {
	t.Helper()
	s, _ := imported(t, manyFilms)
	return indexOf(t, s, nil), standin.New(s)
}

// imported returns a store of the records, and its database.
func imported(t *testing.T, records func(yield func(*incoming.Record, error) bool)) (s *postgres.Store, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	url = devstack.Postgres(t)
	if _, err := postgres.Migrate(ctx, url, postgres.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(ctx, url, postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.Import(ctx, records, importer.Options{Source: "test", Who: "test"}); err != nil {
		t.Fatal(err)
	}
	return s, url
}

// indexOf returns an index of everything in the store, without an indexer. words may be nil.
func indexOf(t *testing.T, s *postgres.Store, words elastic.Vocabulary) search.Engine {
	t.Helper()
	return shardsOf(t, s, words, 1)
}

// shardsOf is indexOf with a number of shards.
func shardsOf(t *testing.T, s *postgres.Store, words elastic.Vocabulary, shards int) search.Engine {
	t.Helper()
	alias := devstack.IndexPrefix(t) + "catalogue"
	c, err := elastic.Open(elastic.Config{URLs: []string{devstack.Elasticsearch(t)}, Alias: alias, Shards: shards, Timeout: time.Minute, Indexed: func() int64 { return 1 }, Vocabulary: words})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	copyIndex(t, s, c, alias+"-a")
	return c
}

// manyFilms yields films that share titles, years and genres, or lack them.
func manyFilms(yield func(*incoming.Record, error) bool) {
	for i := range 40 {
		title := []string{"Star", "Stär Wars", "A Star", "star wars", "Zodiac Star"}[i%5]
		body := fmt.Sprintf(`{"title": "%s %d", "release_year": %d}`, title, i%3, 1990+i%4)
		if i%7 == 0 {
			body = fmt.Sprintf(`{"title": "%s"}`, title)
		}
		v, _ := strictjson.Parse([]byte(body))
		e := edit.Check(storage.Movie, v.(storage.Members))
		e.Values["genres"] = []any{edit.Reference{Name: "Drama"}}
		if !yield(&incoming.Record{Position: incoming.Position{File: "films", Line: i + 1}, Noun: storage.Movie, Key: fmt.Sprint(i), Edit: e}, nil) {
			return
		}
	}
}

// copyIndex makes an index of everything in the store.
func copyIndex(t *testing.T, s *postgres.Store, c *elastic.Client, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := c.CreateIndex(ctx, name); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AllDocuments(ctx, search.IndexedNouns(), func(page []storage.Revision) error {
		ops := make([]search.Operation, len(page))
		for i, r := range page {
			ops[i] = search.Operation{Version: r.DocumentVersion, ObjectVersion: r.Version, Noun: r.Document.Noun, ID: r.Document.ID, Document: r.Document}
		}
		if refusals, err := c.Bulk(ctx, name, ops); err != nil || len(refusals) > 0 {
			return fmt.Errorf("%v, %w", refusals, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := c.Refresh(ctx, name); err != nil {
		t.Fatal(err)
	}
	if err := c.SwapAlias(ctx, name); err != nil {
		t.Fatal(err)
	}
}

// walk reads a list page by page, from each engine in turn.
func walk(t *testing.T, q storage.Query, engines ...search.Engine) []string {
	t.Helper()
	var ids []string
	for i := 0; ; i++ {
		page, err := engines[i%len(engines)].List(t.Context(), &q)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Objects {
			ids = append(ids, o.ID)
		}
		if page.Next == nil || i > 100 {
			return ids
		}
		q.After = page.Next
	}
}

// A cursor of one engine continues in the other, in every order but relevance. By
// relevance the other engine refuses it.
func TestCursorsContinueInTheOtherEngine(t *testing.T) {
	t.Parallel()
	index, fallback := bothEngines(t)
	drama := filtered("genres", "drama")
	exact, expression := byValue(storage.Exact, "star"), byValue(storage.Regex, "(?i)st.r")
	for _, q := range []*storage.Query{drama, exact, expression} {
		for i := range storage.Movie.Sorts {
			for _, descending := range []bool{false, true} {
				q.Order, q.Limit = storage.Order{Sort: &storage.Movie.Sorts[i], Descending: descending}, 3
				want := walk(t, *q, fallback)
				if got := walk(t, *q, index, fallback); !slices.Equal(got, want) || len(want) == 0 {
					t.Errorf("by %s, descending %v: got %v, want %v", q.Order.Sort.Name, descending, got, want)
				}
				if got := walk(t, *q, fallback, index); !slices.Equal(got, want) {
					t.Errorf("by %s, descending %v, the fallback first: got %v, want %v", q.Order.Sort.Name, descending, got, want)
				}
			}
		}
	}
	q := byWords("star wars")
	q.Limit = 3
	for _, engines := range [][]search.Engine{{index, fallback}, {fallback, index}} {
		if ids := walk(t, *q, engines[0]); len(ids) != 16 {
			t.Errorf("got %d films by relevance, want 16", len(ids))
		}
		page, err := engines[0].List(t.Context(), q)
		if err != nil || page.Next == nil {
			t.Fatal(page, err)
		}
		further := *q
		further.After = page.Next
		if _, err := engines[1].List(t.Context(), &further); storage.CodeOf(err) != storage.Invalid || !strings.Contains(err.Error(), "cursor belongs to the ranking") {
			t.Errorf("a cursor of the other ranking: got %v, want invalid", err)
		}
	}
}
