// Package importer stores the records of an import in batches.
package importer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importplan"
	"marquee/storage/postgres/pool"
)

// Options configure an import.
type Options struct {
	// Source names where the records' keys come from.
	Source string
	// Who is the author of the import, for the change log.
	Who string
	// Check, if set, adds faults to the edit of a record that other packages find. Its error
	// ends the import.
	Check func(*edit.Edit) error
	// DryRun finds out what would happen and writes nothing.
	DryRun bool
	// Progress, if set, is called after each batch with the report so far.
	Progress func(*incoming.Report)
	// List, if set, is called for every refusal and repair. It is called after the batch
	// is committed.
	List func(incoming.Entry)
}

const (
	// batchSize is the number of records that one transaction stores. Editors wait for
	// a batch, so it takes some tenths of a second.
	batchSize = 1000
	// batchTimeout bounds a batch.
	batchTimeout = 2 * time.Minute
	// batchTries and batchPause bound how long an import waits for a database that
	// restarts: the pause doubles, so it waits about 12 s.
	batchTries = 6
	batchPause = 400 * time.Millisecond
)

// Importer imports into a database. It is safe for concurrent use.
type Importer struct {
	pool *pool.Pool
	now  func() time.Time
	// quota is how many bytes a user without a quota may store, 0 for no limit.
	quota    int64
	analysis storage.Analysis
}

// New returns an importer.
func New(p *pool.Pool, now func() time.Time, quota int64, a storage.Analysis) *Importer {
	return &Importer{pool: p, now: now, quota: quota, analysis: a}
}

// Import stores records in batches, each a transaction with one version. It is
// idempotent: a record whose key was imported before changes nothing, so an
// interrupted import is simply run again. The report covers the committed batches,
// also on an error. Records before an error of the sequence are stored.
func (im *Importer) Import(ctx context.Context, records iter.Seq2[*incoming.Record, error], o Options) (*incoming.Report, error) {
	r := &run{Importer: im, Options: o, planner: importplan.New(o.Source, o.DryRun), report: incoming.NewReport(), foreseen: newForeseenVotes()}
	r.report.List = o.List
	if err := im.pool.QueryRow(ctx, `SELECT version FROM catalogue`).Scan(&r.report.Version); err != nil {
		return r.report, pool.Translate(err)
	}
	batch := make([]*incoming.Record, 0, batchSize)
	var failed error
	for in, err := range records {
		if err != nil {
			failed = err
			break
		}
		if in.Refused != "" {
			r.planner.Refuse(in, r.report)
			continue
		}
		if o.Check != nil && in.Edit != nil {
			if failed = o.Check(in.Edit); failed != nil {
				break
			}
		}
		if batch = append(batch, in); len(batch) < batchSize {
			continue
		}
		if err := r.store(ctx, batch); err != nil {
			return r.report, err
		}
		batch = batch[:0]
	}
	if len(batch) > 0 && (failed == nil || ctx.Err() == nil) {
		failed = errors.Join(failed, r.store(ctx, batch))
	}
	if failed == nil || ctx.Err() == nil {
		failed = errors.Join(failed, r.flushVotes(ctx))
	}
	return r.report, failed
}

// run is an import in progress.
type run struct {
	*Importer
	Options
	planner *importplan.Planner
	report  *incoming.Report
	// foreseen are the votes that a dry run would have stored.
	foreseen *foreseenVotes
	// unflushed is the number of new votes since the last flush.
	unflushed int
}

// store stores one batch. A batch that the database refuses is split, until the records
// are found that it refuses. The planner knows every rule, so this happens when it has an
// error, or when the database has rules of its own.
func (r *run) store(ctx context.Context, records []*incoming.Record) error {
	report, err := r.retry(ctx, records)
	reason, refused := pool.Refusal(err)
	switch {
	case err == nil:
		r.report.Add(report)
		r.countVotes(ctx, report.Votes.New())
	case !refused:
		return fmt.Errorf("import the batch that starts at %s: %w", records[0].Place(), err)
	case len(records) == 1:
		refused := *records[0]
		refused.Refused = "the database refuses it: " + reason
		r.planner.Refuse(&refused, r.report)
	default:
		half := len(records) / 2
		if err := r.store(ctx, records[:half]); err != nil {
			return err
		}
		return r.store(ctx, records[half:])
	}
	if r.Progress != nil {
		r.Progress(r.report)
	}
	return nil
}

// retry stores one batch, and retries while the database restarts. If the failed try was
// committed, the retry finds its records unchanged.
func (r *run) retry(ctx context.Context, records []*incoming.Record) (*incoming.Report, error) {
	pause := batchPause
	for try := 1; ; try++ {
		report, err := r.try(ctx, records)
		if storage.CodeOf(err) != storage.Unavailable || try == batchTries {
			return report, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
			pause *= 2
		}
	}
}
