package importplan

import (
	"context"
	"fmt"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/reference"
	"marquee/storage/postgres/schema"
)

// linked has what is known of the objects that one link of the records refers to.
type linked struct {
	schema.Link
	known *reference.Known
	// keyed are the keys in the source of the objects that are known by name.
	keyed map[string]string
	// created are the new objects in their order, and byIdentity these by the identity of
	// references.
	created    []*storage.Document
	byIdentity map[edit.Reference]*storage.Document
	// pending set references to new objects once these have ids.
	pending []func()
}

// planReferences resolves the references to existing objects, and finds the faults of the
// others.
func (g *group) planReferences(ctx context.Context, records []*arrival) error {
	for _, l := range g.table.Links {
		var docs []*storage.Document
		for _, a := range records {
			if a.Edit != nil {
				reference.Spread(l, a.Edit, a.document)
			}
			docs = append(docs, a.document)
		}
		k, byKey, err := g.know(ctx, l, docs)
		if err != nil {
			return err
		}
		g.links = append(g.links, k)
		for _, a := range records {
			a.faults = append(a.faults, k.known.Unknown(l, a.document)...)
			k.resolve(a, byKey)
		}
	}
	return nil
}

// know reads what the catalogue knows of the references of a link. byKey are the ids of
// objects by their keys.
func (g *group) know(ctx context.Context, l schema.Link, docs []*storage.Document) (k *linked, byKey map[string]string, err error) {
	k = &linked{Link: l, known: &reference.Known{To: l.To}, byIdentity: map[edit.Reference]*storage.Document{}}
	var keys, named []string
	for _, d := range docs {
		l.Named(d, func(_ string, ref edit.Reference, _ func(string)) {
			if ref.Key != "" {
				keys = append(keys, ref.Key)
			}
		})
	}
	if byKey, err = g.idsByKey(ctx, l.To, keys, false); err != nil {
		return nil, nil, err
	}
	ids, folded := reference.Wanted(l, docs...)
	if k.known.Labels, err = g.Labels(ctx, l.To, ids); err != nil {
		return nil, nil, err
	}
	if k.known.IDs, err = g.IDsByName(ctx, l.To, folded); err != nil || len(keys) == 0 {
		return k, byKey, err
	}
	for _, some := range k.known.IDs {
		named = append(named, some...)
	}
	k.keyed, err = g.KeysByID(ctx, g.source, l.To, named)
	return k, byKey, err
}

// resolve replaces the references of a record to existing objects by ids. A key identifies
// an object whatever its name.
func (k *linked) resolve(a *arrival, byKey map[string]string) {
	k.Named(a.document, func(pointer string, ref edit.Reference, set func(string)) {
		id := byKey[ref.Key]
		if ref.Key == "" {
			id, _ = k.find(a, pointer, ref, set)
		}
		if id != "" {
			set(id)
		}
	})
}

// find returns the id of the object that a name means, "" for a new one and after a fault.
func (k *linked) find(a *arrival, pointer string, ref edit.Reference, set func(string)) (id string, ok bool) {
	id, fault := k.known.Find(ref.Name)
	switch {
	case fault == nil:
		return id, true
	case a.strict():
		fault.Pointer = pointer
		a.faults = append(a.faults, *fault)
	default:
		a.Repairs = append(a.Repairs[:len(a.Repairs):len(a.Repairs)], fmt.Sprintf("left out a %s: %s %s", k.To.Name, storage.Excerpt(ref.Name), fault.Reason))
		set(dropped)
	}
	return "", false
}

// dropped stands for a reference that its record loses.
const dropped = ""
