// Package reference resolves the references of a document: it checks ids, and finds
// objects by their names.
package reference

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/spelling"
	"marquee/storage/textform"
)

// Catalogue is what references are resolved in.
type Catalogue interface {
	// Labels returns the labels of objects by id. It skips ids that do not exist.
	Labels(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error)
	// IDsByName returns the ids of objects by their folded names.
	IDsByName(ctx context.Context, n *storage.Noun, folded []string) (map[string][]string, error)
	// Slugs returns ids that may be suggested for an unknown one.
	Slugs(ctx context.Context, n *storage.Noun) ([]string, error)
}

// Database is the catalogue in a database.
type Database struct{ pool.Querier }

// Labels returns the labels of objects by id.
func (db Database) Labels(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	return schema.Labels(ctx, db, n, ids)
}

// IDsByName returns the ids of objects by their folded names.
func (db Database) IDsByName(ctx context.Context, n *storage.Noun, folded []string) (map[string][]string, error) {
	return IDsByName(ctx, db, n, folded)
}

// Slugs returns ids that may be suggested.
func (db Database) Slugs(ctx context.Context, n *storage.Noun) ([]string, error) {
	return listing.Slugs(ctx, db, n)
}

// Missing are the names that a document refers to and no object has, by link.
type Missing map[string][]string

// Create makes an object of each missing name, and replaces the names in d by the ids that
// create sets.
func (m Missing) Create(d *storage.Document, create func(*storage.Document) error) error {
	for _, l := range schema.Of(d.Noun).Links {
		created := map[string]string{}
		for _, label := range m[l.Name] {
			folded := textform.Fold(label)
			if created[folded] != "" {
				continue
			}
			o := storage.NewDocument(l.To)
			o.Fields[l.To.Label] = label
			if l.To.Slug {
				o.ID = textform.Slug(label)
			}
			if err := create(o); err != nil {
				return err
			}
			created[folded] = o.ID
		}
		l.Named(d, func(_ string, ref edit.Reference, set func(string)) { set(created[textform.Fold(ref.Name)]) })
		l.Deduplicate(d)
	}
	return nil
}

// Resolve resolves the references of a document after an edit. Ids must exist, and a name
// must not be that of two objects. It replaces names by ids, which new genres have already.
// It returns the names of new objects, which the caller creates if no fault remains.
func Resolve(ctx context.Context, c Catalogue, edit *edit.Edit, d *storage.Document) (Missing, []storage.Fault, error) {
	var faults []storage.Fault
	missing := Missing{}
	for _, l := range schema.Of(d.Noun).Links {
		Spread(l, edit, d)
		known, err := read(ctx, c, l, d)
		if err != nil {
			return nil, nil, err
		}
		names, wrong := known.resolve(l, d)
		if err := suggest(ctx, c, l.To, wrong); err != nil {
			return nil, nil, err
		}
		faults, missing[l.Name] = append(faults, wrong...), names
	}
	return missing, faults, nil
}

// Spread gives a document its own lists of references, as they are written in the edit, so
// that every item has its pointer.
func Spread(l schema.Link, e *edit.Edit, d *storage.Document) {
	for _, f := range l.Fields {
		if list, given := e.Written(f); given {
			d.Fields[f] = list
		}
	}
	l.Clone(d)
}

// read reads what the catalogue knows of the references of a document.
func read(ctx context.Context, c Catalogue, l schema.Link, d *storage.Document) (*Known, error) {
	ids, folded := Wanted(l, d)
	k := &Known{To: l.To, Labels: map[string]string{}}
	var err error
	if len(ids) > 0 {
		if k.Labels, err = c.Labels(ctx, l.To, ids); err != nil {
			return nil, err
		}
	}
	k.IDs, err = c.IDsByName(ctx, l.To, folded)
	return k, err
}

// resolve replaces the names in a document that are known. It returns the other names and
// the faults.
func (k *Known) resolve(l schema.Link, d *storage.Document) (names []string, faults []storage.Fault) {
	faults = k.Unknown(l, d)
	l.Named(d, func(pointer string, ref edit.Reference, set func(string)) {
		id, fault := k.Find(ref.Name)
		switch {
		case fault != nil:
			fault.Pointer = pointer
			faults = append(faults, *fault)
		case id != "":
			set(id)
		default:
			names = append(names, ref.Name)
			if l.To.Slug {
				set(k.Add(ref.Name))
			}
		}
	})
	return names, faults
}

// Unknown returns the faults of ids that do not exist.
func (k *Known) Unknown(l schema.Link, d *storage.Document) []storage.Fault {
	var faults []storage.Fault
	l.Items(d, func(pointer string, item any, _ func(string)) {
		id, ok := item.(string)
		if _, exists := k.Labels[id]; ok && !exists && len(faults) < storage.MaxFaults {
			fault := listing.UnknownID(l.To, id, nil)
			fault.Pointer = pointer
			faults = append(faults, fault)
		}
	})
	return faults
}

// suggest adds the nearest ids to the faults of unknown ids of a noun with slugs.
func suggest(ctx context.Context, c Catalogue, to *storage.Noun, faults []storage.Fault) error {
	if len(faults) == 0 || !to.Slug {
		return nil
	}
	slugs, err := c.Slugs(ctx, to)
	for i := range faults {
		if f := &faults[i]; f.Nearest == "" && to.ValidID(f.Value) {
			f.Nearest = spelling.NearestSlug(f.Value, slugs)
		}
	}
	return err
}

// IDsByName returns the ids of objects by their folded names. Without names it asks for
// nothing: a noun that is not found by name has no column for them.
func IDsByName(ctx context.Context, db pool.Querier, n *storage.Noun, folded []string) (map[string][]string, error) {
	found := map[string][]string{}
	if len(folded) == 0 {
		return found, nil
	}
	rows, err := db.Query(ctx, `SELECT folded, array_agg(id::text ORDER BY id) FROM `+n.Plural+` WHERE folded = ANY($1) GROUP BY folded`, folded)
	if err != nil {
		return nil, err
	}
	var name string
	var ids []string
	_, err = pgx.ForEachRow(rows, []any{&name, &ids}, func() error {
		found[name] = slices.Clone(ids)
		return nil
	})
	return found, err
}
