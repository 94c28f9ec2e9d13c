package importplan

import (
	"context"
	"fmt"

	"marquee/storage"
	"marquee/storage/postgres/schema"
)

// planParents sets the parents of parts. A part names its parent by its key in the source,
// or by its id as a request does.
func (g *group) planParents(ctx context.Context, records []*arrival) error {
	parent := g.table.Noun.Parent()
	if parent == nil {
		return nil
	}
	var keys []string
	for _, a := range records {
		if a.ParentKey != "" {
			keys = append(keys, a.ParentKey)
		}
	}
	found, err := g.idsByKey(ctx, parent, keys, false)
	if err != nil {
		return err
	}
	for _, a := range records {
		if a.Exact == nil {
			g.setParent(a, found)
		}
	}
	return g.planAncestors(ctx, records)
}

// setParent sets the parent of a record without an id.
func (g *group) setParent(a *arrival, found map[string]string) {
	parent := g.table.Noun.Parent()
	field := parent.IDName()
	id, byKey := a.asserted(field), found[a.ParentKey]
	switch {
	case a.ParentKey == "" && id == "":
		if !a.Edit.Faulty("/" + field) {
			a.faults = append(a.faults, storage.Fault{Pointer: "/" + field, Reason: "is required, because the record does not name the key of its " + parent.Name})
		}
	case a.ParentKey == "":
		a.document.Fields[field] = id
	case byKey == "":
		a.wrong = append(a.wrong, g.orphaned(parent, a.ParentKey))
	case id != "" && id != byKey:
		a.faults = append(a.faults, otherParent(field, id))
	default:
		a.document.Fields[field] = byKey
	}
}

// orphaned is the reason of a record whose parent is missing.
func (g *group) orphaned(parent *storage.Noun, key string) string {
	at, refused := g.memory.refused(parent, key)
	if !refused {
		at, refused = g.Planner.memory.refused(parent, key)
	}
	if refused {
		return fmt.Sprintf("its %s was refused: %s", parent.Name, at.Place())
	}
	return fmt.Sprintf("its %s is not in the catalogue: %s", parent.Name, storage.Excerpt(key))
}

func otherParent(field string, v any) storage.Fault {
	return storage.Fault{Pointer: "/" + field, Value: storage.Excerpt(v), Reason: "names another parent than the path or the other parent"}
}

// planAncestors sets the parents of parents, and compares them with those that a record
// gives.
func (g *group) planAncestors(ctx context.Context, records []*arrival) error {
	parent := g.table.Noun.Parent()
	field, above := parent.IDName(), schema.Of(parent).Parents
	var ids []string
	for _, a := range records {
		if id, _ := a.document.Fields[field].(string); id != "" {
			ids = append(ids, id)
		}
	}
	found, err := g.Parents(ctx, parent, ids)
	if err != nil {
		return err
	}
	for _, a := range records {
		id, _ := a.document.Fields[field].(string)
		if id == "" {
			continue
		}
		up, exists := found[id]
		if !exists {
			a.faults = append(a.faults, storage.Fault{Pointer: "/" + field, Value: storage.Excerpt(id), Reason: "is not the id of a " + parent.Name})
			continue
		}
		for _, f := range above {
			g.setAncestor(a, f.Name, up)
		}
	}
	return nil
}

func (g *group) setAncestor(a *arrival, field, id string) {
	given := a.asserted(field)
	if a.Exact != nil {
		given, _ = a.Exact.Fields[field].(string)
	}
	if given != "" && given != id {
		a.faults = append(a.faults, otherParent(field, given))
		return
	}
	a.document.Fields[field] = id
}
