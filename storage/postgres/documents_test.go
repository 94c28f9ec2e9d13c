package postgres_test

import (
	"slices"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres/storetest"
)

// Documents and AllDocuments return the latest documents, with both versions.
func TestRevisions(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Movie, `{"title": "One", "starring": [{"name": "Ann"}], "genres": [{"name": "Drama"}]}`)
	if _, err := storetest.Update(t, s, storage.Person, "1", `{"name": "Anna"}`); err != nil {
		t.Fatal(err)
	}
	found, at, err := s.Documents(await.Context(t), storage.Movie, []string{"1", "2", "no id"})
	if err != nil || at != 2 || len(found) != 1 {
		t.Fatalf("%+v at %d, %v", found, at, err)
	}
	r := found[0]
	if r.Version != 1 || r.DocumentVersion != 2 || !slices.Equal(r.Document.Names["persons"], []string{"Anna"}) || !slices.Equal(r.Document.Names["genres"], []string{"Drama"}) {
		t.Errorf("%+v %v", r, r.Document.Names)
	}
	var seen []string
	at, err = s.AllDocuments(await.Context(t), []*storage.Noun{storage.Genre, storage.Movie}, func(page []storage.Revision) error {
		for _, r := range page {
			seen = append(seen, r.Document.Noun.Name+" "+r.Document.ID)
		}
		return nil
	})
	if err != nil || at != 2 || !slices.Equal(seen, []string{"genre drama", "movie 1"}) {
		t.Errorf("%v at %d, %v", seen, at, err)
	}
}
