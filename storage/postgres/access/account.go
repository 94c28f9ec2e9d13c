package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres/pool"
)

// Accounts returns the storage used by every user, by name.
func (c *Credentials) Accounts(ctx context.Context) ([]credential.Account, error) {
	rows, err := c.pool.Query(ctx, `SELECT name, used_bytes, quota_bytes FROM users ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", pool.Translate(err))
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[credential.Account])
	if err != nil {
		return nil, fmt.Errorf("list users: %w", pool.Translate(err))
	}
	return accounts, nil
}

// SetQuota sets how many bytes a user may store: 0 is no limit, nil the limit that
// the program was started with. NotFound if there is no such user.
func (c *Credentials) SetQuota(ctx context.Context, user string, bytes *int64) (*credential.Account, error) {
	if bytes != nil && *bytes < 0 {
		return nil, storage.Errorf(storage.Invalid, "a quota cannot be negative")
	}
	a := &credential.Account{User: user}
	err := c.pool.QueryRow(ctx, `UPDATE users SET quota_bytes = $2 WHERE name = $1 RETURNING used_bytes, quota_bytes`, user, bytes).Scan(&a.Used, &a.Quota)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, storage.Errorf(storage.NotFound, "there is no user %s", storage.Excerpt(user))
	}
	if err != nil {
		return nil, fmt.Errorf("set the quota of %s: %w", user, pool.Translate(err))
	}
	return a, nil
}
