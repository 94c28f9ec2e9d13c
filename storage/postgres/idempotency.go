package postgres

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/edit"
)

// keepKeys is how long a repeated creation is answered as the first was.
const keepKeys = 24 * time.Hour

// replay answers a creation whose idempotency key has been seen; done says that
// it has. It holds the key until the transaction ends.
func (w *writing) replay(ctx context.Context, out *edit.Written) (done bool, err error) {
	if w.Idempotency == nil {
		return false, nil
	}
	var free bool
	err = w.tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))`, "idempotency "+w.Who+" "+w.Idempotency.Key).Scan(&free)
	if err != nil {
		return false, err
	}
	if !free {
		return false, storage.Errorf(storage.Conflict, "a request with this Idempotency-Key is still in flight: wait for its answer")
	}
	var digest []byte
	var noun string
	var modified pgtype.Timestamptz
	o := &storage.Object{}
	err = w.tx.QueryRow(ctx, `SELECT k.digest, k.noun, k.object_id, k.object_version, k.modified, k.body, c.version
		FROM idempotency_keys k, catalogue c WHERE k.who = $1 AND k.key = $2 AND k.created > now() - $3::interval`,
		w.Who, w.Idempotency.Key, keepKeys).Scan(&digest, &noun, &o.ID, &o.Version, &modified, &o.Body, &w.version)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err != nil:
		return false, err
	case !bytes.Equal(digest, w.Idempotency.Digest):
		return false, storage.Errorf(storage.KeyReused, "this Idempotency-Key came with another request before: use a new key for a new request")
	}
	o.Noun, o.Modified = storage.NounByName(noun), modified.Time.UTC()
	out.Object, out.Replayed = o, true
	return true, nil
}

// remember keeps the answer of a creation under its idempotency key, in the
// creation's own transaction, and forgets old ones.
func (w *writing) remember(out *edit.Written) {
	if w.Idempotency == nil || out.Object == nil {
		return
	}
	o := out.Object
	w.pending.Queue(`DELETE FROM idempotency_keys WHERE created <= now() - $1::interval`, keepKeys)
	w.pending.Queue(`INSERT INTO idempotency_keys (who, key, digest, noun, object_id, object_version, modified, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		w.Who, w.Idempotency.Key, w.Idempotency.Digest, o.Noun.Name, o.ID, o.Version,
		pgtype.Timestamptz{Time: o.Modified, Valid: !o.Modified.IsZero()}, o.Body)
}
