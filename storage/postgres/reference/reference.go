// Package reference resolves the references of a document: it checks ids, and finds
// objects by their names.
package reference

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/textform"
)

// Missing are the names that a document refers to and no object has, by link.
type Missing map[string][]string

// Resolve resolves the references of a document after an edit. Ids must exist, and a name
// must not be that of two objects. It replaces names that exist with ids. It returns
// the other names, which the caller creates if no fault remains.
func Resolve(ctx context.Context, db pool.Querier, edit *edit.Edit, d *storage.Document) (Missing, []storage.Fault, error) {
	var faults []storage.Fault
	missing := Missing{}
	for _, l := range schema.Of(d.Noun).Links {
		for _, f := range l.Fields { // as written, so that every item has its pointer; the edit's own lists stay unchanged
			if list, given := edit.Written(f); given {
				d.Fields[f] = slices.Clone(list)
			}
		}
		unknown, err := unknown(ctx, db, d, l)
		if err != nil {
			return nil, nil, err
		}
		ambiguous, names, err := find(ctx, db, d, l)
		if err != nil {
			return nil, nil, err
		}
		clashing, err := clash(ctx, db, d, l)
		if err != nil {
			return nil, nil, err
		}
		faults = slices.Concat(faults, unknown, ambiguous, clashing)
		missing[l.Name] = names
	}
	return missing, faults, nil
}

// unknown finds the ids that do not exist.
func unknown(ctx context.Context, db pool.Querier, d *storage.Document, l schema.Link) ([]storage.Fault, error) {
	ids := l.IDs(d)
	if len(ids) == 0 {
		return nil, nil
	}
	known, err := schema.Labels(ctx, db, l.To, ids)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(ids, func(id string) bool { _, exists := known[id]; return !exists }) {
		return nil, nil
	}
	slugs, err := listing.Slugs(ctx, db, l.To)
	if err != nil {
		return nil, err
	}
	var faults []storage.Fault
	l.Items(d, func(pointer string, item any, _ func(string)) {
		id, ok := item.(string)
		if _, exists := known[id]; ok && !exists && len(faults) < listing.MaxFaults {
			fault := listing.UnknownID(l.To, id, slugs)
			fault.Pointer = pointer
			faults = append(faults, fault)
		}
	})
	return faults, nil
}

// find replaces references by name with the ids of the objects that have the name.
// It returns the names that no object has.
func find(ctx context.Context, db pool.Querier, d *storage.Document, l schema.Link) ([]storage.Fault, []string, error) {
	var folded []string
	l.Named(d, func(_ string, ref edit.Reference, _ func(string)) { folded = append(folded, textform.Fold(ref.Name)) })
	if len(folded) == 0 {
		return nil, nil, nil
	}
	found, err := IDsByName(ctx, db, l.To, folded)
	if err != nil {
		return nil, nil, err
	}
	var faults []storage.Fault
	var absent []string
	l.Named(d, func(pointer string, ref edit.Reference, set func(string)) {
		switch ids := found[textform.Fold(ref.Name)]; {
		case len(ids) == 1:
			set(ids[0])
		case len(ids) > 1:
			faults = append(faults, storage.Fault{Pointer: pointer, Value: storage.Excerpt(ref.Name),
				Reason: fmt.Sprintf("is the name of %d %s: give the id of one, %s", len(ids), l.To.Plural, strings.Join(ids, " or "))})
		case l.To.Slug && textform.Slug(ref.Name) == "":
			faults = append(faults, storage.Fault{Pointer: pointer, Value: storage.Excerpt(ref.Name),
				Reason: "is new and no id can be made from it: create the " + l.To.Name + " with an id first"})
		default:
			absent = append(absent, ref.Name)
		}
	})
	return faults, absent, nil
}

// clash finds new names whose slug is taken, by an object of another name or by
// another new name.
func clash(ctx context.Context, db pool.Querier, d *storage.Document, l schema.Link) ([]storage.Fault, error) {
	if !l.To.Slug {
		return nil, nil
	}
	var slugs []string
	l.Named(d, func(_ string, ref edit.Reference, _ func(string)) { slugs = append(slugs, textform.Slug(ref.Name)) })
	taken, err := schema.Labels(ctx, db, l.To, slugs)
	if err != nil {
		return nil, err
	}
	var faults []storage.Fault
	first := map[string]edit.Reference{} // by slug
	l.Named(d, func(pointer string, ref edit.Reference, _ func(string)) {
		id := textform.Slug(ref.Name)
		label, exists := taken[id]
		other, second := first[id]
		fault := storage.Fault{Pointer: pointer, Value: storage.Excerpt(ref.Name)}
		switch {
		case id == "": // find has reported it
			return
		case exists:
			fault.Nearest = id
			fault.Reason = fmt.Sprintf("would get the id %s of %s %s: give that id, or create the %s with another id first", id, l.To.Name, storage.Excerpt(label), l.To.Name)
		case !second:
			first[id] = ref
			return
		case other.Identity() == ref.Identity():
			return
		default:
			fault.Reason = fmt.Sprintf("would get the same id as %s, %s: give one name, or create the %s with another id first", storage.Excerpt(other.Name), id, l.To.Name)
		}
		faults = append(faults, fault)
	})
	return faults, nil
}

// IDsByName returns the ids of objects by their folded names.
func IDsByName(ctx context.Context, db pool.Querier, n *storage.Noun, folded []string) (map[string][]string, error) {
	rows, err := db.Query(ctx, `SELECT folded, array_agg(id::text ORDER BY id) FROM `+n.Plural+` WHERE folded = ANY($1) GROUP BY folded`, folded)
	if err != nil {
		return nil, err
	}
	found := map[string][]string{}
	var name string
	var ids []string
	_, err = pgx.ForEachRow(rows, []any{&name, &ids}, func() error {
		found[name] = slices.Clone(ids)
		return nil
	})
	return found, err
}
