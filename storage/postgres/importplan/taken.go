package importplan

import (
	"context"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/schema"
)

// planDistinct finds the records with a distinct value of an existing object. Such a
// record is linked to that object, which stays as it is. It refuses exact records,
// and values that the batch repeats.
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
		for _, a := range undecided(records) {
			g.decideDistinct(a, u, found)
		}
	}
	return nil
}

// decideDistinct decides about a record by a distinct value. found are the ids of
// objects by the value, "" for an earlier record of the batch.
func (g *group) decideDistinct(a *arrival, u schema.Distinction, found map[string]string) {
	v := u.Value(a.document)
	id, taken := found[v]
	switch {
	case v == "":
	case !taken:
		found[v] = ""
	case id == "":
		g.refuse(a, u.Name+" is that of an earlier record")
	case a.Exact == nil && u.Name != "magnet_hash":
		a.link(id)
	case a.Exact != nil && id == a.Exact.ID: // planExact compares them
	default:
		g.refuse(a, u.Name+" is taken by another "+g.table.Noun.Name)
	}
}

// planExact finds the exported objects whose id exists. Equal objects are unchanged,
// others are refused.
func (g *group) planExact(ctx context.Context, records []*arrival) error {
	exact := map[string]*arrival{}
	var ids []string
	for _, a := range records {
		switch {
		case a.Exact == nil:
			continue
		case exact[a.Exact.ID] != nil:
			g.refuse(a, "id is that of an earlier record")
			continue
		}
		exact[a.Exact.ID] = a
		ids = append(ids, a.Exact.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	have, err := g.Documents(ctx, g.table.Noun, ids)
	if err != nil {
		return err
	}
	for _, d := range have {
		a := exact[d.ID]
		if storage.SameStored(d, a.Exact) && g.sameParents(d, a.Exact) {
			a.decide(incoming.Unchanged)
		} else {
			g.refuse(a, "id is taken by another "+g.table.Noun.Name+": restore into an empty catalogue, or leave the ids out")
		}
	}
	return nil
}

func (g *group) sameParents(a, b *storage.Document) bool {
	for _, f := range g.table.Parents {
		if a.Fields[f.Name] != b.Fields[f.Name] {
			return false
		}
	}
	return true
}
