// Package verify compares the search index with the catalogue and repairs what
// differs.
package verify

import (
	"context"
	"fmt"
	"time"

	"marquee/indexer/pair"
)

// Run compares the index that searches go to with the catalogue: ids, versions,
// and checksums of the documents. It changes nothing. rate bounds the objects that
// it reads in a second; 0 is no bound.
func Run(ctx context.Context, p *pair.Pair, rate int) (_ *Report, err error) {
	ctx, end := p.Trace(ctx, "index verify")
	defer func() { end(err) }()
	s, err := p.Survey(ctx)
	if err != nil {
		return nil, err
	}
	if reason := s.Unusable(); reason != "" {
		return nil, fmt.Errorf("%w: %s", pair.ErrNoLiveIndex, reason)
	}
	return Compare(ctx, p, s.Alias, func(ctx context.Context, version int64) error { return p.Await(ctx, s.Alias, version) }, rate)
}

// Watch compares the index with the catalogue now and then until ctx ends, repairs
// what differs, and counts it. It calls ahead with an index that no repair can fix.
func Watch(ctx context.Context, p *pair.Pair, every time.Duration, rate int, ahead func(index string)) {
	for ctx.Err() == nil {
		p.Sleep(ctx, every)
		if ctx.Err() != nil {
			return
		}
		if err := checkDrift(ctx, p, rate, ahead); err != nil {
			p.Failed(ctx, "the search index was not compared with the catalogue; trying again later", err)
		}
	}
}

// maxLogged bounds the differences that are logged.
const maxLogged = 5

func checkDrift(ctx context.Context, p *pair.Pair, rate int, ahead func(index string)) error {
	r, err := Run(ctx, p, rate)
	if err != nil {
		return err
	}
	p.Counts.Comparisons.Add(1)
	if !r.Agrees() || r.Counts[Refused] > 0 {
		p.Counts.Drift.Add(int64(r.drift()))
		p.Logger.Error("the search index differs from the catalogue; repairing it", "report", r.String(), "differences", r.Lines(maxLogged))
	}
	if r.Counts[Ahead] > 0 {
		ahead(r.Index)
	}
	_, err = Repair(ctx, p, r)
	return err
}
