package elastic

import (
	"context"
	"maps"
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

// unknown returns the references to objects that are not known to exist at the version.
func (k *known) unknown(all []reference, version int64) []reference {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.DeleteFunc(all, func(r reference) bool { return version == k.version && k.keys[r.key] })
}

func (k *known) add(keys map[string]bool, version int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if version != k.version || len(k.keys)+len(keys) > maxKnown {
		k.version, k.keys = version, map[string]bool{}
	}
	maps.Copy(k.keys, keys)
}

// reference is an object that a query names.
type reference struct {
	noun    *storage.Noun
	id, key string
	// parameter is the name of the condition, "" for an id of Query.IDs.
	parameter string
}

// references returns the objects that a query names and that must exist, or are reported
// as missing.
func references(q *storage.Query) []reference {
	var all []reference
	add := func(n *storage.Noun, parameter string, ids []string) {
		for _, id := range ids {
			all = append(all, reference{noun: n, id: id, key: document.Key(n, id), parameter: parameter})
		}
	}
	add(q.Noun, "", q.IDs)
	if q.Lenient {
		return all
	}
	for i := range q.Conditions {
		c := &q.Conditions[i]
		if n := storage.NounByName(c.Filter.Target); n != nil && (c.Filter.Kind == storage.AnyOf || c.Filter.Kind == storage.AllOf) {
			add(n, c.Filter.Name, c.IDs)
		}
	}
	return all
}

// lookUp finds out, in parallel with the search, whether the objects that a query names
// exist. The returned function waits, and returns the missing ones of Query.IDs, or the
// error of a condition with missing ids.
func (c *Client) lookUp(ctx context.Context, q *storage.Query, version int64) func() ([]string, error) {
	asked := c.known.unknown(references(q), version)
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
		if version != 0 { // at version 0, writes go unnoticed
			c.known.add(found, version)
		}
		return c.report(ctx, slices.DeleteFunc(asked, func(r reference) bool { return found[r.key] }))
	}
}

// existing returns the keys of the objects that are in the index.
func (c *Client) existing(ctx context.Context, asked []reference) (map[string]bool, error) {
	found := map[string]bool{}
	for part := range slices.Chunk(asked, maxPage) {
		keys := make([]string, len(part))
		for i := range part {
			keys[i] = part[i].key
		}
		a, err := c.search(ctx, &request{clause: query.IDs(keys), size: len(keys), source: "false"})
		if err != nil {
			return nil, err
		}
		for _, h := range a.Hits.Hits {
			found[h.ID] = true
		}
	}
	return found, nil
}

// report returns the ids of Query.IDs among missing objects, which are the first, or an
// error with those of conditions.
func (c *Client) report(ctx context.Context, missing []reference) (ids []string, err error) {
	var faults []storage.Fault
	slugs := map[*storage.Noun][]string{}
	for i := range missing {
		r := &missing[i]
		if r.parameter == "" {
			ids = append(ids, r.id)
			continue
		}
		if len(faults) == storage.MaxFaults {
			break
		}
		if _, ok := slugs[r.noun]; !ok {
			slugs[r.noun] = c.slugs(ctx, r.noun)
		}
		faults = append(faults, storage.Fault{Parameter: r.parameter, Value: storage.Excerpt(r.id),
			Reason: "is not the id of a " + r.noun.Name, Nearest: spelling.NearestSlug(r.id, slugs[r.noun])})
	}
	if len(faults) == 0 {
		return ids, nil
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
