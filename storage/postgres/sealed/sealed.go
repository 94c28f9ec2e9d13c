// Package sealed encrypts the secrets that credentials sign with, and re-encrypts
// them with another key.
package sealed

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/secret"
)

// Owner identifies the credential that a secret belongs to. A secret cannot be
// opened as another credential's.
type Owner string

// App is the owner of an app's secret.
func App(consumerKey string) Owner { return Owner("app " + consumerKey) }

// Token is the owner of an OAuth token's secret.
func Token(oauthToken string) Owner { return Owner("token " + oauthToken) }

// RequestToken is the owner of a request token's secret.
func RequestToken(token string) Owner { return Owner("request token " + token) }

// columns are the tables with sealed secrets.
var columns = []struct {
	table, id string
	owner     func(id string) Owner
}{
	{"apps", "consumer_key", App},
	{"tokens", "oauth_token", Token},
	{"request_tokens", "token", RequestToken},
}

// Box seals and opens secrets with a ring of keys. It is safe for concurrent use.
type Box struct {
	pool *pool.Pool
	keys *secret.Ring // nil if apps cannot be managed
}

// New returns a box for the secrets of a database. Without keys, everything but
// absent secrets fails.
func New(p *pool.Pool, keys *secret.Ring) *Box { return &Box{pool: p, keys: keys} }

var errNoKeys = storage.Errorf(storage.Unavailable, "the server has no secret key, which apps need; its operator has to set one")

// New makes a secret and seals it.
func (b *Box) New(owner Owner) (plain string, sealed []byte, err error) {
	if b.keys == nil {
		return "", nil, errNoKeys
	}
	plain = rand.Text()
	sealed, err = b.keys.Seal(plain, string(owner))
	return plain, sealed, err
}

// Open decrypts a secret. A nil secret is "".
func (b *Box) Open(sealed []byte, owner Owner) (string, error) {
	switch {
	case sealed == nil:
		return "", nil
	case b.keys == nil:
		return "", errNoKeys
	}
	plain, err := b.keys.Open(sealed, string(owner))
	if err != nil {
		return "", fmt.Errorf("decrypt the secret of %s: %w", owner, err)
	}
	return plain, nil
}

// Check opens one secret of each table, so that a program with wrong keys
// fails when it starts.
func (b *Box) Check(ctx context.Context) error {
	for _, c := range columns {
		var id string
		var sealed []byte
		err := b.pool.QueryRow(ctx, `SELECT `+c.id+`, secret FROM `+c.table+` WHERE secret IS NOT NULL ORDER BY 1 LIMIT 1`).Scan(&id, &sealed)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read a secret: %w", pool.Translate(err))
		}
		if _, err := b.Open(sealed, c.owner(id)); err != nil {
			return err
		}
	}
	return nil
}

// Rotate encrypts every secret with the newest key, and returns how many had
// an older one. If the keys are in a file, it first makes a new one. Other processes
// continue meanwhile.
func (b *Box) Rotate(ctx context.Context) (int, error) {
	if b.keys == nil {
		return 0, errNoKeys
	}
	n := 0
	err := b.pool.Lead(ctx, "secrets", func(ctx context.Context) error {
		if err := b.keys.Renew(); err != nil {
			return err
		}
		return b.pool.Transaction(ctx, func(tx pgx.Tx) error {
			for _, c := range columns {
				resealed, err := b.reseal(ctx, tx, c.table, c.id, c.owner)
				if n += resealed; err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return 0, fmt.Errorf("encrypt secrets with another key: %w", err)
	}
	return n, nil
}

// reseal encrypts the secrets of one table with the newest key.
func (b *Box) reseal(ctx context.Context, tx pgx.Tx, table, column string, owner func(string) Owner) (int, error) {
	rows, err := tx.Query(ctx, `SELECT `+column+`, secret FROM `+table+` WHERE secret IS NOT NULL FOR UPDATE`)
	if err != nil {
		return 0, err
	}
	var batch pgx.Batch
	var id string
	var sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &sealed}, func() error {
		if newest, err := b.keys.Newest(sealed); newest || err != nil {
			return err
		}
		plain, err := b.Open(sealed, owner(id))
		if err != nil {
			return err
		}
		if sealed, err = b.keys.Seal(plain, string(owner(id))); err != nil {
			return err
		}
		batch.Queue(`UPDATE `+table+` SET secret = $2 WHERE `+column+` = $1`, id, sealed)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return batch.Len(), tx.SendBatch(ctx, &batch).Close()
}
