package importplan

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// planSources links records to the objects that have one of their keys in other sources.
// It refuses records with a key that the batch repeats.
func (g *group) planSources(ctx context.Context, records []*arrival) error {
	keys := map[string][]string{}
	for _, a := range records {
		if a.Exact == nil {
			for source, key := range a.Sources {
				keys[source] = append(keys[source], key)
			}
		}
	}
	for _, source := range slices.Sorted(maps.Keys(keys)) {
		found := g.foreseen.find(g.table.Noun, keyIn(source), keys[source])
		if err := merge(found)(g.IDsByKey(ctx, source, g.table.Noun, keys[source], false)); err != nil {
			return err
		}
		for _, a := range undecided(records) {
			g.decideSource(a, source, found)
		}
	}
	return nil
}

// decideSource decides about a record by its key in another source. found are the ids of
// objects by the key, "" for an earlier record of the batch.
func (g *group) decideSource(a *arrival, source string, found map[string]string) {
	key := a.Sources[source]
	id, taken := found[key]
	switch {
	case a.Exact != nil || key == "":
	case !taken:
		found[key] = ""
	case id == "":
		g.refuse(a, fmt.Sprintf("its key of %s is that of an earlier record: %s", source, key))
	default:
		a.link(id)
	}
}

// addKeys plans the keys of an object in the source of the import, and in the others that
// the record names.
func (g *group) addKeys(a *arrival, id string) {
	g.addKey(g.source, g.table.Noun, a.Key, id)
	for source, key := range a.Sources {
		g.addKey(source, g.table.Noun, key, id)
		g.foreseen.addKeyIn(source, g.table.Noun, key, id)
	}
}
