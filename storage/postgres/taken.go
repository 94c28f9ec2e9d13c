package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"marquee/storage"
)

// conflict turns a violated unique constraint into an error that names the
// field; other errors pass. Constraints are named <table>_<field>_key.
func (w *writing) conflict(d *storage.Document, err error) error {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != uniqueViolation {
		return err
	}
	field := strings.TrimSuffix(strings.TrimPrefix(pgErr.ConstraintName, d.Noun.Plural+"_"), "_key")
	if pgErr.ConstraintName == d.Noun.Plural+"_pkey" {
		field = "id"
	}
	if d.Noun.Field(field) == nil {
		return err
	}
	w.refused = d
	return conflicting([]storage.Fault{w.taken(d, field)})
}

// taken is the fault of a value that another object has. An id that was made
// from the name is the name's fault: the body holds no other.
func (w *writing) taken(d *storage.Document, field string) storage.Fault {
	by := "another " + d.Noun.Name
	if p := d.Noun.Parent(); p != nil && field == "number" {
		by += " of this " + p.Name
	}
	if field == "id" && w.Edit.Asserted["id"] == nil {
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
	var told []string
	for _, f := range faults {
		told = append(told, fmt.Sprintf("%s %s %s", strings.TrimPrefix(f.Pointer, "/"), f.Value, f.Reason))
	}
	return &storage.Error{Code: storage.Conflict, Detail: strings.Join(told, "; "), Faults: faults}
}

// everyTaken is the error of a write that met a taken value, with all of its
// values that are taken: PostgreSQL tells the first. The transaction has ended, so
// what is read is another state; where nothing is taken in it, the error stays.
func (w *writing) everyTaken(ctx context.Context, db querier, err error) error {
	d := w.refused
	if d == nil || d.Noun != w.Noun || storage.CodeOf(err) != storage.Conflict {
		return err
	}
	sql, args := w.selectTaken(d)
	rows, queryErr := db.Query(ctx, sql, args...)
	if queryErr != nil {
		return err
	}
	fields, queryErr := collectStrings(rows)
	if queryErr != nil || len(fields) == 0 {
		return err
	}
	if w.Edit.Asserted["id"] == nil && slices.Contains(fields, d.Noun.Label) { // the id is that name's too
		fields = slices.DeleteFunc(fields, func(f string) bool { return f == "id" })
	}
	var faults []storage.Fault
	for _, f := range fields {
		faults = append(faults, w.taken(d, f))
	}
	return conflicting(faults)
}

// selectTaken selects the names of the fields whose values other objects have.
func (w *writing) selectTaken(d *storage.Document) (sql string, args []any) {
	t := tables[d.Noun]
	var st statement
	var parts []string
	others := ""
	if w.Operation != storage.Create {
		others = " AND id <> " + st.arg(key(d.Noun, d.ID))
	}
	ask := func(field, condition string) {
		parts = append(parts, "SELECT '"+field+"' WHERE EXISTS (SELECT FROM "+t.name+" WHERE "+condition+others+")")
	}
	if d.Noun.Slug && w.Operation == storage.Create {
		ask("id", "id = "+st.arg(d.ID))
	}
	for _, u := range t.distinct() {
		v := u.value(d)
		switch {
		case u.name == "number": // by the columns of its index
			p := d.Noun.Parent()
			field := p.IDName()
			ask(u.name, field+" = "+st.arg(key(p, d.Fields[field].(string)))+" AND number = "+st.arg(d.Fields[u.name]))
		case v != "":
			ask(u.name, u.column+" = "+st.arg(v))
		}
	}
	return strings.Join(parts, " UNION ALL "), st.args
}
