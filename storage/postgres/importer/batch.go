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
		return b.store(ctx, records)
	})
	if err == nil && r.DryRun {
		r.foreseen.add(b.votes)
	}
	return b.report, err
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
		if len(group) == 0 {
			continue
		}
		plan, err := b.planner.Plan(ctx, &catalogue{tx: b.tx}, n, group, b.tx.Now, b.report)
		if err != nil {
			return fmt.Errorf("plan %s: %w", n.Plural, err)
		}
		if b.DryRun {
			continue
		}
		if err := b.carryOut(ctx, plan); err != nil {
			return fmt.Errorf("store %s: %w", n.Plural, err)
		}
	}
	if err := b.storeVotes(ctx, records); err != nil {
		return err
	}
	return b.finish(ctx)
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

// carryOut stores the objects of a plan and their keys. The nouns that follow look
// up their parents and references by these keys.
func (b *batch) carryOut(ctx context.Context, plan *importplan.Plan) error {
	for _, docs := range append(plan.Implied, plan.Documents) {
		if err := b.copyDocuments(ctx, docs); err != nil {
			return err
		}
	}
	return b.insertKeys(ctx, plan.Keys)
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

// recount sets the counts of the parents of new objects, and moves the sequences
// beyond ids that records brought along.
func (b *batch) recount(ctx context.Context) error {
	for _, n := range storage.Nouns {
		ids := b.created[n]
		if len(ids) == 0 {
			continue
		}
		if !n.Slug {
			b.tx.Pending.Queue(`SELECT setval(pg_get_serial_sequence($1, 'id'), greatest(nextval(pg_get_serial_sequence($1, 'id')) - 1, (SELECT max(id) FROM `+n.Plural+`)))`, n.Plural)
		}
		for _, p := range n.Parents {
			if err := b.recountIn(ctx, n, p, ids); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *batch) recountIn(ctx context.Context, child, parent *storage.Noun, ids []string) error {
	count, field := child.CountName(), parent.IDName()
	if parent.Field(count) == nil {
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
