package postgres

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
)

// ImportOptions say how to import.
type ImportOptions struct {
	// Source names where the records' keys come from.
	Source string
	// Who imports, for the log.
	Who string
	// DryRun finds out what would happen and writes nothing.
	DryRun bool
	// Progress, when set, is called after each batch with the report so far.
	Progress func(*incoming.Report)
}

const (
	// batchSize is the number of records that are written in one transaction.
	// Editors wait for a batch, so it lasts some tenths of a second.
	batchSize = 1000
	// batchTimeout bounds a batch.
	batchTimeout = 2 * time.Minute
	// batchTries and batchPause bound how an import waits for a database that
	// comes back: the pause doubles, so that it lasts about 12 s.
	batchTries = 6
	batchPause = 400 * time.Millisecond
)

// Import takes records in batches, each a transaction with one version. It is
// idempotent: a record whose key was imported before changes nothing, so that
// an import that was cut short is simply run again. The report is that of the
// batches that were committed, also when an error ended the import.
func (s *Store) Import(ctx context.Context, records iter.Seq2[*incoming.Record, error], o ImportOptions) (*incoming.Report, error) {
	im := &importer{store: s, ImportOptions: o, report: incoming.NewReport()}
	if o.DryRun {
		im.planned = map[string]string{}
	}
	var err error
	if im.report.Version, err = s.Version(ctx); err != nil {
		return im.report, err
	}
	batch := make([]*incoming.Record, 0, batchSize)
	for in, err := range records {
		if err != nil {
			return im.report, err
		}
		if in.Refused != "" {
			im.report.Refuse(in, in.Refused)
			continue
		}
		if batch = append(batch, in); len(batch) < batchSize {
			continue
		}
		if err := im.take(ctx, batch); err != nil {
			return im.report, err
		}
		batch = batch[:0]
	}
	if len(batch) == 0 {
		return im.report, nil
	}
	return im.report, im.take(ctx, batch)
}

// importer is an import on its way.
type importer struct {
	store *Store
	ImportOptions
	report *incoming.Report
	// planned are the ids of what a dry run would have created, by noun and key
	// or name. Nil in a real run, where the tables know.
	planned map[string]string
}

// take imports one batch, again while the database comes back: what the lost
// try may have committed is then unchanged.
func (im *importer) take(ctx context.Context, records []*incoming.Record) error {
	pause := batchPause
	for try := 1; ; try++ {
		report, err := im.try(ctx, records)
		if err == nil {
			im.report.Add(report)
			if im.Progress != nil {
				im.Progress(im.report)
			}
			return nil
		}
		if storage.CodeOf(err) != storage.Unavailable || try == batchTries {
			return fmt.Errorf("import the batch that starts at %s: %w", records[0].Place(), err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			pause *= 2
		}
	}
}

func (im *importer) try(ctx context.Context, records []*incoming.Record) (*incoming.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	report := incoming.NewReport()
	err := im.store.inTransaction(ctx, func(tx pgx.Tx) error {
		b := &batch{importer: im, report: report, created: map[*storage.Noun][]string{},
			writing: &writing{Write: &edit.Write{Who: im.Who}, tx: tx, now: im.store.now(), quota: im.store.quota}}
		return b.run(ctx, records)
	})
	return report, err
}

// batch is one transaction of an import.
type batch struct {
	*importer
	*writing
	report *incoming.Report
	// created are the ids that the batch made, and touched those whose counts
	// it changed, for the log.
	created map[*storage.Noun][]string
	// sources are rows of that table that wait to be written.
	sources [][]any
}

func (b *batch) run(ctx context.Context, records []*incoming.Record) error {
	if err := b.reserve(ctx); err != nil {
		return err
	}
	for _, n := range storage.Nouns {
		var group []*arrival
		for _, in := range records {
			if in.Noun == n {
				group = append(group, &arrival{Record: in})
			}
		}
		if len(group) == 0 {
			continue
		}
		if err := b.plan(ctx, tables[n], group); err != nil {
			return fmt.Errorf("plan %s: %w", n.Plural, err)
		}
		if err := b.store(ctx, tables[n], group); err != nil {
			return fmt.Errorf("store %s: %w", n.Plural, err)
		}
	}
	return b.finish(ctx)
}

// reserve locks the catalogue as every write does, but only finish takes the
// version, since a batch may turn out to change nothing. A dry run makes
// nobody wait.
func (b *batch) reserve(ctx context.Context) error {
	lock := " FOR UPDATE"
	if b.DryRun {
		lock = ""
	}
	return b.tx.QueryRow(ctx, `SELECT version + 1, (SELECT name FROM users WHERE name = $1) FROM catalogue`+lock, b.writing.Who).Scan(&b.version, &b.owner)
}

// finish counts children anew, logs the batch and takes the version.
func (b *batch) finish(ctx context.Context) error {
	b.report.Version = b.version - 1
	if b.DryRun {
		return nil
	}
	if err := b.recount(ctx); err != nil {
		return err
	}
	for _, n := range storage.Nouns {
		if ids := b.created[n]; len(ids) > 0 {
			b.append(n, storage.Import, ids, nil, nil)
		}
	}
	if b.logged > 0 {
		b.report.Version = b.version
		b.pending.Queue(`UPDATE catalogue SET version = $1`, b.version)
	}
	return b.flush(ctx)
}

// Analyze has PostgreSQL gather statistics, as it would by itself some time
// after an import: until then it plans queries for what was there before.
func (s *Store) Analyze(ctx context.Context) error {
	var names []string
	for _, n := range storage.Nouns {
		names = append(names, n.Plural)
		for _, l := range tables[n].links {
			names = append(names, l.name)
		}
	}
	_, err := s.pool.Exec(ctx, `VACUUM (ANALYZE) `+strings.Join(names, ", "))
	return translate(err)
}
