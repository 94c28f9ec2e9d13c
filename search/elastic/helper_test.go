package elastic_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search"
	"marquee/search/elastic"
	"marquee/storage"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// open returns a client with an alias of its own.
func open(t testing.TB, indexed func() int64) (*elastic.Client, string) {
	t.Helper()
	return openWith(t, elastic.Config{Indexed: indexed})
}

// openWith returns a client with an alias of its own and some configuration.
func openWith(t testing.TB, config elastic.Config) (*elastic.Client, string) {
	t.Helper()
	alias := devstack.IndexPrefix(t) + "catalogue"
	config.URLs, config.Alias, config.Timeout = []string{devstack.Elasticsearch(t)}, alias, time.Minute
	c, err := elastic.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(await.Context(t)) })
	return c, alias
}

// fill makes an index of the documents and points the alias to it.
func fill(t testing.TB, c *elastic.Client, alias string, docs ...*storage.Document) (index string) {
	t.Helper()
	index = alias + "-a"
	ctx := await.Context(t)
	if err := c.CreateIndex(ctx, index); err != nil {
		t.Fatal(err)
	}
	put(t, c, index, 1, docs...)
	if err := c.SwapAlias(ctx, index); err != nil {
		t.Fatal(err)
	}
	return index
}

// put indexes documents at a version and makes them visible.
func put(t testing.TB, c *elastic.Client, index string, version int64, docs ...*storage.Document) {
	t.Helper()
	ops := make([]search.Operation, len(docs))
	for i, d := range docs {
		ops[i] = search.Operation{Version: version, ObjectVersion: version, Noun: d.Noun, ID: d.ID, Document: d}
	}
	apply(t, c, index, ops...)
}

func apply(t testing.TB, c *elastic.Client, index string, ops ...search.Operation) {
	t.Helper()
	refusals, err := c.Bulk(await.Context(t), index, ops)
	if err != nil || len(refusals) > 0 {
		t.Fatal(err, refusals)
	}
	if err := c.Refresh(await.Context(t), index); err != nil {
		t.Fatal(err)
	}
}

// named makes a genre or person.
func named(n *storage.Noun, id, name string) *storage.Document {
	return &storage.Document{Noun: n, ID: id, Fields: map[string]any{"name": name}}
}

// film makes a movie with a title and a description.
func film(id int, title, description string, fields ...any) *storage.Document {
	d := &storage.Document{Noun: storage.Movie, ID: strconv.Itoa(id), Names: map[string][]string{},
		Fields: map[string]any{"title": title, "added": time.Unix(int64(1000+id), 0).UTC(), "modified": time.Unix(int64(1000+id), 0).UTC()}}
	if description != "" {
		d.Fields["description"] = description
	}
	for i := 0; i+1 < len(fields); i += 2 {
		if name := fields[i].(string); name == "names" {
			d.Names["persons"] = fields[i+1].([]string)
		} else {
			d.Fields[name] = fields[i+1]
		}
	}
	return d
}

// list answers a query or fails the test.
func list(t rapidTB, c *elastic.Client, q *storage.Query) *storage.Page {
	page, err := c.List(context.Background(), q)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return page
}

// rapidTB is what testing and rapid have in common.
type rapidTB interface {
	Fatalf(format string, args ...any)
}

func ids(page *storage.Page) []string {
	out := []string{}
	for _, o := range page.Objects {
		out = append(out, o.ID)
	}
	return out
}

// sortBy returns the order of a name; "-" before it is descending.
func sortBy(n *storage.Noun, name string) storage.Order {
	if name == storage.Relevance.Name {
		return storage.Order{Sort: &storage.Relevance}
	}
	descending := name[0] == '-'
	if descending {
		name = name[1:]
	}
	i := slices.IndexFunc(n.Sorts, func(s storage.Sort) bool { return s.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("no sort %s", name))
	}
	return storage.Order{Sort: &n.Sorts[i], Descending: descending}
}
