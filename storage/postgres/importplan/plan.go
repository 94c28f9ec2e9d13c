// Package importplan decides what a batch of an import creates, by the rules of requests.
// It knows every rule of the catalogue, so that no plan breaks a constraint of the
// database. It writes nothing.
package importplan

import (
	"context"
	"time"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/schema"
)

// Key is the key of an object in a source.
type Key struct {
	Source string
	Noun   *storage.Noun
	Key    string
	ID     string
}

// Plan has what to store, in this order.
type Plan struct {
	// Implied are the objects that references name and that do not exist, by noun.
	Implied [][]*storage.Document
	// Documents are the objects of records.
	Documents []*storage.Document
	// Given reports whether the records gave the ids of Documents.
	Given bool
	// Keys are the keys of new and linked objects.
	Keys []Key
}

// Planner plans the batches of one import.
type Planner struct {
	source string
	memory memory
	// foreseen are the objects that a dry run would have stored. It is nil in a real run:
	// the catalogue has them.
	foreseen *foreseen
}

// New returns a planner for records of a source.
func New(source string, dryRun bool) *Planner {
	p := &Planner{source: source, memory: memory{}}
	if dryRun {
		p.foreseen = newForeseen()
	}
	return p
}

// Refuse counts a record that its reader refused.
func (p *Planner) Refuse(in *incoming.Record, report *incoming.Report) {
	report.Refuse(in, in.Refused)
	p.memory.refuse(in)
}

// Batch plans the records of one batch.
type Batch struct {
	*Planner
	Catalogue
	now    time.Time
	report *incoming.Report
	// memory and foreseen are of this batch until Commit.
	memory   memory
	foreseen *foreseen
}

// Batch returns a batch over the catalogue. The report is of this batch alone. A batch
// that fails leaves no trace in the planner.
func (p *Planner) Batch(c Catalogue, now time.Time, report *incoming.Report) *Batch {
	b := &Batch{Planner: p, Catalogue: c, now: now, report: report, memory: memory{}}
	if p.foreseen != nil {
		b.foreseen = newForeseen()
		b.Catalogue = b.foreseen.over(p.foreseen.over(c))
	}
	return b
}

// Commit adds the batch to what the planner knows.
func (b *Batch) Commit() {
	b.Planner.memory.add(b.memory)
	if b.foreseen != nil {
		b.Planner.foreseen.add(b.foreseen)
	}
}

// Plan plans the first of the records of a noun, which the caller stores before it plans
// the others. So a record meets the earlier ones of its batch in the catalogue, as it
// meets those of earlier batches.
func (b *Batch) Plan(ctx context.Context, n *storage.Noun, records []*incoming.Record) (*Plan, []*incoming.Record, error) {
	first, rest := split(b.withoutRepeats(records))
	g := &group{Batch: b, table: schema.Of(n), plan: &Plan{}}
	for _, in := range first {
		own := *in // gets repairs
		g.all = append(g.all, &arrival{Record: &own})
	}
	for _, step := range []func(context.Context, []*arrival) error{
		g.planKeys, g.planDocuments, g.planParents, g.planReferences, g.planSlugs, g.refuseFaulty,
		g.planExact, g.planSources, g.planDistinct, g.link, g.planImplied, g.planNumbers,
	} {
		if err := step(ctx, g.undecided()); err != nil {
			return nil, nil, err
		}
	}
	g.finish()
	if o, dry := b.Catalogue.(*overlay); dry {
		return g.plan, rest, o.store(ctx, n, g.plan)
	}
	return g.plan, rest, nil
}

// withoutRepeats counts the records whose key an earlier record of the import had, and
// returns the others.
func (b *Batch) withoutRepeats(records []*incoming.Record) []*incoming.Record {
	var out []*incoming.Record
	for _, in := range records {
		first, repeated := b.memory.find(in)
		if !repeated {
			first, repeated = b.Planner.memory.find(in)
		}
		switch {
		case !repeated:
			out = append(out, in)
		case first.content == content(in):
			b.report.Count(in, incoming.Unchanged)
		default:
			b.refuse(in, "differs from an earlier record of the same "+identified(in)+": "+first.at.Place())
		}
	}
	return out
}

// refuse counts a refused record.
func (b *Batch) refuse(in *incoming.Record, reason string) {
	b.report.Refuse(in, reason)
	b.memory.refuse(in)
}
