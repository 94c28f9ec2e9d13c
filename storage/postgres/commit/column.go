package commit

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/searched"
	"marquee/storage/textform"
)

// NewColumns returns the columns of a new row, other than its id, and their values.
func NewColumns(d *storage.Document, version int64, owner pgtype.Text) ([]string, []any) {
	columns, args := labelColumns(d, version)
	columns, args = append(columns, "owner"), append(args, owner)
	for _, f := range schema.Of(d.Noun).Parents {
		columns, args = append(columns, f.Name), append(args, schema.Key(storage.NounByName(strings.TrimSuffix(f.Name, "_id")), d.Fields[f.Name].(string)))
	}
	for _, f := range d.Noun.FieldsFrom(storage.Count, storage.Clock) {
		columns, args = append(columns, f.Name), append(args, d.Fields[f.Name])
	}
	return appendSearched(d, columns, args)
}

// ChangedColumns returns the columns that an update writes, and their values.
func ChangedColumns(d *storage.Document, version int64) ([]string, []any) {
	columns, args := labelColumns(d, version)
	if schema.Of(d.Noun).Clocked {
		columns, args = append(columns, "modified"), append(args, d.Fields["modified"])
	}
	return appendSearched(d, columns, args)
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

func appendSearched(d *storage.Document, columns []string, args []any) ([]string, []any) {
	c, v := searched.Columns(d)
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

// RefreshSearched queues the update of the search columns of documents whose names
// have changed.
func (tx *Tx) RefreshSearched(docs ...*storage.Document) {
	for _, d := range docs {
		columns, args := searched.Columns(d)
		if len(columns) == 0 {
			continue
		}
		tx.Pending.Queue(`UPDATE `+d.Noun.Plural+` SET `+Assignments(columns, 2)+` WHERE id = $1`, append([]any{schema.Key(d.Noun, d.ID)}, args...)...)
	}
	tx.Learn(docs...)
}

// Learn queues the words of documents for the vocabulary.
func (tx *Tx) Learn(docs ...*storage.Document) {
	if words := searched.Vocabulary(docs...); len(words) > 0 {
		tx.Pending.Queue(`INSERT INTO vocabulary SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`, words)
	}
}
