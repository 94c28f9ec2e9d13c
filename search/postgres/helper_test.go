package postgres_test

import (
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search/postgres"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/edit"
	store "marquee/storage/postgres"
	"marquee/storage/strictjson"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// open returns an engine over a new, empty database.
func open(t testing.TB) (*postgres.Engine, *store.Store) {
	t.Helper()
	return openAt(t, devstack.Postgres(t))
}

func openAt(t testing.TB, url string) (*postgres.Engine, *store.Store) {
	t.Helper()
	if _, err := store.Migrate(await.Context(t), url, store.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(await.Context(t), url, store.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return postgres.New(s), s
}

// write stores an object and returns its id.
func write(t testing.TB, s *store.Store, op storage.Operation, n *storage.Noun, id, body string) string {
	t.Helper()
	v, fault := strictjson.Parse([]byte(body))
	if fault != nil {
		t.Fatalf("%s: %+v", body, fault)
	}
	out, err := s.Write(await.Context(t), &edit.Write{Operation: op, Noun: n, ID: id, Edit: edit.Check(n, v.(storage.Members)), Who: "test"})
	if err != nil {
		t.Fatalf("%s %s %s: %v", op, n.Name, body, err)
	}
	return out.Object.ID
}

// matching searches for the first objects of a match.
func matching(n *storage.Noun, text string, limit int) *storage.Query {
	return &storage.Query{Noun: n, Text: &storage.TextQuery{Kind: storage.Match, Query: text},
		Order: storage.Order{Sort: &storage.Relevance}, Limit: limit}
}

// list answers a query.
func list(t testing.TB, e *postgres.Engine, q *storage.Query) *storage.Page {
	t.Helper()
	page, err := e.List(await.Context(t), q)
	if err != nil {
		t.Fatalf("%s %q: %v", q.Text.Kind, q.Text.Query, err)
	}
	return page
}

// labels returns the titles or names of the objects on a page.
func labels(t testing.TB, page *storage.Page) []string {
	t.Helper()
	out := []string{}
	for _, o := range page.Objects {
		d, err := storage.ParseDocument(o.Noun, o.Body)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d.Label())
	}
	return out
}

func init() { postgres.Films = devstack.Films }
