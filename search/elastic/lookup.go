package elastic

import (
	"context"
	"slices"
	"sync"

	"marquee/search/elastic/document"
	"marquee/search/elastic/query"
	"marquee/storage"
	"marquee/storage/spelling"
)

// maxKnown bounds the ids that are remembered to exist, of some 100 bytes each.
const maxKnown = 20_000

// known remembers which objects exist at one version of the index. Ids of missing
// objects are looked up each time, because the error suggests a nearest id.
type known struct {
	mu      sync.Mutex
	version int64
	keys    map[string]bool
}

func newKnown() *known { return &known{keys: map[string]bool{}} }

// unknown returns the keys that are not known to exist at the version.
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

// lookUp finds out, in parallel with the search, whether the objects that a query names
// exist. The returned function waits, and returns the missing ones of Query.IDs, or the
// error of a condition with missing ids.
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
		if version != 0 { // at version 0, writes go unnoticed
			c.known.add(there, version)
		}
		missing := slices.DeleteFunc(asked, func(key string) bool { return found[key] })
		return c.report(ctx, q, missing)
	}
}

// named returns the keys of all objects that a query names.
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

// target returns the noun whose ids a condition has, nil for other conditions.
func target(c *storage.Condition) *storage.Noun {
	if c.Filter.Kind != storage.AnyOf && c.Filter.Kind != storage.AllOf {
		return nil
	}
	return storage.NounByName(c.Filter.Target)
}

// existing returns the keys that are in the index.
func (c *Client) existing(ctx context.Context, keys []string) (map[string]bool, error) {
	found := map[string]bool{}
	for part := range slices.Chunk(keys, maxPage) {
		a, err := c.search(ctx, &request{clause: query.IDs(part), size: len(part), source: "false"})
		if err != nil {
			return nil, err
		}
		for _, h := range a.Hits.Hits {
			found[h.ID] = true
		}
	}
	return found, nil
}

// report returns the missing ids of Query.IDs, or an error with the missing ids of
// conditions.
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
		missingIDs := slices.DeleteFunc(slices.Clone(cond.IDs), func(id string) bool { return !slices.Contains(keys, document.Key(n, id)) })
		if len(missingIDs) == 0 {
			continue
		}
		slugs := c.slugs(ctx, n)
		for _, id := range missingIDs {
			faults = append(faults, storage.Fault{Parameter: cond.Filter.Name, Value: storage.Excerpt(id),
				Reason: "is not the id of a " + n.Name, Nearest: spelling.NearestSlug(id, slugs)})
		}
	}
	if len(faults) == 0 {
		return missing, nil
	}
	return nil, &storage.Error{Code: storage.Invalid, Detail: "the query names an object that does not exist", Faults: faults}
}

// maxSlugs is how many ids are compared with one that does not exist, as in
// storage/postgres.
const maxSlugs = 1000

// slugs returns the ids that may be suggested for a missing one. There are none for
// numbers, and none when the index does not answer.
func (c *Client) slugs(ctx context.Context, n *storage.Noun) []string {
	if !n.Slug {
		return nil
	}
	a, err := c.search(ctx, &request{clause: query.OfNoun(n), size: maxSlugs, source: "false", sort: `[{"id":"asc"}]`})
	if err != nil {
		return nil
	}
	ids := make([]string, len(a.Hits.Hits))
	for i := range ids {
		ids[i] = a.Hits.Hits[i].id()
	}
	return ids
}
