package commit

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

// Charge adds bytes, which may be negative, to the storage used by an owner. Without
// an owner it does nothing.
func (tx *Tx) Charge(owner pgtype.Text, bytes int) {
	if !owner.Valid || bytes == 0 {
		return
	}
	if tx.owed == nil {
		tx.owed = map[string]int64{}
	}
	tx.owed[owner.String] += int64(bytes)
}

// Owed returns the charges so far, by owner.
func (tx *Tx) Owed() map[string]int64 { return maps.Clone(tx.owed) }

// Exceeded returns the error of an owner who is over the quota by charges since before. A
// write that stores less is accepted even above it.
func (tx *Tx) Exceeded(ctx context.Context, before map[string]int64) error {
	for _, owner := range slices.Sorted(maps.Keys(tx.owed)) {
		by := tx.owed[owner] - before[owner]
		if by <= 0 {
			continue
		}
		u, read := tx.users[owner]
		if !read {
			err := tx.QueryRow(ctx, `SELECT used_bytes, coalesce(quota_bytes, $2) FROM users WHERE name = $1`, owner, tx.Quota).Scan(&u.used, &u.quota)
			if err != nil {
				return err
			}
			if tx.users == nil {
				tx.users = map[string]usage{}
			}
			tx.users[owner] = u
		}
		if used := u.used + tx.owed[owner]; u.quota > 0 && used > u.quota {
			return overQuota(owner, used-by, by, u.quota)
		}
	}
	return nil
}

// usage is how much an owner had stored before the transaction, and the quota.
type usage struct{ used, quota int64 }

// settle queues the charges. One that exceeds the owner's quota fails the batch, and
// so the transaction.
func (tx *Tx) settle() {
	for _, owner := range slices.Sorted(maps.Keys(tx.owed)) {
		by := tx.owed[owner]
		tx.Pending.Queue(`UPDATE users SET used_bytes = used_bytes + $2 WHERE name = $1 RETURNING used_bytes, coalesce(quota_bytes, $3)`,
			owner, by, tx.Quota).QueryRow(func(row pgx.Row) error {
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
	tx.owed = nil
}

func overQuota(owner string, used, more, quota int64) error {
	return &storage.Error{Code: storage.QuotaExceeded,
		Detail: fmt.Sprintf("%s has stored %d of %d bytes, and this needs %d more: delete something, or have the quota raised", owner, used, quota, more),
		Faults: []storage.Fault{{Value: fmt.Sprint(used), Reason: fmt.Sprintf("needs %d bytes more than the %d that are stored", more, used), Allowed: fmt.Sprint(quota)}}}
}
