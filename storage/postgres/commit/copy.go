package commit

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/searched"
	"marquee/storage/postgres/suggested"
)

// prepared is what a transaction stores of a new document, but for the version and owner.
type prepared struct {
	columns      []string
	values, text []any
	suggestion   *suggested.Row // nil for nouns that are not suggested
	logged       []byte
}

// PrepareDocuments computes what CopyDocuments stores of new documents, and the log has of them.
// It is for the time before Lock. The documents show their names, and must not change
// after that.
func (tx *Tx) PrepareDocuments(docs []*storage.Document) error {
	tx.prepared = make(map[*storage.Document]*prepared, len(docs))
	for _, d := range docs {
		p := &prepared{}
		p.columns, p.values = tx.newColumns(d)
		if schema.Of(d.Noun).Searched() {
			p.text = searched.Texts(d)
		}
		if tx.suggests(d.Noun) {
			p.suggestion = suggested.RowOf(d, tx.Analysis)
		}
		var err error
		if p.logged, err = encode(d); err != nil {
			return err
		}
		tx.prepared[d] = p
	}
	return nil
}

// columnsOf returns the columns of a new row like NewColumns, prepared or not.
func (tx *Tx) columnsOf(d *storage.Document) ([]string, []any) {
	p := tx.prepared[d]
	if p == nil {
		return tx.NewColumns(d)
	}
	for i, c := range p.columns {
		switch c {
		case "version", "document_version":
			p.values[i] = tx.Version
		case "owner":
			p.values[i] = tx.Owner
		}
	}
	tx.countTerms(d.Noun, p.columns, p.values)
	return p.columns, p.values
}

// textsOf returns the row of a document's texts, prepared or not.
func (tx *Tx) textsOf(d *storage.Document) []any {
	if p := tx.prepared[d]; p != nil {
		return p.text
	}
	return searched.Texts(d)
}

// suggestionOf returns the rows by which a document is suggested, prepared or not.
func (tx *Tx) suggestionOf(d *storage.Document) *suggested.Row {
	if p := tx.prepared[d]; p != nil {
		return p.suggestion
	}
	return suggested.RowOf(d, tx.Analysis)
}

// CopyDocuments stores new documents of one noun, which show their names, with COPY: their
// rows, texts, counters and references. It returns the size of the stored documents in
// bytes.
func (tx *Tx) CopyDocuments(ctx context.Context, docs []*storage.Document) (size int, err error) {
	if len(docs) == 0 {
		return 0, nil
	}
	t := schema.Of(docs[0].Noun)
	var columns []string
	rows := make([][]any, len(docs))
	for i, d := range docs {
		columns, rows[i] = tx.columnsOf(d)
		size += len(rows[i][slices.Index(columns, "document")].([]byte))
		columns = append(columns[:len(columns):len(columns)], "id")
		rows[i] = append(rows[i], schema.Key(t.Noun, d.ID))
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.Name}, columns, pgx.CopyFromRows(rows)); err != nil {
		return 0, err
	}
	if err := tx.copyTexts(ctx, t, docs); err != nil {
		return 0, err
	}
	if err := tx.copyCounters(ctx, t, docs); err != nil {
		return 0, err
	}
	if err := tx.copySuggestions(ctx, t, docs); err != nil {
		return 0, err
	}
	return size, tx.copyLinks(ctx, t, docs)
}

// copySuggestions stores the rows by which the labels of documents are suggested.
func (tx *Tx) copySuggestions(ctx context.Context, t *schema.Table, docs []*storage.Document) error {
	if !tx.suggests(t.Noun) {
		return nil
	}
	var rows, words, prefixes [][]any
	for _, d := range docs {
		r := tx.suggestionOf(d)
		rows, words, prefixes = append(rows, r.Values()), append(words, r.WordValues()...), append(prefixes, r.PrefixValues()...)
	}
	for _, table := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{{"suggestions", suggested.Columns, rows}, {"suggestion_words", suggested.WordColumns, words}, {"suggestion_prefixes", suggested.PrefixColumns, prefixes}} {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.rows)); err != nil {
			return err
		}
	}
	return nil
}

// copyTexts stores the texts of documents of a searched noun.
func (tx *Tx) copyTexts(ctx context.Context, t *schema.Table, docs []*storage.Document) error {
	if !t.Searched() {
		return nil
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{schema.TextsTable(t.Noun)}, searched.TextColumns, pgx.CopyFromSlice(len(docs), func(i int) ([]any, error) {
		return tx.textsOf(docs[i]), nil
	}))
	return err
}

// copyCounters stores the counters that documents bring along.
func (tx *Tx) copyCounters(ctx context.Context, t *schema.Table, docs []*storage.Document) error {
	columns := []string{"id"}
	for _, f := range t.Counters {
		columns = append(columns, f.Name)
	}
	var rows [][]any
	for _, d := range docs {
		values, some := []any{schema.Key(t.Noun, d.ID)}, false
		for _, f := range t.Counters {
			n, _ := d.Fields[f.Name].(int64)
			values, some = append(values, n), some || n != 0
		}
		if some {
			rows = append(rows, values)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{schema.CountersTable(t.Noun)}, columns, pgx.CopyFromRows(rows))
	return err
}

// copyLinks stores the references of documents.
func (tx *Tx) copyLinks(ctx context.Context, t *schema.Table, docs []*storage.Document) error {
	for _, l := range t.Links {
		var pairs [][]any
		for _, d := range docs {
			for _, id := range l.IDs(d) {
				pairs = append(pairs, []any{schema.Key(l.From, d.ID), schema.Key(l.To, id)})
			}
		}
		if len(pairs) == 0 {
			continue
		}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{l.Name}, []string{l.FromColumn(), l.ToColumn()}, pgx.CopyFromRows(pairs)); err != nil {
			return err
		}
	}
	return nil
}

// Insert returns the statement that inserts a row with the columns, as t.
func Insert(table string, columns []string) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO ` + table + ` AS t (` + strings.Join(columns, ", ") + `) VALUES (`)
	for i := range columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	return b.String() + `)`
}
