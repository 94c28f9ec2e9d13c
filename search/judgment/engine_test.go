package judgment_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search"
	"marquee/search/elastic"
	"marquee/search/postgres"
	"marquee/search/text"
	"marquee/search/vocabulary"
	"marquee/storage"
	"marquee/storage/dataset"
	store "marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/tail"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// ranker returns the ids of the first films for a text, best first.
type ranker struct {
	name string
	find func(t testing.TB, text string, limit int) []string
}

// library is TMDB's 4,803 films in every engine.
type library struct {
	films map[string]*storage.Document // by id
	ids   map[string]string            // by TMDB's key
	// rankers are Elasticsearch, PostgreSQL, and the plain query.
	rankers []ranker
}

// stored returns a store of the films.
func stored(t testing.TB) *store.Store {
	t.Helper()
	url := devstack.Postgres(t)
	if _, err := store.Migrate(await.Context(t), url, store.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(await.Context(t), url, store.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	paths, err := filepath.Glob(filepath.Join(devstack.Data(t, "tmdb-5000"), "*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := dataset.Open("tmdb5000", paths)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if _, err := s.Import(await.Context(t), source.Records(await.Context(t)), importer.Options{Source: source.Name()}); err != nil {
		t.Fatal(err)
	}
	if err := s.Analyze(await.Context(t)); err != nil {
		t.Fatal(err)
	}
	return s
}

// open returns the films, and every engine over them.
func open(t testing.TB) *library {
	t.Helper()
	s := stored(t)
	l := &library{films: map[string]*storage.Document{}, ids: map[string]string{}}
	var ops []search.Operation
	if _, err := s.AllDocuments(await.Context(t), search.IndexedNouns(), func(page []storage.Revision) error {
		for _, r := range page {
			d := r.Document
			if d.Noun == storage.Movie {
				l.films[d.ID] = d
			}
			ops = append(ops, search.Operation{Version: r.DocumentVersion, Noun: d.Noun, ID: d.ID, Document: d, ObjectVersion: r.Version})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Export(await.Context(t), func(o *storage.Object, keys map[string]string) error {
		for _, key := range keys {
			if o.Noun == storage.Movie {
				l.ids[key] = o.ID
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	texts := map[string]map[string]any{}
	for id, d := range l.films {
		texts[id] = map[string]any{"title": d.Fields["title"], "description": d.Fields["description"], "names": d.Names["persons"]}
	}
	prefix := devstack.IndexPrefix(t)
	l.rankers = []ranker{
		{"Elasticsearch", engine(index(t, prefix+"films", ops, words(t, s)))},
		{"PostgreSQL", engine(postgres.New(s))},
		{"plain multi_match", plain(t, prefix+"plain", texts)},
	}
	return l
}

// words returns the words of the films.
func words(t testing.TB, s *store.Store) *vocabulary.Copy {
	t.Helper()
	log := tail.New(tail.Config{Source: s})
	v := vocabulary.New(vocabulary.Config{Source: s, Log: log})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { log.Run(ctx) })
	running.Go(func() { v.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	<-v.Loaded()
	return v
}

// index fills an index and points the alias to it.
func index(t testing.TB, alias string, ops []search.Operation, v elastic.Vocabulary) *elastic.Client {
	t.Helper()
	c, err := elastic.Open(elastic.Config{URLs: []string{devstack.Elasticsearch(t)}, Alias: alias, Timeout: time.Minute, Vocabulary: v})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(await.Context(t)) })
	name := alias + "-1"
	if err := c.CreateIndex(await.Context(t), name); err != nil {
		t.Fatal(err)
	}
	if refusals, err := c.Bulk(await.Context(t), name, ops); err != nil || len(refusals) > 0 {
		t.Fatal(err, refusals)
	}
	if err := c.Refresh(await.Context(t), name); err != nil {
		t.Fatal(err)
	}
	if err := c.SwapAlias(await.Context(t), name); err != nil {
		t.Fatal(err)
	}
	return c
}

// engine finds films like a client.
func engine(e search.Engine) func(testing.TB, string, int) []string {
	return func(t testing.TB, text string, limit int) []string {
		t.Helper()
		page, err := e.List(await.Context(t), &storage.Query{Noun: storage.Movie, Limit: limit, Order: storage.Order{Sort: &storage.Relevance},
			Text: &storage.TextQuery{Kind: storage.Match, Query: text}})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		ids := make([]string, len(page.Objects))
		for i := range page.Objects {
			ids[i] = page.Objects[i].ID
		}
		return ids
	}
}
