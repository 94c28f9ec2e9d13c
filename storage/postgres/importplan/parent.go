package importplan

import (
	"context"
	"fmt"

	"marquee/storage/postgres/schema"
)

// planParents finds the parents of children, by their key, or by the id in an exact
// record.
func (g *group) planParents(ctx context.Context, records []*arrival) error {
	parent := g.table.Noun.Parent()
	if parent == nil {
		return nil
	}
	field := parent.IDName()
	var keys []string
	for _, a := range records {
		if a.Exact == nil {
			keys = append(keys, a.ParentKey)
		}
	}
	found, err := g.idsByKey(ctx, parent, keys, false)
	if err != nil {
		return err
	}
	for _, a := range records {
		if a.Exact != nil {
			continue
		}
		if a.document.Fields[field] = found[a.ParentKey]; found[a.ParentKey] == "" {
			g.refuse(a, fmt.Sprintf("its %s is not in the catalogue", parent.Name))
		}
	}
	return g.planAncestors(ctx, undecided(records))
}

// planAncestors checks that the parents exist, and sets the parents of parents.
func (g *group) planAncestors(ctx context.Context, records []*arrival) error {
	parent := g.table.Noun.Parent()
	field, above := parent.IDName(), schema.Of(parent).Parents
	var ids []string
	for _, a := range records {
		id, _ := a.document.Fields[field].(string)
		ids = append(ids, id)
	}
	found := g.foreseen.find(parent, parentOf, ids)
	if err := merge(found)(g.Parents(ctx, parent, ids)); err != nil {
		return err
	}
	for i, a := range records {
		up, ok := found[ids[i]]
		if !ok {
			g.refuse(a, fmt.Sprintf("its %s is not in the catalogue", parent.Name))
			continue
		}
		if len(above) > 0 {
			a.document.Fields[above[0].Name] = up
		}
	}
	return nil
}
