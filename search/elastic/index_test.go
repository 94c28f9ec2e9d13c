package elastic_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search"
	"marquee/search/elastic"
	"marquee/storage"
)

// The highest version wins in any order of arrival. A deletion leaves a trace that
// prevents older writes.
func TestBulkAppliesTheHighestVersion(t *testing.T) {
	t.Parallel()
	c, alias := open(t, nil)
	index := fill(t, c, alias, film(1, "First", ""))
	op := func(version int64, d *storage.Document) search.Operation {
		return search.Operation{Version: version, ObjectVersion: version, Noun: storage.Movie, ID: "1", Document: d}
	}
	steps := []struct {
		op   search.Operation
		want string
	}{
		{op(5, film(1, "Five", "")), "Five"}, {op(4, film(1, "Four", "")), "Five"}, {op(5, film(1, "Five again", "")), "Five again"},
		{op(4, nil), "Five again"}, {op(6, nil), ""}, {op(5, film(1, "Late", "")), ""}, {op(7, film(1, "Back", "")), "Back"}, {op(9, nil), ""}, {op(9, nil), ""},
	}
	for i, s := range steps {
		apply(t, c, index, s.op)
		page := list(t, c, &storage.Query{Noun: storage.Movie, Limit: 10, Order: sortBy(storage.Movie, "title")})
		if got := strings.Join(bodiesOf(page), ""); (s.want == "") != (got == "") || !strings.Contains(got, `"title":"`+s.want+`"`) && s.want != "" {
			t.Fatalf("step %d: %s, want %s", i, got, s.want)
		}
	}
}

// An indexed object has its body, version and time. A scan returns versions and
// checksums.
func TestObjectsAndScan(t *testing.T) {
	t.Parallel()
	c, alias := open(t, nil)
	d := film(12, "Metropolis", "A city.")
	index := fill(t, c, alias, named(storage.Person, "12", "Fritz Lang"))
	op := search.Operation{Version: 9, ObjectVersion: 3, Noun: storage.Movie, ID: "12", Document: d}
	apply(t, c, index, op)
	want := storage.Object{Noun: storage.Movie, ID: "12", Version: 3, Modified: time.Unix(1012, 0).UTC(), Body: d.AppendJSON(nil)}
	page := list(t, c, &storage.Query{Noun: storage.Movie, Limit: 10, Order: sortBy(storage.Movie, "title")})
	got, ok, err := c.Object(await.Context(t), index, storage.Movie, "12")
	if err != nil || !ok {
		t.Fatal(err, ok)
	}
	for _, o := range []storage.Object{page.Objects[0], got} {
		if string(o.Body) != string(want.Body) || o.Version != want.Version || !o.Modified.Equal(want.Modified) || o.ID != want.ID {
			t.Errorf("got %+v, want %+v", o, want)
		}
	}
	if _, ok, err := c.Object(await.Context(t), index, storage.Movie, "13"); ok || err != nil {
		t.Errorf("Object of a missing id: got %t, %v; want false", ok, err)
	}
	seen := map[string]int64{}
	err = c.Scan(await.Context(t), index, func(noun, id string, version int64, checksum string) error {
		seen[noun+id] = version
		if noun == "movie" && checksum != search.Checksum(&op) {
			t.Errorf("checksum %q, want %q", checksum, search.Checksum(&op))
		}
		return nil
	})
	if n, _ := c.Count(await.Context(t), index); err != nil || len(seen) != 2 || n != 2 || seen["movie12"] != 9 || seen["person12"] != 1 {
		t.Errorf("scan: %v %v, count %d", seen, err, n)
	}
	stop := errors.New("enough")
	if err := c.Scan(await.Context(t), index, func(string, string, int64, string) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("scan: %v", err)
	}
}

// Physical indices are created, listed, swapped and deleted.
func TestIndicesOfAnAlias(t *testing.T) {
	t.Parallel()
	c, alias := open(t, nil)
	ctx := await.Context(t)
	if at, err := c.Alias(ctx); at != "" || err != nil {
		t.Fatalf("alias %q %v", at, err)
	}
	if all, err := c.Indices(ctx); len(all) != 0 || err != nil {
		t.Fatalf("indices %v %v", all, err)
	}
	first := fill(t, c, alias, film(1, "One", ""))
	if err := c.CreateIndex(ctx, first); err == nil {
		t.Error("CreateIndex of an existing index: got nil, want an error")
	}
	second := alias + "-b"
	if err := c.CreateIndex(ctx, second); err != nil {
		t.Fatal(err)
	}
	all, err := c.Indices(ctx)
	if want := []search.Physical{{Name: first, Mapping: c.Mapping()}, {Name: second, Mapping: c.Mapping()}}; err != nil || !slices.Equal(all, want) {
		t.Errorf("indices %v %v, want %v", all, err, want)
	}
	if err := c.SwapAlias(ctx, second); err != nil {
		t.Fatal(err)
	}
	if at, err := c.Alias(ctx); at != second || err != nil {
		t.Errorf("alias %q %v", at, err)
	}
	if err := errors.Join(c.DeleteIndex(ctx, first), c.DeleteIndex(ctx, first)); err != nil {
		t.Error(err)
	}
	ops := []search.Operation{{Version: 1, Noun: storage.Movie, ID: "1", Document: film(1, "One", "")}}
	if _, err := c.Bulk(ctx, first, ops); !errors.Is(err, search.ErrNoIndex) {
		t.Errorf("Bulk into a missing index: got %v, want %v", err, search.ErrNoIndex)
	}
	for name, err := range map[string]error{"refresh": c.Refresh(ctx, first), "swap": c.SwapAlias(ctx, first),
		"scan": c.Scan(ctx, first, func(string, string, int64, string) error { return nil })} {
		if !errors.Is(err, search.ErrNoIndex) {
			t.Errorf("%s of a missing index: got %v, want %v", name, err, search.ErrNoIndex)
		}
	}
}

// Bulk returns refused operations with their reasons, and applies the others.
func TestBulkReturnsRefusals(t *testing.T) {
	t.Parallel()
	c, alias := open(t, nil)
	index := fill(t, c, alias)
	bad := film(2, "Bad", "", "release_year", "no year")
	ops := []search.Operation{}
	for _, d := range []*storage.Document{film(1, "Good", ""), bad, film(3, "Good too", "")} {
		ops = append(ops, search.Operation{Version: 1, Noun: d.Noun, ID: d.ID, Document: d})
	}
	refusals, err := c.Bulk(await.Context(t), index, ops)
	if err != nil || len(refusals) != 1 || refusals[0].ID != "2" || refusals[0].Retryable || !strings.Contains(refusals[0].Reason, "release_year") {
		t.Fatalf("refusals %+v, %v", refusals, err)
	}
	if err := c.Refresh(await.Context(t), index); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Count(await.Context(t), index); n != 2 || err != nil {
		t.Errorf("count %d %v", n, err)
	}
}

// Many operations are split into several requests of bounded size.
func TestBulkSplitsRequests(t *testing.T) {
	t.Parallel()
	c, alias := open(t, nil)
	index := fill(t, c, alias)
	text := strings.Repeat(".", 20000) // no words, which would take long to analyse
	var docs []*storage.Document
	for i := range 1500 {
		docs = append(docs, film(i+1, "Film", text[:20000*((i+1)%2)]))
	}
	put(t, c, index, 1, docs...)
	if n, err := c.Count(await.Context(t), index); n != len(docs) || err != nil {
		t.Errorf("count %d %v", n, err)
	}
}

// A server that does not exist is Unavailable, without a wait.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	c, err := elastic.Open(elastic.Config{URLs: []string{"http://127.0.0.1:9"}})
	if err != nil {
		t.Fatal(err)
	}
	q := &storage.Query{Noun: storage.Movie, Limit: 10, Order: sortBy(storage.Movie, "title")}
	_, err = c.List(await.Context(t), q)
	if storage.CodeOf(err) != storage.Unavailable {
		t.Errorf("List: got %v, want unavailable", err)
	}
	_, err = c.Bulk(await.Context(t), "nowhere", []search.Operation{{Noun: storage.Movie, ID: "1"}})
	if storage.CodeOf(err) != storage.Unavailable {
		t.Errorf("Bulk: got %v, want unavailable", err)
	}
	without, _ := elastic.Open(elastic.Config{URLs: []string{devstack.Elasticsearch(t)}, Alias: devstack.IndexPrefix(t) + "none"})
	if _, err = without.List(await.Context(t), q); storage.CodeOf(err) != storage.Unavailable {
		t.Errorf("List without an alias: got %v, want unavailable", err)
	}
}
