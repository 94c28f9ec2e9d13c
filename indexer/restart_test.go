package indexer_test

import (
	"testing"

	"marquee/deploy/await"
	"marquee/indexer"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/postgres"
)

// When the database is a copy of an earlier state, the index may have changes that were
// lost. The active indexer builds another index and removes the old one.
func TestRestoredCatalogueGetsANewIndex(t *testing.T) {
	t.Parallel()
	s, url := openAt(t)
	f := newFake()
	bring(t, s, "file", 50)
	x := start(t, indexer.Config{Store: s, Index: f, KeepFor: 1})
	x.caughtUp(s)
	old := aliasOf(t, f)
	f.tamper(func(visible map[string]fakeDocument) { visible["movie 999999"] = visible[sortedKeys(visible)[20]] })
	sql(t, url, `UPDATE catalogue SET identity = 'another'`)
	other, err := postgres.Open(await.Context(t), url, postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if !other.Restarted() {
		t.Error("Restarted() = false for a copy, want true")
	}
	must(t, other, storage.Create, storage.Movie, "", `{"title": "Afterwards"}`)
	x.until("another index is used", func() bool { return aliasOf(t, f) != old && caughtUp(t, s, f) })
	agree(t, s, f)
	x.until("the old one is removed", func() bool {
		must(t, s, storage.Create, storage.Movie, "", `{"title": "Causes another step"}`)
		all, err := f.Indices(await.Context(t))
		return err == nil && len(all) == 1
	})
}
