// Package idempotency stores the replies of creations under their idempotency keys,
// so that a repeated request gets the reply of the first.
package idempotency

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

// keepKeys is how long a reply is stored.
const keepKeys = 24 * time.Hour

// Replay returns the object of an earlier creation with the key, and the catalogue's
// present version, or nil if there was none. It locks the key until the transaction
// ends.
func Replay(ctx context.Context, tx pgx.Tx, who string, key *edit.Idempotency) (o *storage.Object, version int64, err error) {
	var free bool
	err = tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))`, "idempotency "+who+" "+key.Key).Scan(&free)
	if err != nil {
		return nil, 0, err
	}
	if !free {
		return nil, 0, storage.Errorf(storage.Conflict, "a request with this Idempotency-Key is still in flight: wait for its answer")
	}
	var digest []byte
	var noun string
	var modified pgtype.Timestamptz
	o = &storage.Object{}
	err = tx.QueryRow(ctx, `SELECT k.digest, k.noun, k.object_id, k.object_version, k.modified, k.body, c.version
		FROM idempotency_keys k, catalogue c WHERE k.who = $1 AND k.key = $2 AND k.created > now() - $3::interval`,
		who, key.Key, keepKeys).Scan(&digest, &noun, &o.ID, &o.Version, &modified, &o.Body, &version)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, 0, nil
	case err != nil:
		return nil, 0, err
	case !bytes.Equal(digest, key.Digest):
		return nil, 0, storage.Errorf(storage.KeyReused, "this Idempotency-Key came with another request before: use a new key for a new request")
	}
	if noun != "" {
		o.Noun, o.Modified = storage.NounByName(noun), modified.Time.UTC()
	}
	return o, version, nil
}

// Remember queues the storing of a created object under the key, and the deletion of
// old keys.
func Remember(batch *pgx.Batch, who string, key *edit.Idempotency, o *storage.Object) {
	remember(batch, who, key, o.Noun.Name, o)
}

// RememberReply is Remember for the reply of a bulk, which Replay returns as the body of
// an object without a noun.
func RememberReply(batch *pgx.Batch, who string, key *edit.Idempotency, reply []byte, version int64) {
	remember(batch, who, key, "", &storage.Object{Version: version, Body: reply})
}

func remember(batch *pgx.Batch, who string, key *edit.Idempotency, noun string, o *storage.Object) {
	batch.Queue(`DELETE FROM idempotency_keys WHERE created <= now() - $1::interval`, keepKeys)
	batch.Queue(`INSERT INTO idempotency_keys (who, key, digest, noun, object_id, object_version, modified, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		who, key.Key, key.Digest, noun, o.ID, o.Version,
		pgtype.Timestamptz{Time: o.Modified, Valid: !o.Modified.IsZero()}, o.Body)
}
