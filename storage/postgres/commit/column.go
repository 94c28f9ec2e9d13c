package commit

import (
	"context"
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/searched"
	"marquee/storage/textform"
)

// NewColumns returns the columns of a new row, other than its id, and their values. The
// row counts in the vocabulary.
func (tx *Tx) NewColumns(d *storage.Document) ([]string, []any) {
	columns, args := labelColumns(d, tx.Version)
	columns, args = append(columns, "owner"), append(args, tx.Owner)
	for _, f := range schema.Of(d.Noun).Parents {
		columns, args = append(columns, f.Name), append(args, schema.Key(storage.NounByName(strings.TrimSuffix(f.Name, "_id")), d.Fields[f.Name].(string)))
	}
	for _, f := range d.Noun.FieldsFrom(storage.Count, storage.Clock) {
		columns, args = append(columns, f.Name), append(args, d.Fields[f.Name])
	}
	return tx.appendSearched(d, columns, args)
}

// ChangedColumns returns the columns that an update of a row writes, and their values. The
// search columns are among them if their texts change.
func (tx *Tx) ChangedColumns(ctx context.Context, before, after *storage.Document) ([]string, []any, error) {
	columns, args := labelColumns(after, tx.Version)
	if schema.Of(after.Noun).Clocked {
		columns, args = append(columns, "modified"), append(args, after.Fields["modified"])
	}
	if storage.SameSearched(before, after) {
		return columns, args, nil
	}
	if err := tx.Discount(ctx, after.Noun, after.ID); err != nil {
		return nil, nil, err
	}
	columns, args = tx.appendSearched(after, columns, args)
	return columns, args, nil
}

// labelColumns are the columns with the document, its versions, and the forms of its
// label for sorting and lookups.
func labelColumns(d *storage.Document, version int64) ([]string, []any) {
	columns := []string{"version", "document_version", "document"}
	args := []any{version, version, d.AppendStored(nil)}
	if d.Noun.Label != "" {
		columns, args = append(columns, "sort_key"), append(args, []byte(textform.SortKey(d.Label())))
	}
	if schema.Of(d.Noun).Folded {
		columns, args = append(columns, "folded"), append(args, textform.Fold(d.Label()))
	}
	return columns, args
}

// appendSearched appends the search columns, and counts the terms.
func (tx *Tx) appendSearched(d *storage.Document, columns []string, args []any) ([]string, []any) {
	c, v, counted := searched.Columns(d, tx.Analysis)
	for _, term := range counted {
		tx.count(d.Noun, term, 1)
	}
	return append(columns, c...), append(args, v...)
}

// Assignments is the SET list of the columns. The placeholder of the first is $first.
func Assignments(columns []string, first int) string {
	sets := make([]string, len(columns))
	for i, c := range columns {
		sets[i] = fmt.Sprintf("%s = $%d", c, i+first)
	}
	return strings.Join(sets, ", ")
}

// RefreshSearched queues the update of the search columns of documents of one noun.
func (tx *Tx) RefreshSearched(ctx context.Context, docs ...*storage.Document) error {
	if len(docs) == 0 || !schema.Of(docs[0].Noun).Searched() {
		return nil
	}
	n := docs[0].Noun
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.ID
	}
	if err := tx.Discount(ctx, n, ids...); err != nil {
		return err
	}
	for _, d := range docs {
		columns, args := tx.appendSearched(d, nil, nil)
		tx.Pending.Queue(`UPDATE `+n.Plural+` SET `+Assignments(columns, 2)+` WHERE id = $1`, append([]any{schema.Key(n, d.ID)}, args...)...)
	}
	return nil
}
