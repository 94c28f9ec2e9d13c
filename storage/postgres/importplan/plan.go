// Package importplan decides which records of an import become which objects. It
// reads the catalogue through an interface and writes nothing.
package importplan

import (
	"context"
	"fmt"
	"strings"
	"time"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/schema"
)

// Catalogue is what planning reads.
type Catalogue interface {
	// IDsByKey returns the ids of objects by their keys in a source. Unless deleted,
	// it skips objects that were deleted.
	IDsByKey(ctx context.Context, source string, n *storage.Noun, keys []string, deleted bool) (map[string]string, error)
	// KeysByID returns the keys in a source by the ids of objects.
	KeysByID(ctx context.Context, source string, n *storage.Noun, ids []string) (map[string]string, error)
	// IDsByName returns the ids of objects by their folded names.
	IDsByName(ctx context.Context, n *storage.Noun, folded []string) (map[string][]string, error)
	// IDsByValue returns the ids of objects by a distinct value.
	IDsByValue(ctx context.Context, n *storage.Noun, by schema.Distinction, values []string) (map[string]string, error)
	// Labels returns the labels of objects by their ids.
	Labels(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error)
	// Parents returns the ids of the outermost parents by the ids of objects; an object
	// without parents stands for itself.
	Parents(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error)
	// Documents returns objects by their ids.
	Documents(ctx context.Context, n *storage.Noun, ids []string) ([]*storage.Document, error)
	// NextIDs reserves numeric ids.
	NextIDs(ctx context.Context, n *storage.Noun, count int) ([]string, error)
}

// Key is the key that an object has in a source.
type Key struct {
	Source string
	Noun   *storage.Noun
	Key    string
	ID     string
}

// Plan is what to store for the records of one noun, in this order.
type Plan struct {
	// Implied are the objects that references name and that do not exist, by noun.
	Implied [][]*storage.Document
	// Documents are the objects of records.
	Documents []*storage.Document
	// Keys are the keys of new and linked objects.
	Keys []Key
}

// Planner plans an import. It remembers the objects of a dry run, which are not
// stored.
type Planner struct {
	source string
	// foreseen are the objects that a dry run would have stored. It is nil in a real
	// run, which finds them in the catalogue.
	foreseen foreseen
}

// New returns the planner of an import. source names where the keys come from.
func New(source string, dryRun bool) *Planner {
	p := &Planner{source: source}
	if dryRun {
		p.foreseen = foreseen{}
	}
	return p
}

// Plan decides what becomes of each record of one noun, and reports the outcomes.
// now is the time of creation of new objects.
func (p *Planner) Plan(ctx context.Context, c Catalogue, n *storage.Noun, records []*incoming.Record, now time.Time, report *incoming.Report) (*Plan, error) {
	g := &group{Planner: p, Catalogue: c, table: schema.Of(n), now: now, report: report, plan: &Plan{}}
	for _, in := range records {
		g.all = append(g.all, &arrival{Record: in})
	}
	for _, step := range []func(context.Context, []*arrival) error{
		g.planKeys, g.planDocuments, g.planParents, g.planDistinct, g.planSources, g.planExact, g.planReferences, g.planIDs,
	} {
		if err := step(ctx, g.undecided()); err != nil {
			return nil, err
		}
	}
	g.finish()
	return g.plan, nil
}

// Find returns the ids of objects by their keys in the source, of foreseen ones too.
// Objects that were deleted have none.
func (p *Planner) Find(ctx context.Context, c Catalogue, n *storage.Noun, keys []string) (map[string]string, error) {
	return (&group{Planner: p, Catalogue: c}).idsByKey(ctx, n, keys, false)
}

// arrival is a record and its outcome.
type arrival struct {
	*incoming.Record
	decided bool
	outcome incoming.Outcome
	// document is the object that the record becomes.
	document *storage.Document
	// linkTo is the id of an existing object that the record is.
	linkTo string
}

func (a *arrival) decide(o incoming.Outcome) { a.decided, a.outcome = true, o }

// link decides that the record is an object that exists.
func (a *arrival) link(id string) {
	a.linkTo = id
	a.decide(incoming.Linked)
}

// group is the planning of the records of one noun.
type group struct {
	*Planner
	Catalogue
	table  *schema.Table
	now    time.Time
	report *incoming.Report
	all    []*arrival
	plan   *Plan
}

func (g *group) undecided() []*arrival { return undecided(g.all) }

func undecided(all []*arrival) []*arrival {
	var out []*arrival
	for _, a := range all {
		if !a.decided {
			out = append(out, a)
		}
	}
	return out
}

// refuse decides that the record is refused.
func (g *group) refuse(a *arrival, reason string) {
	a.decide(incoming.Refused)
	g.report.Refuse(a.Record, reason)
}

// finish creates the records that are still undecided, and reports all outcomes.
func (g *group) finish() {
	for _, a := range g.all {
		if !a.decided {
			a.decide(incoming.Created)
		}
		if a.outcome != incoming.Refused {
			g.report.Count(a.Record, a.outcome)
		}
		switch a.outcome {
		case incoming.Linked:
			g.addKeys(a, a.linkTo)
			g.foreseen.addKey(g.table.Noun, a.Key, a.linkTo)
		case incoming.Created:
			g.plan.Documents = append(g.plan.Documents, a.document)
			g.addKeys(a, a.document.ID)
		}
	}
}

// addKey plans the key of an object, unless it is empty.
func (g *group) addKey(source string, n *storage.Noun, key, id string) {
	if key != "" {
		g.plan.Keys = append(g.plan.Keys, Key{source, n, key, id})
	}
}

// maxKey bounds the keys of sources, in bytes. The table has the same bound.
const maxKey = 500

// planKeys finds the records whose keys were imported before.
func (g *group) planKeys(ctx context.Context, records []*arrival) error {
	var keys []string
	for _, a := range records {
		if a.Key != "" {
			keys = append(keys, a.Key)
		}
	}
	known, err := g.idsByKey(ctx, g.table.Noun, keys, true)
	if err != nil {
		return err
	}
	for _, a := range records {
		_, before := known[a.Key]
		switch {
		case a.Key == "":
		case len(a.Key) > maxKey:
			g.refuse(a, fmt.Sprintf("its key has more than %d bytes", maxKey))
		case before:
			a.decide(incoming.Unchanged)
		default:
			known[a.Key] = "" // in case the batch repeats it
		}
	}
	return nil
}

// idsByKey finds objects by their keys in the source.
func (g *group) idsByKey(ctx context.Context, n *storage.Noun, keys []string, deleted bool) (map[string]string, error) {
	found := g.foreseen.find(n, byKey, keys)
	if len(keys) == 0 {
		return found, nil
	}
	return found, merge(found)(g.IDsByKey(ctx, g.source, n, keys, deleted))
}

// merge adds the results of a lookup to a map.
func merge(into map[string]string) func(more map[string]string, err error) error {
	return func(more map[string]string, err error) error {
		for k, v := range more {
			into[k] = v
		}
		return err
	}
}

// planDocuments applies the edits. It refuses records with faults.
func (g *group) planDocuments(_ context.Context, records []*arrival) error {
	for _, a := range records {
		if a.Exact != nil {
			a.document = a.Exact
			continue
		}
		d, faults := a.Edit.Apply(storage.NewDocument(g.table.Noun), true)
		g.setClock(d)
		if len(faults) > 0 {
			g.refuse(a, describe(faults))
			continue
		}
		a.document = d
	}
	return nil
}

// setClock sets the times of creation and modification.
func (g *group) setClock(d *storage.Document) {
	if schema.Of(d.Noun).Clocked {
		d.Fields["added"], d.Fields["modified"] = g.now, g.now
	}
}

func describe(faults []storage.Fault) string {
	texts := make([]string, len(faults))
	for i, f := range faults {
		texts[i] = strings.TrimPrefix(f.Pointer, "/") + " " + f.Reason
	}
	return strings.Join(texts, "; ")
}
