package schema

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

// Revisions reads the objects that a clause after FROM selects, with the names that
// they show.
func (t *Table) Revisions(ctx context.Context, tx pgx.Tx, clause string, args ...any) ([]storage.Revision, error) {
	rows, err := tx.Query(ctx, `SELECT t.document_version, `+t.Columns+` FROM `+t.Name+` t `+clause, args...)
	if err != nil {
		return nil, err
	}
	out, err := pgx.CollectRows(rows, func(rows pgx.CollectableRow) (storage.Revision, error) {
		var shown pgtype.Int8
		var r Row
		if err := rows.Scan(append([]any{&shown}, t.Targets(&r)...)...); err != nil {
			return storage.Revision{}, err
		}
		d, err := t.Document(&r)
		return storage.Revision{Document: d, Version: r.Version(), DocumentVersion: shown.Int64}, err
	})
	if err != nil {
		return nil, err
	}
	return out, SetNames(ctx, tx, Documents(out)...)
}

// Documents returns the documents of revisions.
func Documents(revisions []storage.Revision) []*storage.Document {
	docs := make([]*storage.Document, len(revisions))
	for i := range revisions {
		docs[i] = revisions[i].Document
	}
	return docs
}
