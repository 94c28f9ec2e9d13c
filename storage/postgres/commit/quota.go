package commit

import (
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
