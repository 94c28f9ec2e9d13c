package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/credential"
)

// charge notes that the documents of an owner grow by so many bytes.
func (w *writing) charge(owner pgtype.Text, bytes int) {
	if !owner.Valid || bytes == 0 {
		return
	}
	if w.owed == nil {
		w.owed = map[string]int64{}
	}
	w.owed[owner.String] += int64(bytes)
}

// settle queues the charges. One that grows beyond the owner's quota fails the
// batch, and so the transaction.
func (w *writing) settle() {
	for _, owner := range slices.Sorted(maps.Keys(w.owed)) {
		by := w.owed[owner]
		w.pending.Queue(`UPDATE users SET used_bytes = used_bytes + $2 WHERE name = $1 RETURNING used_bytes, coalesce(quota_bytes, $3)`,
			owner, by, w.quota).QueryRow(func(row pgx.Row) error {
			var used, quota int64
			if err := row.Scan(&used, &quota); err != nil {
				return err
			}
			if by <= 0 || quota == 0 || used <= quota {
				return nil
			}
			return overQuota(owner, used-by, by, quota)
		})
	}
	w.owed = nil
}

func overQuota(owner string, used, more, quota int64) error {
	return &storage.Error{Code: storage.QuotaExceeded,
		Detail: fmt.Sprintf("%s has stored %d of %d bytes, and this needs %d more: delete something, or have the quota raised", owner, used, quota, more),
		Faults: []storage.Fault{{Value: fmt.Sprint(used), Reason: fmt.Sprintf("needs %d bytes more than the %d that are stored", more, used), Allowed: fmt.Sprint(quota)}}}
}

// Accounts lists what every user has stored, by name.
func (s *Store) Accounts(ctx context.Context) ([]credential.Account, error) {
	rows, err := s.pool.Query(ctx, `SELECT name, used_bytes, quota_bytes FROM users ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", translate(err))
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[credential.Account])
	if err != nil {
		return nil, fmt.Errorf("list users: %w", translate(err))
	}
	return accounts, nil
}

// SetQuota bounds how many bytes a user may store: 0 is no bound, nil the one
// that the program is run with. NotFound when nobody has the name.
func (s *Store) SetQuota(ctx context.Context, user string, bytes *int64) (*credential.Account, error) {
	if bytes != nil && *bytes < 0 {
		return nil, storage.Errorf(storage.Invalid, "a quota cannot be negative")
	}
	a := &credential.Account{User: user}
	err := s.pool.QueryRow(ctx, `UPDATE users SET quota_bytes = $2 WHERE name = $1 RETURNING used_bytes, quota_bytes`, user, bytes).Scan(&a.Used, &a.Quota)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, storage.Errorf(storage.NotFound, "there is no user %s", storage.Excerpt(user))
	}
	if err != nil {
		return nil, fmt.Errorf("set the quota of %s: %w", user, translate(err))
	}
	return a, nil
}
