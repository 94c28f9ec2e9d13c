package commit

import (
	"context"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/suggested"
)

// suggests reports whether the transaction stores suggestions of a noun.
func (tx *Tx) suggests(n *storage.Noun) bool { return tx.Analysis != nil && suggested.Suggests(n) }

// Suggest queues the rows by which the label of a new object is suggested.
func (tx *Tx) Suggest(d *storage.Document) {
	if tx.suggests(d.Noun) {
		suggested.Insert(&tx.Pending, suggested.RowOf(d, tx.Analysis))
	}
}

// SuggestAgain queues the rows of an object in place of its earlier ones. Nil before means
// that these are not known.
func (tx *Tx) SuggestAgain(before, after *storage.Document) {
	if suggested.Suggests(after.Noun) && (before == nil || !suggested.Same(before, after)) {
		suggested.Delete(&tx.Pending, after.Noun, after.ID)
		tx.Suggest(after)
	}
}

// Unsuggest deletes the rows of objects, which may be created again later in the transaction.
func (tx *Tx) Unsuggest(ctx context.Context, n *storage.Noun, ids ...string) error {
	if !suggested.Suggests(n) {
		return nil
	}
	var b pgx.Batch
	suggested.Delete(&b, n, ids...)
	return tx.SendBatch(ctx, &b).Close()
}
