package importplan

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/conflict"
	"marquee/storage/textform"
)

// planSlugs sets the ids of records of a noun with slugs, as a request does.
func (g *group) planSlugs(ctx context.Context, records []*arrival) error {
	n := g.table.Noun
	if !n.Slug {
		return nil
	}
	var slugs []string
	for _, a := range records {
		if a.Exact != nil {
			continue
		}
		id, fault := a.Edit.Identify(a.document)
		if fault != nil {
			a.faults = append(a.faults, *fault)
		}
		a.document.ID, slugs = id, append(slugs, id)
	}
	labels, err := g.Labels(ctx, n, slugs)
	if err != nil {
		return err
	}
	for _, a := range records {
		label, exists := labels[a.document.ID]
		switch {
		case !exists, a.Exact != nil:
		case textform.SameLetters(label, a.document.Label()):
			a.is("id", a.document.ID)
		default:
			a.take(conflict.Taken(a.Edit, a.document, "id"))
		}
	}
	return nil
}

// is notes an existing object that has a value of the record.
func (a *arrival) is(field, id string) {
	if a.same == nil {
		a.same = map[string]string{}
	}
	a.same[field] = id
}

// take notes a value that another object has.
func (a *arrival) take(f storage.Fault) {
	a.taken = append(a.taken, storage.DescribeFaults([]storage.Fault{f}))
}

// planExact decides the records that bring their ids along: an object with the id is the
// same one, or another one.
func (g *group) planExact(ctx context.Context, records []*arrival) error {
	var ids []string
	for _, a := range records {
		if a.Exact != nil {
			ids = append(ids, a.Exact.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	have, err := g.Digests(ctx, g.table.Noun, ids)
	if err != nil {
		return err
	}
	for _, a := range records {
		switch digest, exists := have[a.Exact.ID]; {
		case exists && digest == Digest(a.document):
			a.decide(incoming.Unchanged)
		case exists:
			g.refuse(a, "id is taken by another "+g.table.Noun.Name+": restore into an empty catalogue, or leave the ids out")
		}
	}
	return nil
}

// planSources finds the objects that have the keys in other sources which records bring
// along.
func (g *group) planSources(ctx context.Context, records []*arrival) error {
	keys := map[string][]string{}
	for _, a := range records {
		for source, key := range a.Sources {
			keys[source] = append(keys[source], key)
		}
	}
	for _, source := range slices.Sorted(maps.Keys(keys)) {
		known, err := g.IDsByKey(ctx, source, g.table.Noun, keys[source], true)
		if err != nil {
			return err
		}
		for _, a := range records {
			key := a.Sources[source]
			switch id := known[key]; {
			case key == "" || id == "":
			case a.Exact == nil && source != g.source:
				a.is("its key in "+source, id)
			default:
				a.taken = append(a.taken, fmt.Sprintf("its key in %s is that of another %s: %s", source, g.table.Noun.Name, storage.Excerpt(key)))
			}
		}
	}
	return nil
}

// planDistinct finds the distinct values that other objects have.
func (g *group) planDistinct(ctx context.Context, records []*arrival) error {
	for _, u := range g.table.Distinctions() {
		var values []string
		for _, a := range records {
			if v := u.Value(a.document); v != "" {
				values = append(values, v)
			}
		}
		if len(values) == 0 {
			continue
		}
		found, err := g.IDsByValue(ctx, g.table.Noun, u, values)
		if err != nil {
			return err
		}
		for _, a := range records {
			switch id := found[u.Value(a.document)]; {
			case id == "":
			case a.Exact == nil:
				a.is(u.Name, id)
			default:
				a.take(conflict.Taken(a.Edit, a.document, u.Name))
			}
		}
	}
	return nil
}

// link links the records that are existing objects by a value that identifies these, and
// refuses those that are several or share more. An object has one key in a source.
func (g *group) link(ctx context.Context, records []*arrival) error {
	var ids []string
	for _, a := range records {
		for _, id := range a.same {
			ids = append(ids, id)
		}
	}
	keyed := map[string]string{}
	if len(ids) > 0 {
		var err error
		if keyed, err = g.KeysByID(ctx, g.source, g.table.Noun, ids); err != nil {
			return err
		}
	}
	for _, a := range records {
		id, one := a.only()
		switch {
		case len(a.same) == 0 && len(a.taken) == 0:
		case one && len(a.taken) == 0 && (a.Key == "" || keyed[id] == ""):
			a.linkTo = id
			a.decide(incoming.Linked)
			keyed[id] = a.Key
		default:
			g.refuse(a, strings.Join(append(a.conflicts(keyed[id]), a.taken...), "; "))
		}
	}
	return nil
}

// only returns the id of the object that the record is, if it is only one. A hash alone
// does not make two films one.
func (a *arrival) only() (id string, ok bool) {
	for field, other := range a.same {
		if id != "" && id != other {
			return "", false
		}
		id, ok = other, ok || field != "magnet_hash"
	}
	return id, ok
}

// conflicts returns the values that make the record an existing object, as taken ones.
// key is the object's key in the source, "" if it has none.
func (a *arrival) conflicts(key string) []string {
	var out []string
	for _, field := range slices.Sorted(maps.Keys(a.same)) {
		text := field + " is that of another " + a.Noun.Name
		if a.Noun.Field(field) != nil {
			text = storage.DescribeFaults([]storage.Fault{conflict.Taken(a.Edit, a.document, field)})
		}
		out = append(out, text)
	}
	if key != "" {
		out = append(out, fmt.Sprintf("it came with the key %s", storage.Excerpt(key)))
	}
	return out
}

// planNumbers sets the ids that the catalogue gives.
func (g *group) planNumbers(ctx context.Context, records []*arrival) error {
	var docs []*storage.Document
	for _, a := range records {
		if a.Exact == nil && !g.table.Noun.Slug {
			docs = append(docs, a.document)
		}
	}
	return g.number(ctx, g.table.Noun, docs)
}

func (g *group) number(ctx context.Context, n *storage.Noun, docs []*storage.Document) error {
	if len(docs) == 0 {
		return nil
	}
	ids, err := g.NextIDs(ctx, n, len(docs))
	if err != nil {
		return err
	}
	for i, d := range docs {
		d.ID = ids[i]
	}
	return nil
}
