package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/textform"
)

// arrival is a record with what becomes of it.
type arrival struct {
	*incoming.Record
	decided bool
	outcome incoming.Outcome
	// document is what a record that is to be created becomes.
	document *storage.Document
	// linkTo is the id of the object that a linked record is.
	linkTo string
}

func (a *arrival) decide(o incoming.Outcome) { a.decided, a.outcome = true, o }

// refuse decides that the record cannot be taken.
func (b *batch) refuse(a *arrival, reason string) {
	a.decide(incoming.Refused)
	b.report.Refuse(a.Record, reason)
}

// plan decides what becomes of each record of one noun. What is not decided
// in the end is to be created and has a document.
func (b *batch) plan(ctx context.Context, t *table, group []*arrival) error {
	steps := []func(context.Context, *table, []*arrival) error{
		b.planKnown, b.planDocuments, b.planParents, b.planTaken, b.planExact, b.planReferences, b.planIDs,
	}
	for _, step := range steps {
		if err := step(ctx, t, undecided(group)); err != nil {
			return err
		}
	}
	for _, a := range group {
		if !a.decided {
			a.decide(incoming.Created)
		}
		if a.outcome != incoming.Refused {
			b.report.Count(a.Record, a.outcome)
		}
	}
	return nil
}

func undecided(group []*arrival) []*arrival {
	var out []*arrival
	for _, a := range group {
		if !a.decided {
			out = append(out, a)
		}
	}
	return out
}

// planKnown finds the records whose keys were imported before.
func (b *batch) planKnown(ctx context.Context, t *table, group []*arrival) error {
	var wanted []string
	for _, a := range group {
		if a.Key != "" {
			wanted = append(wanted, a.Key)
		}
	}
	known, err := b.idsByKey(ctx, t.noun, wanted, false)
	if err != nil {
		return err
	}
	for _, a := range group {
		_, before := known[a.Key]
		switch {
		case a.Key == "":
		case len(a.Key) > maxKey:
			b.refuse(a, fmt.Sprintf("its key has more than %d bytes", maxKey))
		case before:
			a.decide(incoming.Unchanged)
		default:
			known[a.Key] = "" // should it come again in the batch
		}
	}
	return nil
}

// maxKey bounds the keys of sources, in bytes; the table does so too.
const maxKey = 500

// idsByKey finds objects by their keys in this source; alive leaves out those
// that were deleted since.
func (b *batch) idsByKey(ctx context.Context, n *storage.Noun, wanted []string, alive bool) (map[string]string, error) {
	found := map[string]string{}
	for _, k := range wanted {
		if id, ok := b.planned[n.Name+" key "+k]; ok {
			found[k] = id
		}
	}
	if len(wanted) == 0 {
		return found, nil
	}
	sql := `SELECT s.key, s.object_id FROM sources s WHERE s.source = $1 AND s.noun = $2 AND s.key = ANY($3)`
	if alive {
		sql += ` AND EXISTS (SELECT FROM ` + n.Plural + ` o WHERE o.id = s.object_id::` + keyType(n) + `)`
	}
	return found, b.pairs(ctx, found, sql, b.Source, n.Name, wanted)
}

// pairs adds the rows of a query of two texts to a map.
func (b *batch) pairs(ctx context.Context, into map[string]string, sql string, args ...any) error {
	rows, err := b.tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	var k, v string
	_, err = pgx.ForEachRow(rows, []any{&k, &v}, func() error {
		into[k] = v
		return nil
	})
	return err
}

// planDocuments applies the edits; records with faults are refused.
func (b *batch) planDocuments(_ context.Context, t *table, group []*arrival) error {
	for _, a := range group {
		if a.Exact != nil {
			a.document = a.Exact
			continue
		}
		d, faults := a.Edit.Apply(storage.NewDocument(t.noun), true)
		if t.clocked {
			d.Fields["added"], d.Fields["modified"] = b.now, b.now
		}
		if len(faults) > 0 {
			b.refuse(a, describe(faults))
			continue
		}
		a.document = d
	}
	return nil
}

func describe(faults []storage.Fault) string {
	texts := make([]string, len(faults))
	for i, f := range faults {
		texts[i] = strings.TrimPrefix(f.Pointer, "/") + " " + f.Reason
	}
	return strings.Join(texts, "; ")
}

// planParents finds the parents of parts, by key, or by id in an exact record.
func (b *batch) planParents(ctx context.Context, t *table, group []*arrival) error {
	parent := t.noun.Parent()
	if parent == nil {
		return nil
	}
	field := parent.IDName()
	var wanted []string
	for _, a := range group {
		if a.Exact == nil {
			wanted = append(wanted, a.ParentKey)
		}
	}
	found, err := b.idsByKey(ctx, parent, wanted, true)
	if err != nil {
		return err
	}
	for _, a := range group {
		if a.Exact != nil {
			continue
		}
		if a.document.Fields[field] = found[a.ParentKey]; found[a.ParentKey] == "" {
			b.refuse(a, fmt.Sprintf("its %s is not in the catalogue", parent.Name))
		}
	}
	return b.planAncestors(ctx, t, undecided(group))
}

// planAncestors checks that the parents exist and fills in their own parents.
func (b *batch) planAncestors(ctx context.Context, t *table, group []*arrival) error {
	parent, field := t.noun.Parent(), t.noun.Parent().IDName()
	above := tables[parent].parents
	column := "id::text"
	if len(above) > 0 {
		column = above[0].Name + "::text"
	}
	var ids []string
	for _, a := range group {
		id, _ := a.document.Fields[field].(string)
		ids = append(ids, id)
	}
	found := map[string]string{}
	for _, id := range ids {
		if up, ok := b.planned[parent.Name+" parent "+id]; ok {
			found[id] = up
		}
	}
	if err := b.pairs(ctx, found, `SELECT id::text, `+column+` FROM `+parent.Plural+` WHERE id = ANY($1)`, keys(parent, ids)); err != nil {
		return err
	}
	for i, a := range group {
		up, ok := found[ids[i]]
		if !ok {
			b.refuse(a, fmt.Sprintf("its %s is not in the catalogue", parent.Name))
			continue
		}
		if len(above) > 0 {
			a.document.Fields[above[0].Name] = up
		}
	}
	return nil
}

// planIDs gives the documents their ids. In a dry run they get the words that
// later records of the run find them by.
func (b *batch) planIDs(ctx context.Context, t *table, group []*arrival) error {
	var nameless []*storage.Document
	for _, a := range group {
		switch {
		case a.Exact != nil:
			continue
		case t.noun.Slug:
			a.document.ID, _ = a.Edit.Asserted["id"].(string)
			if a.document.ID == "" {
				a.document.ID = textform.Slug(a.document.Label())
			}
		default:
			nameless = append(nameless, a.document)
		}
	}
	if err := b.number(ctx, t, nameless); err != nil {
		return err
	}
	if err := b.planSlugs(ctx, t, group); err != nil {
		return err
	}
	for _, a := range undecided(group) {
		b.foresee(a.Key, a.document)
	}
	return nil
}

// planSlugs links records to the objects that have their slugs already.
func (b *batch) planSlugs(ctx context.Context, t *table, group []*arrival) error {
	if !t.noun.Slug {
		return nil
	}
	var slugs []string
	for _, a := range group {
		slugs = append(slugs, a.document.ID)
	}
	known, err := b.namesOf(ctx, t.noun, slugs)
	if err != nil {
		return err
	}
	for _, a := range group {
		switch _, taken := known[a.document.ID]; {
		case !t.noun.ValidID(a.document.ID):
			b.refuse(a, "id must be "+t.noun.IDForm())
		case taken:
			a.linkTo = a.document.ID
			a.decide(incoming.Linked)
		default:
			known[a.document.ID] = ""
		}
	}
	return nil
}

// number gives new objects numeric ids.
func (b *batch) number(ctx context.Context, t *table, docs []*storage.Document) error {
	if b.DryRun {
		for _, d := range docs {
			d.ID = fmt.Sprintf("new-%s-%d", t.noun.Name, len(b.planned))
			b.planned[d.ID] = "" // so that the next has another number
		}
		return nil
	}
	if len(docs) == 0 {
		return nil
	}
	rows, err := b.tx.Query(ctx, `SELECT nextval(pg_get_serial_sequence($1, 'id'))::text FROM generate_series(1, $2)`, t.name, len(docs))
	if err != nil {
		return err
	}
	ids, err := collectStrings(rows)
	if err != nil {
		return err
	}
	for i, d := range docs {
		d.ID = ids[i]
	}
	return nil
}

// foresee remembers in a dry run what a real one would find in the tables.
func (b *batch) foresee(key string, d *storage.Document) {
	if !b.DryRun {
		return
	}
	b.planned[d.Noun.Name+" id "+d.ID] = d.ID
	if key != "" {
		b.planned[d.Noun.Name+" key "+key] = d.ID
	}
	if tables[d.Noun].folded {
		b.planned[d.Noun.Name+" name "+textform.Fold(d.Label())] = d.ID
	}
	if len(d.Noun.Children()) > 0 {
		up := d.ID
		if fields := tables[d.Noun].parents; len(fields) > 0 {
			up, _ = d.Fields[fields[0].Name].(string)
		}
		b.planned[d.Noun.Name+" parent "+d.ID] = up
	}
}
