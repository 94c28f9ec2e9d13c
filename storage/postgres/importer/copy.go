package importer

import (
	"context"

	"marquee/storage"
	"marquee/storage/postgres/importplan"
)

// copyDocuments stores documents of one noun, and charges their owner.
func (b *batch) copyDocuments(ctx context.Context, docs []*storage.Document) error {
	if err := b.tx.SetNames(ctx, docs...); err != nil { // which are of one noun
		return err
	}
	size, err := b.tx.CopyDocuments(ctx, docs)
	b.tx.Charge(b.tx.Owner, size)
	for _, d := range docs {
		b.created[d.Noun] = append(b.created[d.Noun], d.ID)
	}
	return err
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
