package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"marquee/indexer/bulk"
	"marquee/indexer/pair"
	"marquee/search"
	"marquee/storage"
)

// Repair sends the objects that differ again, as the catalogue has them now, and
// returns how many the index took. It removes the dead letters of these. An object
// that is ahead of the catalogue stays as it is.
func Repair(ctx context.Context, p *pair.Pair, r *Report) (int, error) {
	if err := p.Exhume(ctx, r.moot); err != nil {
		return 0, err
	}
	var wanted []pair.Object
	for _, d := range r.Differences {
		if d.Noun != nil && d.Kind != Ahead && d.Kind != Unsettled {
			wanted = append(wanted, pair.Object{Noun: d.Noun, ID: d.ID})
		}
	}
	if len(wanted) == 0 {
		return 0, nil
	}
	taken, err := resend(ctx, p, r.Index, wanted)
	if err != nil {
		return 0, fmt.Errorf("repair %s: %w", r.Index, err)
	}
	if err := p.Refresh(ctx, r.Index); err != nil {
		return 0, err
	}
	if err := p.Exhume(ctx, taken); err != nil {
		return 0, err
	}
	p.Counts.Repaired.Add(int64(len(taken)))
	p.Stepped()
	return len(taken), nil
}

// resend sends objects to an index as the catalogue has them. It returns the dead letters
// that the objects may have which the index took.
func resend(ctx context.Context, p *pair.Pair, index string, wanted []pair.Object) ([]storage.DeadLetter, error) {
	taken := map[pair.Object]storage.DeadLetter{}
	w := bulk.NewWriter(p, index)
	err := w.Close(ctx, p.Fetch(ctx, wanted, func(op search.Operation) error {
		taken[pair.ObjectOf(&op)] = storage.DeadLetter{Index: index, Noun: op.Noun, ID: op.ID, Version: op.Version}
		return w.Add(ctx, op)
	}))
	for _, l := range w.Dead() {
		delete(taken, pair.Object{Noun: l.Noun, ID: l.ID})
	}
	return slices.Collect(maps.Values(taken)), err
}
