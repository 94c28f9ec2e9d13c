package importer

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/importplan"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/searched"
)

// copyDocuments stores documents of one noun with COPY: their rows, texts, counters and
// references.
func (b *batch) copyDocuments(ctx context.Context, docs []*storage.Document) error {
	if len(docs) == 0 {
		return nil
	}
	if err := b.tx.SetNames(ctx, docs...); err != nil {
		return err
	}
	t := schema.Of(docs[0].Noun)
	var columns []string
	rows := make([][]any, len(docs))
	for i, d := range docs {
		columns, rows[i] = b.tx.NewColumns(d)
		b.tx.Charge(b.tx.Owner, len(rows[i][slices.Index(columns, "document")].([]byte)))
		columns = append(columns, "id")
		rows[i] = append(rows[i], schema.Key(t.Noun, d.ID))
		b.created[t.Noun] = append(b.created[t.Noun], d.ID)
	}
	if _, err := b.tx.CopyFrom(ctx, pgx.Identifier{t.Name}, columns, pgx.CopyFromRows(rows)); err != nil {
		return err
	}
	if err := b.copyTexts(ctx, t, docs); err != nil {
		return err
	}
	if err := b.copyCounters(ctx, t, docs); err != nil {
		return err
	}
	return b.copyLinks(ctx, t, docs)
}

// copyTexts stores the texts of documents of a searched noun.
func (b *batch) copyTexts(ctx context.Context, t *schema.Table, docs []*storage.Document) error {
	if !t.Searched() {
		return nil
	}
	_, err := b.tx.CopyFrom(ctx, pgx.Identifier{schema.TextsTable(t.Noun)}, searched.TextColumns, pgx.CopyFromSlice(len(docs), func(i int) ([]any, error) {
		return searched.Texts(docs[i]), nil
	}))
	return err
}

// copyCounters stores the counters that imported documents have.
func (b *batch) copyCounters(ctx context.Context, t *schema.Table, docs []*storage.Document) error {
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
	_, err := b.tx.CopyFrom(ctx, pgx.Identifier{schema.CountersTable(t.Noun)}, columns, pgx.CopyFromRows(rows))
	return err
}

// copyLinks stores the references of documents.
func (b *batch) copyLinks(ctx context.Context, t *schema.Table, docs []*storage.Document) error {
	for _, l := range t.Links {
		var pairs [][]any
		for _, d := range docs {
			for _, id := range l.IDs(d) {
				pairs = append(pairs, []any{schema.Key(l.From, d.ID), schema.Key(l.To, id)})
			}
		}
		if _, err := b.tx.CopyFrom(ctx, pgx.Identifier{l.Name}, []string{l.FromColumn(), l.ToColumn()}, pgx.CopyFromRows(pairs)); err != nil {
			return err
		}
	}
	return nil
}

// insertKeys stores the keys of objects in their sources.
func (b *batch) insertKeys(ctx context.Context, keys []importplan.Key) error {
	if len(keys) == 0 {
		return nil
	}
	var sources, nouns, texts, ids []string
	for _, k := range keys {
		sources, nouns = append(sources, k.Source), append(nouns, k.Noun.Name)
		texts, ids = append(texts, k.Key), append(ids, k.ID)
	}
	_, err := b.tx.Exec(ctx, `INSERT INTO sources (source, noun, key, object_id)
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
		sources, nouns, texts, ids)
	return err
}
