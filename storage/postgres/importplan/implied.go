package importplan

import (
	"context"
	"slices"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/textform"
)

// planImplied plans the objects that the records name and that do not exist, one record
// after the other, so that a new name meets those of the records before it.
func (g *group) planImplied(ctx context.Context, records []*arrival) error {
	for _, a := range records {
		g.announce(a)
		if len(a.faults) > 0 {
			g.refuse(a, storage.DescribeFaults(a.faults))
			continue
		}
		for _, k := range g.links {
			k.imply(g, a)
		}
	}
	for _, k := range g.links {
		if err := g.create(ctx, k); err != nil {
			return err
		}
		for _, a := range undecided(records) {
			k.Drop(a.document, dropped)
			k.Deduplicate(a.document)
		}
	}
	return nil
}

func (g *group) announce(a *arrival) {
	for _, k := range g.links {
		if k.To.Slug {
			k.announce(g, a)
		}
	}
}

// announce replaces the new names of a record by slugs. A slug that another new name has
// is a fault, and then the record creates nothing.
func (k *linked) announce(g *group, a *arrival) {
	var names []string
	k.Named(a.document, func(pointer string, ref edit.Reference, set func(string)) {
		if slices.ContainsFunc(a.faults, func(f storage.Fault) bool { return f.Pointer == pointer }) {
			return
		}
		id, ok := k.find(a, pointer, ref, set)
		switch {
		case !ok:
		case id != "":
			set(id)
		default:
			set(k.known.Add(ref.Name))
			names = append(names, ref.Name)
		}
	})
	for _, name := range names {
		if len(a.faults) > 0 {
			k.known.Remove(name)
			continue
		}
		d := k.new(g, name)
		d.ID = textform.Slug(name)
	}
}

// new plans a new object.
func (k *linked) new(g *group, name string) *storage.Document {
	d := storage.NewDocument(k.To)
	d.Fields[k.To.Label] = name
	g.setClock(d)
	k.created = append(k.created, d)
	return d
}

// imply plans the objects that a record names, or takes those of a record before it.
func (k *linked) imply(g *group, a *arrival) {
	k.Named(a.document, func(_ string, ref edit.Reference, set func(string)) {
		if id := k.adopt(g, ref); id != "" {
			set(id)
			return
		}
		d := k.byIdentity[ref.Identity()]
		if d == nil {
			d = k.new(g, ref.Name)
			k.byIdentity[ref.Identity()] = d
		}
		k.pending = append(k.pending, func() { set(d.ID) })
	})
}

// adopt returns the id of the only object with the name of a reference with a key, if it
// has no other key in the source. It gets the key.
func (k *linked) adopt(g *group, ref edit.Reference) string {
	ids := k.known.IDs[textform.Fold(ref.Name)]
	if ref.Key == "" || len(ids) != 1 || k.keyed[ids[0]] != "" && k.keyed[ids[0]] != ref.Key {
		return ""
	}
	if k.keyed[ids[0]] == "" {
		k.keyed[ids[0]] = ref.Key
		g.addKey(g.source, k.To, ref.Key, ids[0])
	}
	return ids[0]
}

// create gives the new objects of a link their ids, and adds them to the plan.
func (g *group) create(ctx context.Context, k *linked) error {
	if !k.To.Slug {
		if err := g.number(ctx, k.To, k.created); err != nil {
			return err
		}
	}
	for _, set := range k.pending {
		set()
	}
	for ref, d := range k.byIdentity {
		g.addKey(g.source, k.To, ref.Key, d.ID)
	}
	g.report.Implied[k.To] += len(k.created)
	g.plan.Implied = append(g.plan.Implied, k.created)
	return nil
}
