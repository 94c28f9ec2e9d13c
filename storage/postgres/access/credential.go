// Package access stores the apps, tokens and request tokens that users and
// programs authenticate with, and the accounts of users.
package access

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage/credential"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/sealed"
)

// Credentials are the credentials of a database. It is safe for concurrent use.
type Credentials struct {
	pool    *pool.Pool
	secrets *sealed.Box
	now     func() time.Time
}

// New returns the credentials of a database.
func New(p *pool.Pool, secrets *sealed.Box, now func() time.Time) *Credentials {
	return &Credentials{pool: p, secrets: secrets, now: now}
}

// CheckSecrets fails if the keys cannot open the stored secrets; see sealed.Box.Check.
func (c *Credentials) CheckSecrets(ctx context.Context) error { return c.secrets.Check(ctx) }

// RotateSecrets encrypts every secret with the newest key; see sealed.Box.Rotate.
func (c *Credentials) RotateSecrets(ctx context.Context) (int, error) { return c.secrets.Rotate(ctx) }

// addUser creates an account for a user without one.
func addUser(ctx context.Context, tx pgx.Tx, name string) error {
	_, err := tx.Exec(ctx, `INSERT INTO users (name) VALUES ($1) ON CONFLICT DO NOTHING`, name)
	return err
}

// slice reads a part of a list, and counts all of it. args are $1 and following of
// the count, and $3 and following of the list.
func slice[T any](ctx context.Context, p *pool.Pool, part credential.Slice, count, list string, args ...any) (items []T, total int, err error) {
	if err := p.QueryRow(ctx, count, args...).Scan(&total); err != nil {
		return nil, 0, pool.Translate(err)
	}
	rows, err := p.Query(ctx, list+` OFFSET $1::bigint LIMIT nullif($2::bigint, 0)`, append([]any{part.Offset, part.Limit}, args...)...)
	if err != nil {
		return nil, 0, pool.Translate(err)
	}
	if items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T]); err != nil {
		return nil, 0, pool.Translate(err)
	}
	return items, total, nil
}
