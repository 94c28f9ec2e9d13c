// Package conflict reports the values of a write that other objects have already.
package conflict

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

// Of returns the error of a violated unique constraint, with its field. ok is false
// for all other errors. Constraints are named <table>_<field>_key.
func Of(w *edit.Write, d *storage.Document, err error) (conflict error, ok bool) {
	constraint, ok := pool.UniqueViolation(err)
	if !ok {
		return nil, false
	}
	field := strings.TrimSuffix(strings.TrimPrefix(constraint, d.Noun.Plural+"_"), "_key")
	if constraint == d.Noun.Plural+"_pkey" {
		field = "id"
	}
	if d.Noun.Field(field) == nil {
		return nil, false
	}
	return conflicting([]storage.Fault{Taken(w.Edit, d, field)}), true
}

// Taken is the fault of a value that another object has. If the id was made from the
// label, the fault is the label's: the edit has no id. The edit may be nil.
func Taken(e *edit.Edit, d *storage.Document, field string) storage.Fault {
	by := "another " + d.Noun.Name
	if p := d.Noun.Parent(); p != nil && field == "number" {
		by += " of this " + p.Name
	}
	if field == "id" && e != nil && e.Asserted["id"] == nil {
		return storage.Fault{Pointer: "/" + d.Noun.Label, Value: storage.Excerpt(d.Label()),
			Reason: fmt.Sprintf("makes the id %s, which is taken by %s: give another name, or an id", d.ID, by)}
	}
	value := d.Fields[field]
	if field == "id" {
		value = d.ID
	}
	return storage.Fault{Pointer: "/" + field, Value: storage.Excerpt(value), Reason: "is taken by " + by}
}

// conflicting is the error of values that are taken.
func conflicting(faults []storage.Fault) error {
	var details []string
	for _, f := range faults {
		details = append(details, fmt.Sprintf("%s %s %s", strings.TrimPrefix(f.Pointer, "/"), f.Value, f.Reason))
	}
	return &storage.Error{Code: storage.Conflict, Detail: strings.Join(details, "; "), Faults: faults}
}

// Find returns the error of the values of d that other objects have, with all of them. nil
// means that a statement which stores d violates no unique constraint. The catalogue is
// locked, so no other writer adds one.
func Find(ctx context.Context, db pool.Querier, w *edit.Write, d *storage.Document) error {
	fields, err := taken(ctx, db, w, d)
	if err != nil || len(fields) == 0 {
		return err
	}
	return Error(w.Edit, d, fields)
}

// Error is the error of the fields of d whose values other objects have. An id that was
// made from a taken label is not mentioned.
func Error(e *edit.Edit, d *storage.Document, fields []string) error {
	var faults []storage.Fault
	for _, f := range fields {
		if f == "id" && e.Asserted["id"] == nil && slices.Contains(fields, d.Noun.Label) {
			continue
		}
		faults = append(faults, Taken(e, d, f))
	}
	return conflicting(faults)
}

// Respelled returns the error of a value of d that another object has in any spelling,
// which no unique index finds. The catalogue is locked, so no other writer adds one.
func Respelled(ctx context.Context, db pool.Querier, w *edit.Write, d *storage.Document) error {
	for _, u := range schema.Of(d.Noun).Distinctions() {
		v := u.Value(d)
		if !u.Respelled() || v == "" {
			continue
		}
		var exists bool
		err := db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+d.Noun.Plural+` WHERE `+u.Column+` = ANY($1) AND id::text <> $2)`, u.Spellings(v), d.ID).Scan(&exists)
		if err != nil {
			return err
		}
		if exists {
			return conflicting([]storage.Fault{Taken(w.Edit, d, u.Name)})
		}
	}
	return nil
}

// All returns the error of a write that conflicted with err, with all values of d
// that are taken: PostgreSQL reports only the first. It reads a later state, because
// the transaction has ended. If no value is taken in it, it returns err.
func All(ctx context.Context, db pool.Querier, w *edit.Write, d *storage.Document, err error) error {
	fields, failed := taken(ctx, db, w, d)
	if failed != nil || len(fields) == 0 {
		return err
	}
	return Error(w.Edit, d, fields)
}

// taken returns the names of the fields whose values other objects have.
func taken(ctx context.Context, db pool.Querier, w *edit.Write, d *storage.Document) ([]string, error) {
	sql, args := selectTaken(w, d)
	if sql == "" {
		return nil, nil
	}
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pool.Strings(rows)
}

// selectTaken selects the names of the fields whose values other objects have.
func selectTaken(w *edit.Write, d *storage.Document) (sql string, args []any) {
	t := schema.Of(d.Noun)
	var st listing.Statement
	var parts []string
	others := ""
	if w.Operation != storage.Create {
		others = " AND id <> " + st.Arg(schema.Key(d.Noun, d.ID))
	}
	add := func(field, condition string) {
		parts = append(parts, "SELECT '"+field+"' WHERE EXISTS (SELECT FROM "+t.Name+" WHERE "+condition+others+")")
	}
	if d.Noun.Slug && w.Operation == storage.Create {
		add("id", "id = "+st.Arg(d.ID))
	}
	for _, u := range t.Distinctions() {
		v := u.Value(d)
		switch {
		case u.Name == "number": // by the columns of its index
			p := d.Noun.Parent()
			field := p.IDName()
			add(u.Name, field+" = "+st.Arg(schema.Key(p, d.Fields[field].(string)))+" AND number = "+st.Arg(d.Fields[u.Name]))
		case v != "":
			add(u.Name, u.Column+" = ANY("+st.Arg(u.Spellings(v))+")")
		}
	}
	return strings.Join(parts, " UNION ALL "), st.Args
}
