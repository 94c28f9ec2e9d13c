package creation

import (
	"context"
	"maps"
	"slices"

	"marquee/storage"
	"marquee/storage/postgres/listing"
)

// A run is the catalogue of its creations: what was read, with what earlier ones made.
var _ Catalogue = &Run{}

// Labels returns the known labels of objects by id. The caller may change the map: it adds
// objects that a creation makes, and this one may be refused.
func (r *Run) Labels(_ context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	labels := make(map[string]string, len(ids))
	for _, id := range ids {
		if label, known := r.known.labels[n][id]; known {
			labels[id] = label
		}
	}
	return labels, nil
}

// IDsByName returns the ids of the known objects by their folded names.
func (r *Run) IDsByName(_ context.Context, n *storage.Noun, _ []string) (map[string][]string, error) {
	return r.known.ids[n], nil
}

// Slugs returns ids that may be suggested. They are read once.
func (r *Run) Slugs(ctx context.Context, n *storage.Noun) ([]string, error) {
	if slugs, read := r.slugs[n]; read {
		return slugs, nil
	}
	slugs, err := listing.Slugs(ctx, r.tx, n)
	r.slugs[n] = slugs
	return slugs, err
}

// Above returns the ids of the parents of an object.
func (r *Run) Above(_ context.Context, n *storage.Noun, id string, _ []string) ([]string, error) {
	above, exists := r.known.above[n][id]
	if !exists {
		return nil, storage.NoObject(n, id)
	}
	return above, nil
}

// clone copies facts so that the copy can be added to.
func (f *facts) clone() *facts {
	c := &facts{labels: copied(f.labels), ids: copied(f.ids), above: copied(f.above), taken: copied(f.taken)}
	for _, ids := range c.ids {
		for name := range ids {
			ids[name] = slices.Clip(ids[name]) // appending copies
		}
	}
	return c
}

func copied[K, L comparable, V any](m map[K]map[L]V) map[K]map[L]V {
	c := make(map[K]map[L]V, len(m))
	for k, inner := range m {
		c[k] = maps.Clone(inner)
	}
	return c
}
