package importer

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/commit"
	"marquee/storage/postgres/flush"
	"marquee/storage/postgres/importplan"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

// batch is one transaction of an import.
type batch struct {
	*run
	tx     *commit.Tx
	plans  *importplan.Batch
	report *incoming.Report
	// created are the ids of new objects, and of parents whose counts changed, for the
	// log.
	created map[*storage.Noun][]string
	// votes are the new votes by noun.
	votes map[*storage.Noun][]flush.Ballot
}

func (r *run) try(ctx context.Context, records []*incoming.Record) (*incoming.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	b := &batch{run: r, report: r.report.Batch(), created: map[*storage.Noun][]string{}, votes: map[*storage.Noun][]flush.Ballot{}}
	err := r.pool.Transaction(ctx, func(tx pgx.Tx) error {
		b.tx = &commit.Tx{Tx: tx, Who: r.Who, Now: r.now(), Quota: r.quota, Analysis: r.analysis}
		b.plans = r.planner.Batch(&catalogue{tx: b.tx}, b.tx.Now, b.report)
		return b.store(ctx, records)
	})
	if err != nil {
		return b.report, err
	}
	b.plans.Commit()
	if r.DryRun {
		r.foreseen.add(b.votes)
	}
	return b.report, nil
}

func (b *batch) store(ctx context.Context, records []*incoming.Record) error {
	if err := b.reserve(ctx); err != nil {
		return err
	}
	for _, n := range storage.Nouns {
		var group []*incoming.Record
		for _, in := range records {
			if in.Noun == n && in.Vote == nil {
				group = append(group, in)
			}
		}
		if err := b.storeAll(ctx, n, group); err != nil {
			return err
		}
	}
	if err := b.storeVotes(ctx, records); err != nil {
		return err
	}
	return b.finish(ctx)
}

// storeAll stores the records of one noun, as many at once as can be planned together.
func (b *batch) storeAll(ctx context.Context, n *storage.Noun, records []*incoming.Record) error {
	for len(records) > 0 {
		plan, rest, err := b.plans.Plan(ctx, n, records)
		if err != nil {
			return fmt.Errorf("plan %s: %w", n.Plural, err)
		}
		if records = rest; b.DryRun {
			continue
		}
		if err := b.carryOut(ctx, n, plan); err != nil {
			return fmt.Errorf("store %s: %w", n.Plural, err)
		}
	}
	return nil
}

// reserve locks the catalogue as every write does. Only finish takes the version,
// because the batch may change nothing. A dry run locks nothing.
func (b *batch) reserve(ctx context.Context) error {
	lock := " FOR UPDATE"
	if b.DryRun {
		lock = ""
	}
	return b.tx.QueryRow(ctx, `SELECT version + 1, (SELECT name FROM users WHERE name = $1) FROM catalogue`+lock, b.Who).Scan(&b.tx.Version, &b.tx.Owner)
}

// carryOut stores the objects of a plan and their keys. The records that follow look
// up their parents and references by these keys.
func (b *batch) carryOut(ctx context.Context, n *storage.Noun, plan *importplan.Plan) error {
	for _, docs := range append(plan.Implied, plan.Documents) {
		if err := b.copyDocuments(ctx, docs); err != nil {
			return err
		}
	}
	if plan.Given && !n.Slug {
		if _, err := b.tx.Exec(ctx, continueAfter(n)); err != nil {
			return err
		}
	}
	return b.insertKeys(ctx, plan.Keys)
}

// continueAfter moves the sequence of a noun beyond the ids that records brought along:
// after the highest id with room above it. The search for the room is slow, and only
// needed where an id at the top of the range is taken.
func continueAfter(n *storage.Noun) string {
	return fmt.Sprintf(`SELECT setval(s, CASE WHEN highest <= %[2]d THEN greatest(highest, coalesce(pg_sequence_last_value(s), 1)) ELSE (
			SELECT coalesce(max(id), 1) FROM (SELECT id, lead(id, 1, %[3]d) OVER (ORDER BY id) - id AS room FROM %[1]s) ids WHERE room > %[4]d) END)
		FROM (SELECT max(id) AS highest, pg_get_serial_sequence('%[1]s', 'id')::regclass AS s FROM %[1]s) given`,
		n.Plural, importplan.MaxID-importplan.SequenceRoom, importplan.MaxID, importplan.SequenceRoom)
}

// finish updates the counts of parents, logs the batch and takes the version.
func (b *batch) finish(ctx context.Context) error {
	b.report.Version = b.tx.Version - 1
	if b.DryRun {
		return nil
	}
	if err := b.recount(ctx); err != nil {
		return err
	}
	for _, n := range storage.Nouns {
		if ids := b.created[n]; len(ids) > 0 {
			b.tx.LogIDs(n, ids)
		}
	}
	if b.tx.Logged() {
		b.report.Version = b.tx.Version
		b.tx.Pending.Queue(`UPDATE catalogue SET version = $1`, b.tx.Version)
	}
	return b.tx.Finish(ctx)
}

// recount sets the counts of the parents of new objects.
func (b *batch) recount(ctx context.Context) error {
	for _, n := range storage.Nouns {
		for _, p := range n.Parents {
			if err := b.recountIn(ctx, n, p, b.created[n]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *batch) recountIn(ctx context.Context, child, parent *storage.Noun, ids []string) error {
	count, field := child.CountName(), parent.IDName()
	if parent.Field(count) == nil || len(ids) == 0 {
		return nil
	}
	rows, err := b.tx.Query(ctx, fmt.Sprintf(`UPDATE %[1]s p SET %[2]s = (SELECT count(*) FROM %[3]s c WHERE c.%[4]s = p.id), document_version = $1
		WHERE id IN (SELECT %[4]s FROM %[3]s WHERE id = ANY($2)) RETURNING id::text`, parent.Plural, count, child.Plural, field),
		b.tx.Version, schema.Keys(child, ids))
	if err != nil {
		return err
	}
	touched, err := pool.Strings(rows)
	for _, id := range touched {
		if !slices.Contains(b.created[parent], id) {
			b.created[parent] = append(b.created[parent], id)
		}
	}
	return err
}
