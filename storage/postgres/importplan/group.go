package importplan

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/schema"
)

// arrival is a record on its way into the catalogue.
type arrival struct {
	*incoming.Record
	decided bool
	outcome incoming.Outcome
	// document is the object that the record becomes.
	document *storage.Document
	// faults are those of the object, and wrong those of its key and parent.
	faults []storage.Fault
	wrong  []string
	// same are the ids of existing objects that the record may be, by what they share.
	same map[string]string
	// taken are the values that other objects have.
	taken []string
	// linkTo is the id of an existing object that the record is.
	linkTo string
}

func (a *arrival) decide(o incoming.Outcome) { a.decided, a.outcome = true, o }

// strict reports whether a reference that cannot be resolved refuses the record, as it
// refuses a request. A record of a foreign file only loses it.
func (a *arrival) strict() bool { return a.Edit == nil || !a.Edit.Forgiven }

// asserted is a value of a read-only field that the record gives.
func (a *arrival) asserted(field string) string {
	if a.Edit == nil {
		return ""
	}
	s, _ := a.Edit.Asserted[field].(string)
	return s
}

// group are records of one noun that are planned together.
type group struct {
	*Batch
	table *schema.Table
	all   []*arrival
	plan  *Plan
	links []*linked
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

func (g *group) refuse(a *arrival, reason string) {
	a.decide(incoming.Refused)
	g.Batch.refuse(a.Record, reason)
}

// refuseFaulty refuses the records with faults, with all of them.
func (g *group) refuseFaulty(_ context.Context, records []*arrival) error {
	for _, a := range records {
		reasons := a.wrong
		if len(a.faults) > 0 {
			g.announce(a) // finds the faults of its new names
			reasons = append(reasons, storage.DescribeFaults(a.faults))
		}
		if len(reasons) > 0 {
			g.refuse(a, strings.Join(reasons, "; "))
		}
	}
	return nil
}

// finish counts the outcomes, and completes the plan.
func (g *group) finish() {
	for _, a := range g.all {
		if !a.decided {
			a.decide(incoming.Created)
		}
		switch a.outcome {
		case incoming.Refused:
			continue
		case incoming.Linked:
			g.addKeys(a, a.linkTo)
		case incoming.Created:
			g.plan.Given = g.plan.Given || a.Exact != nil
			g.plan.Documents = append(g.plan.Documents, a.document)
			g.addKeys(a, a.document.ID)
		}
		g.report.Count(a.Record, a.outcome)
		g.memory.take(a.Record)
	}
}

// addKeys adds the keys of a record to the keys of its object.
func (g *group) addKeys(a *arrival, id string) {
	g.addKey(g.source, g.table.Noun, a.Key, id)
	for source, key := range a.Sources {
		g.addKey(source, g.table.Noun, key, id)
	}
}

func (g *group) addKey(source string, n *storage.Noun, key, id string) {
	if key != "" {
		g.plan.Keys = append(g.plan.Keys, Key{source, n, key, id})
	}
}

// planKeys finds the records that were imported before.
func (g *group) planKeys(ctx context.Context, records []*arrival) error {
	var keys []string
	for _, a := range records {
		if a.Key != "" && len(a.Key) <= incoming.MaxKey {
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
		case len(a.Key) > incoming.MaxKey:
			g.refuse(a, fmt.Sprintf("its key has more than %d bytes", incoming.MaxKey))
		case a.Key != "" && before:
			a.decide(incoming.Unchanged)
		}
	}
	return nil
}

func (g *group) idsByKey(ctx context.Context, n *storage.Noun, keys []string, deleted bool) (map[string]string, error) {
	if len(keys) == 0 {
		return map[string]string{}, nil
	}
	return g.IDsByKey(ctx, g.source, n, keys, deleted)
}

// planDocuments makes the objects of records, and finds the faults that do not depend on
// the catalogue. Numbers of children are counted again as these come.
func (g *group) planDocuments(_ context.Context, records []*arrival) error {
	for _, a := range records {
		if a.Exact == nil {
			a.document, a.faults = a.Edit.Apply(storage.NewDocument(g.table.Noun), true)
			g.setClock(a.document)
			continue
		}
		d := *a.Exact
		d.Fields = maps.Clone(d.Fields)
		for _, f := range d.Noun.FieldsFrom(storage.Count) {
			d.Fields[f.Name] = int64(0)
		}
		a.document = &d
	}
	return nil
}

// setClock sets the times of an object that is created now.
func (g *group) setClock(d *storage.Document) {
	if schema.Of(d.Noun).Clocked {
		d.Fields["added"], d.Fields["modified"] = g.now, g.now
	}
}
