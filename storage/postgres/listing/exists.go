package listing

import (
	"context"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/spelling"
)

// maxSlugs bounds the ids that are compared with an unknown one. A comparison takes 0.7 µs,
// so a hundred unknown ids take 0.07 s.
const maxSlugs = 1000

// reference is a condition with ids that must exist.
type reference struct {
	condition *storage.Condition
	selected  string // the expression that selects the unknown ids
	unknown   []string
}

// missing selects the ids of the query that do not exist for the caller.
func (l *Listing) missing() string {
	if l.query.IDs == nil {
		return "NULL::text[]"
	}
	hidden := ""
	for _, c := range l.active {
		if c.Hides {
			hidden += " AND o.id <> ALL(" + l.Arg(l.calendar.Inactive(c.At)) + "::text[])"
		}
	}
	return unknownIDs(l.query.Noun, l.Arg(l.query.IDs), hidden)
}

// unknownIDs selects the ids that do not exist, null if all do. hidden excludes objects o
// that do not exist for the caller.
func unknownIDs(n *storage.Noun, ids, hidden string) string {
	return "(SELECT array_agg(u.id ORDER BY u.n) FROM unnest(" + ids + "::text[]) WITH ORDINALITY u(id, n)" +
		" WHERE NOT EXISTS (SELECT FROM " + n.Plural + " o WHERE o.id = u.id::" + schema.KeyType(n) + hidden + "))"
}

// parentsExist selects whether the parents that the path names exist, each as a
// child of the one before.
func (l *Listing) parentsExist() string {
	var within []*storage.Condition
	for i := range l.query.Conditions {
		if c := &l.query.Conditions[i]; c.Filter.Kind == storage.Within {
			within = append(within, c)
		}
	}
	if len(within) == 0 {
		return "true"
	}
	parent := l.query.Noun.Parents[len(within)-1]
	st := "SELECT FROM " + parent.Plural + " p WHERE p.id = " + l.Arg(schema.Key(parent, within[len(within)-1].IDs[0]))
	for i, c := range within[:len(within)-1] {
		st += " AND p." + parent.Parents[i].IDName() + " = " + l.Arg(schema.Key(parent.Parents[i], c.IDs[0]))
	}
	return "EXISTS (" + st + ")"
}

// refuse returns the error of a query with unknown ids.
func (l *Listing) refuse(ctx context.Context, db pool.Querier) error {
	if !l.parents {
		return storage.Errorf(storage.NotFound, "the path names a parent that does not exist")
	}
	var faults []storage.Fault
	for _, r := range l.references {
		faults = append(faults, r.faults(ctx, db)...)
	}
	if len(faults) == 0 {
		return nil
	}
	return &storage.Error{Code: storage.Invalid, Detail: "the query names an object that does not exist", Faults: faults}
}

// faults reports the unknown ids, at most storage.MaxFaults of them.
func (r *reference) faults(ctx context.Context, db pool.Querier) []storage.Fault {
	if len(r.unknown) == 0 {
		return nil
	}
	target := storage.NounByName(r.condition.Filter.Target)
	known, _ := Slugs(ctx, db, target) // on an error, faults suggest no id
	var faults []storage.Fault
	for _, id := range r.unknown[:min(len(r.unknown), storage.MaxFaults)] {
		f := UnknownID(target, id, known)
		f.Parameter = r.condition.Filter.Name
		faults = append(faults, f)
	}
	return faults
}

// UnknownID is the fault of an id that does not exist. It suggests the nearest of
// the known ids; the caller sets its place.
func UnknownID(n *storage.Noun, id string, known []string) storage.Fault {
	return storage.Fault{Value: storage.Excerpt(id), Reason: "is not the id of a " + n.Name, Nearest: spelling.NearestSlug(id, known)}
}

// Slugs returns ids that may be suggested for an unknown one. Numeric ids are not
// suggested.
func Slugs(ctx context.Context, db pool.Querier, n *storage.Noun) ([]string, error) {
	if !n.Slug {
		return nil, nil
	}
	rows, err := db.Query(ctx, `SELECT id FROM `+n.Plural+` ORDER BY id LIMIT $1`, maxSlugs)
	if err != nil {
		return nil, err
	}
	return pool.Strings(rows)
}
