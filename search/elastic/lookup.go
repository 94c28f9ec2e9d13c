package elastic

import (
	"context"
	"slices"
	"strings"
	"sync"

	"marquee/search/elastic/document"
	"marquee/search/elastic/query"
	"marquee/storage"
	"marquee/storage/spelling"
)

// maxKnown bounds how many ids are remembered to exist: some 100 bytes each.
const maxKnown = 20_000

// known remembers what exists at one version of the index. Nothing is known to
// be missing: that has to be looked up each time, to be told with a nearest id.
type known struct {
	mu      sync.Mutex
	version int64
	keys    map[string]bool
}

func newKnown() *known { return &known{keys: map[string]bool{}} }

// unknown are those keys that are not known to exist at the version.
func (k *known) unknown(keys []string, version int64) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return version == k.version && k.keys[key] })
}

func (k *known) add(keys []string, version int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if version != k.version || len(k.keys)+len(keys) > maxKnown {
		k.version = version
		clear(k.keys)
	}
	for _, key := range keys {
		k.keys[key] = true
	}
}

// lookUp finds out, beside the search itself, whether what a query names exists.
// The function that it returns waits, and returns those of Query.IDs that do
// not, and the error of a condition with ids that do not.
func (c *Client) lookUp(ctx context.Context, q *storage.Query, version int64) func() ([]string, error) {
	keys := named(q)
	asked := c.known.unknown(keys, version)
	if len(asked) == 0 {
		return func() ([]string, error) { return nil, nil }
	}
	var found map[string]bool
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		found, err = c.existing(ctx, asked)
	}()
	return func() ([]string, error) {
		<-done
		if err != nil {
			return nil, err
		}
		there := slices.DeleteFunc(slices.Clone(asked), func(key string) bool { return !found[key] })
		if version != 0 { // 0 is a client that is not told of writes
			c.known.add(there, version)
		}
		missing := slices.DeleteFunc(asked, func(key string) bool { return found[key] })
		return c.report(ctx, q, missing)
	}
}

// named are the keys of all objects that a query names.
func named(q *storage.Query) []string {
	var keys []string
	for _, id := range q.IDs {
		keys = append(keys, document.Key(q.Noun, id))
	}
	for i := range q.Conditions {
		if n := target(&q.Conditions[i]); n != nil {
			for _, id := range q.Conditions[i].IDs {
				keys = append(keys, document.Key(n, id))
			}
		}
	}
	return keys
}

// target is the noun whose ids a condition names, nil for conditions without.
func target(c *storage.Condition) *storage.Noun {
	if c.Filter.Kind != storage.AnyOf && c.Filter.Kind != storage.AllOf {
		return nil
	}
	return storage.NounByName(c.Filter.Target)
}

// existing tells which keys are in the index.
func (c *Client) existing(ctx context.Context, keys []string) (map[string]bool, error) {
	found := map[string]bool{}
	for part := range slices.Chunk(keys, maxPage) {
		a, err := c.search(ctx, c.reads, query.Object{"query": query.Object{"ids": query.Object{"values": part}}, "size": len(part), "_source": false})
		if err != nil {
			return nil, err
		}
		for _, h := range a.Hits.Hits {
			found[h.ID] = true
		}
	}
	return found, nil
}

// report sorts missing keys into ids that are merely missing and ids that make
// a condition a fault of the query.
func (c *Client) report(ctx context.Context, q *storage.Query, keys []string) ([]string, error) {
	var missing []string
	for _, id := range q.IDs {
		if slices.Contains(keys, document.Key(q.Noun, id)) {
			missing = append(missing, id)
		}
	}
	var faults []storage.Fault
	for i := range q.Conditions {
		cond := &q.Conditions[i]
		n := target(cond)
		if n == nil {
			continue
		}
		wrong := slices.DeleteFunc(slices.Clone(cond.IDs), func(id string) bool { return !slices.Contains(keys, document.Key(n, id)) })
		if len(wrong) == 0 {
			continue
		}
		meant := c.slugs(ctx, n)
		for _, id := range wrong {
			faults = append(faults, storage.Fault{Parameter: cond.Filter.Name, Value: storage.Excerpt(id),
				Reason: "is not the id of a " + n.Name, Nearest: spelling.Nearest(strings.ToLower(id), meant)})
		}
	}
	if len(faults) == 0 {
		return missing, nil
	}
	return nil, &storage.Error{Code: storage.Invalid, Detail: "the query names what does not exist", Faults: faults}
}

// maxSlugs is how many ids are compared with one that does not exist, as
// storage/postgres does.
const maxSlugs = 1000

// slugs are the ids that another one may have been meant for. Numbers are meant for
// none, and nothing is known when the index does not answer.
func (c *Client) slugs(ctx context.Context, n *storage.Noun) []string {
	if !n.Slug {
		return nil
	}
	a, err := c.search(ctx, c.reads, query.Object{"query": query.Object{"term": query.Object{"noun": n.Name}}, "size": maxSlugs,
		"_source": false, "sort": []query.Object{{"id": "asc"}}})
	if err != nil {
		return nil
	}
	ids := make([]string, len(a.Hits.Hits))
	for i := range ids {
		ids[i] = a.Hits.Hits[i].id()
	}
	return ids
}
