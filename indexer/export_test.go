package indexer

import (
	"context"

	"marquee/indexer/verify"
)

// Repair repairs at once what Run repairs now and then.
func (x *Indexer) Repair(ctx context.Context, r *verify.Report) (int, error) {
	return verify.Repair(ctx, x.pair, r)
}
