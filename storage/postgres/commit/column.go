package commit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/searched"
	"marquee/storage/textform"
)

// NewColumns returns the columns of a new row, other than its id, and their values. The
// row counts in the vocabulary. Its texts are written by WriteTexts or by COPY.
func (tx *Tx) NewColumns(d *storage.Document) ([]string, []any) {
	columns, args := tx.newColumns(d)
	tx.countTerms(d.Noun, columns, args)
	return columns, args
}

// newColumns is NewColumns without the count.
func (tx *Tx) newColumns(d *storage.Document) ([]string, []any) {
	columns, args := labelColumns(d, tx.Version)
	columns, args = append(columns, "owner"), append(args, tx.Owner)
	for _, f := range schema.Of(d.Noun).Parents {
		columns, args = append(columns, f.Name), append(args, schema.Key(storage.NounByName(strings.TrimSuffix(f.Name, "_id")), d.Fields[f.Name].(string)))
	}
	for _, f := range d.Noun.FieldsFrom(storage.Count, storage.Clock) {
		columns, args = append(columns, f.Name), append(args, d.Fields[f.Name])
	}
	return tx.appendTerms(d, columns, args)
}

// ChangedColumns returns the columns that an update of a row writes, and their values. The
// terms are among them if they may change. It also queues the row of texts, if that changes.
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
	if !slices.Equal(before.SearchedValues(), after.SearchedValues()) {
		tx.WriteTexts(after)
	}
	columns, args = tx.appendTerms(after, columns, args)
	tx.countTerms(after.Noun, columns, args)
	return columns, args, nil
}

// labelColumns are the columns with the document, its versions, and the forms of its
// texts for sorting and lookups.
func labelColumns(d *storage.Document, version int64) ([]string, []any) {
	columns := []string{"version", "document_version", "document"}
	args := []any{version, version, d.AppendStored(nil)}
	for i := range d.Noun.Sorts {
		if s := &d.Noun.Sorts[i]; s.Kind == storage.Text {
			columns, args = append(columns, s.Ascending), append(args, []byte(s.Key(d, false).Text))
		}
	}
	if schema.Of(d.Noun).Folded {
		columns, args = append(columns, "folded"), append(args, textform.Fold(d.Label()))
	}
	return columns, args
}

// countTerms counts the terms among the values of columns.
func (tx *Tx) countTerms(n *storage.Noun, columns []string, args []any) {
	if i := slices.Index(columns, "terms"); i >= 0 {
		v, _ := args[i].(pgtype.TSVector)
		for i := range v.Lexemes {
			tx.count(n, v.Lexemes[i].Word, 1)
		}
	}
}

// appendTerms appends the column with the terms of a searched noun.
func (tx *Tx) appendTerms(d *storage.Document, columns []string, args []any) ([]string, []any) {
	if !schema.Of(d.Noun).Searched() {
		return columns, args
	}
	terms := &storage.Terms{}
	if tx.Analysis != nil {
		terms = tx.Analysis.Terms(d)
	}
	return append(columns, "terms"), append(args, searched.Vector(terms))
}

// WriteTexts queues the row of a searched document's texts.
func (tx *Tx) WriteTexts(d *storage.Document) {
	if schema.Of(d.Noun).Searched() {
		tx.Pending.Queue(`INSERT INTO `+schema.TextsTable(d.Noun)+` (id, raw, canon, digests, edged) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (id) DO UPDATE SET raw = excluded.raw, canon = excluded.canon, digests = excluded.digests, edged = excluded.edged`, searched.Texts(d)...)
	}
}

// Assignments is the SET list of the columns. The placeholder of the first is $first.
func Assignments(columns []string, first int) string {
	sets := make([]string, len(columns))
	for i, c := range columns {
		sets[i] = fmt.Sprintf("%s = $%d", c, i+first)
	}
	return strings.Join(sets, ", ")
}

// RefreshSearched queues the update of the terms and texts of documents of one noun.
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
		tx.WriteTexts(d)
		columns, args := tx.appendTerms(d, nil, nil)
		tx.countTerms(n, columns, args)
		tx.Pending.Queue(`UPDATE `+n.Plural+` SET `+Assignments(columns, 2)+` WHERE id = $1`, append([]any{schema.Key(n, d.ID)}, args...)...)
	}
	return nil
}
