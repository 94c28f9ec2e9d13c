package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/textform"
)

// planReferences puts ids in place of names and keys, and creates what nothing
// has yet. Ids that do not exist refuse the record.
func (b *batch) planReferences(ctx context.Context, t *table, group []*arrival) error {
	for _, l := range t.links {
		if err := b.checkIDs(ctx, l, group); err != nil {
			return err
		}
		refs := &references{link: l, ids: map[edit.Reference]string{}}
		for _, a := range undecided(group) {
			for _, f := range l.fields {
				if list, ok := a.document.Fields[f].([]any); ok {
					a.document.Fields[f] = slices.Clone(list)
				}
			}
			named(a.document, l, func(_ string, ref edit.Reference, _ func(string)) { refs.add(ref) })
		}
		if err := b.lookUp(ctx, refs); err != nil {
			return err
		}
		if err := b.createNamed(ctx, refs); err != nil {
			return err
		}
		for _, a := range undecided(group) {
			named(a.document, l, func(_ string, ref edit.Reference, set func(string)) { set(refs.ids[ref.Identity()]) })
			for _, f := range l.fields {
				if list, ok := a.document.Fields[f].([]any); ok {
					a.document.Fields[f] = storage.Distinct(list)
				}
			}
		}
	}
	return nil
}

// checkIDs refuses records that refer to ids which do not exist.
func (b *batch) checkIDs(ctx context.Context, l link, group []*arrival) error {
	var all []string
	for _, a := range group {
		all = append(all, referred(a.document, l)...)
	}
	known, err := b.namesOf(ctx, l.to, all)
	if err != nil {
		return err
	}
	for _, a := range group {
		for _, id := range referred(a.document, l) {
			_, exists := known[id]
			if _, soon := b.planned[l.to.Name+" id "+id]; exists || soon || a.decided {
				continue
			}
			b.refuse(a, fmt.Sprintf("refers to a %s that is not in the catalogue", l.to.Name))
		}
	}
	return nil
}

// references are those of a batch through one link, each once, with the ids
// that were found for them by their identity.
type references struct {
	link
	all []edit.Reference
	ids map[edit.Reference]string
}

func (r *references) add(ref edit.Reference) {
	if _, seen := r.ids[ref.Identity()]; !seen {
		r.ids[ref.Identity()] = ""
		r.all = append(r.all, ref)
	}
}

// unfound lists the references that have no id yet.
func (r *references) unfound() []edit.Reference {
	var out []edit.Reference
	for _, ref := range r.all {
		if r.ids[ref.Identity()] == "" {
			out = append(out, ref)
		}
	}
	return out
}

// lookUp finds references by their key in the source, then by their name. An
// object of that name is not taken for a reference with a key when it has
// another key in the same source: those are two persons of one name.
func (b *batch) lookUp(ctx context.Context, refs *references) error {
	var wanted, folded []string
	for _, ref := range refs.all {
		if ref.Key != "" {
			wanted = append(wanted, ref.Key)
		}
	}
	byKey, err := b.idsByKey(ctx, refs.to, wanted, true)
	if err != nil {
		return err
	}
	for k, id := range byKey {
		refs.ids[edit.Reference{Key: k}] = id
	}
	for _, ref := range refs.unfound() {
		folded = append(folded, textform.Fold(ref.Name))
	}
	byName, err := idsByName(ctx, b.tx, refs.to, folded)
	if err != nil {
		return err
	}
	keyed, err := b.keyedHere(ctx, refs.to, byName)
	if err != nil {
		return err
	}
	for _, ref := range refs.unfound() {
		refs.ids[ref.Identity()] = b.choose(refs, ref, byName[textform.Fold(ref.Name)], keyed)
	}
	return b.lookUpSlugs(ctx, refs)
}

// lookUpSlugs takes the object whose id a new name would get: "Sci-Fi" is the
// genre sci-fi, whatever that is called.
func (b *batch) lookUpSlugs(ctx context.Context, refs *references) error {
	if !refs.to.Slug {
		return nil
	}
	var slugs []string
	for _, ref := range refs.unfound() {
		slugs = append(slugs, textform.Slug(ref.Name))
	}
	known, err := b.namesOf(ctx, refs.to, slugs)
	if err != nil {
		return err
	}
	for _, ref := range refs.unfound() {
		if slug := textform.Slug(ref.Name); known[slug] != "" || b.planned[refs.to.Name+" id "+slug] != "" {
			refs.ids[ref.Identity()] = slug
		}
	}
	return nil
}

// keyedHere tells which of the found objects have a key in this source.
func (b *batch) keyedHere(ctx context.Context, n *storage.Noun, found map[string][]string) (map[string]string, error) {
	keyed := map[string]string{}
	var ids []string
	for _, some := range found {
		ids = append(ids, some...)
	}
	for _, id := range ids {
		if k, ok := b.planned[n.Name+" keyed "+id]; ok {
			keyed[id] = k
		}
	}
	return keyed, b.pairs(ctx, keyed, `SELECT object_id, key FROM sources WHERE source = $1 AND noun = $2 AND object_id = ANY($3)`, b.Source, n.Name, ids)
}

// choose picks the object that a name stands for, "" when it is a new one.
func (b *batch) choose(refs *references, ref edit.Reference, ids []string, keyed map[string]string) string {
	if ref.Key == "" {
		if len(ids) > 0 {
			return ids[0]
		}
		return b.planned[refs.to.Name+" name "+textform.Fold(ref.Name)]
	}
	if len(ids) != 1 || keyed[ids[0]] != "" {
		return ""
	}
	keyed[ids[0]] = ref.Key
	b.keep(refs.to, ref.Key, ids[0])
	if b.DryRun {
		b.planned[refs.to.Name+" key "+ref.Key] = ids[0]
		b.planned[refs.to.Name+" keyed "+ids[0]] = ref.Key
	}
	return ids[0]
}

// createNamed creates the objects that were not found.
func (b *batch) createNamed(ctx context.Context, refs *references) error {
	t := tables[refs.to]
	var docs, numbered []*storage.Document
	var made []edit.Reference
	slugs := map[string]bool{}
	for _, ref := range refs.unfound() {
		d := storage.NewDocument(refs.to)
		d.Fields[refs.to.Label] = ref.Name
		if t.clocked {
			d.Fields["added"], d.Fields["modified"] = b.now, b.now
		}
		if refs.to.Slug {
			d.ID = textform.Slug(ref.Name)
			if slugs[d.ID] { // "Sci-Fi" and "Sci Fi" in one batch
				refs.ids[ref.Identity()] = d.ID
				continue
			}
			slugs[d.ID] = true
		} else {
			numbered = append(numbered, d)
		}
		docs, made = append(docs, d), append(made, ref)
	}
	if err := b.number(ctx, t, numbered); err != nil {
		return err
	}
	for i, d := range docs {
		refs.ids[made[i].Identity()] = d.ID
		b.foresee(made[i].Key, d)
		b.keep(refs.to, made[i].Key, d.ID)
	}
	b.report.Implied[refs.to] += len(docs)
	return b.copyDocuments(ctx, t, docs)
}

// keep queues the key of an object in this source.
func (b *batch) keep(n *storage.Noun, key, id string) {
	b.keepIn(b.Source, n, key, id)
}

func (b *batch) keepIn(source string, n *storage.Noun, key, id string) {
	if key != "" && !b.DryRun {
		b.sources = append(b.sources, []any{source, n.Name, key, id})
	}
}

// store writes the records that are to be created, and the keys of all new or
// linked ones.
func (b *batch) store(ctx context.Context, t *table, group []*arrival) error {
	var docs []*storage.Document
	for _, a := range group {
		switch a.outcome {
		case incoming.Linked:
			b.keep(t.noun, a.Key, a.linkTo)
		case incoming.Created:
			docs = append(docs, a.document)
			b.keep(t.noun, a.Key, a.document.ID)
			for source, key := range a.Sources {
				b.keepIn(source, t.noun, key, a.document.ID)
			}
		}
	}
	if err := b.copyDocuments(ctx, t, docs); err != nil {
		return err
	}
	return b.copySources(ctx)
}

// copyDocuments writes rows and references with COPY.
func (b *batch) copyDocuments(ctx context.Context, t *table, docs []*storage.Document) error {
	if b.DryRun || len(docs) == 0 {
		return nil
	}
	if err := b.names(ctx, docs...); err != nil {
		return err
	}
	b.learn(docs...)
	var columns []string
	rows := make([][]any, len(docs))
	for i, d := range docs {
		columns, rows[i] = t.written(d, b.version, b.owner)
		b.charge(b.owner, len(rows[i][slices.Index(columns, "document")].([]byte)))
		columns = append(columns, "id")
		rows[i] = append(rows[i], key(t.noun, d.ID))
		b.created[t.noun] = append(b.created[t.noun], d.ID)
	}
	if _, err := b.tx.CopyFrom(ctx, pgx.Identifier{t.name}, columns, pgx.CopyFromRows(rows)); err != nil {
		return err
	}
	if err := b.copyCounters(ctx, t, docs); err != nil {
		return err
	}
	for _, l := range t.links {
		var pairs [][]any
		for _, d := range docs {
			for _, id := range referred(d, l) {
				pairs = append(pairs, []any{key(l.from, d.ID), key(l.to, id)})
			}
		}
		if _, err := b.tx.CopyFrom(ctx, pgx.Identifier{l.name}, []string{l.fromColumn(), l.toColumn()}, pgx.CopyFromRows(pairs)); err != nil {
			return err
		}
	}
	return nil
}

// copySources writes the keys gathered so far, since the nouns that come next
// look their parents and references up by them.
func (b *batch) copySources(ctx context.Context) error {
	rows := b.sources
	b.sources = nil
	if len(rows) == 0 {
		return nil
	}
	columns := make([][]string, 4)
	for _, r := range rows {
		for i := range columns {
			columns[i] = append(columns[i], r[i].(string))
		}
	}
	_, err := b.tx.Exec(ctx, `INSERT INTO sources (source, noun, key, object_id)
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
		columns[0], columns[1], columns[2], columns[3])
	return err
}

// recount sets the counts of the parents of what was created, and moves the
// sequences behind ids that records brought along.
func (b *batch) recount(ctx context.Context) error {
	for _, n := range storage.Nouns {
		ids := b.created[n]
		if len(ids) == 0 {
			continue
		}
		if !n.Slug {
			b.pending.Queue(`SELECT setval(pg_get_serial_sequence($1, 'id'), greatest(nextval(pg_get_serial_sequence($1, 'id')) - 1, (SELECT max(id) FROM `+n.Plural+`)))`, n.Plural)
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
		b.version, keys(child, ids))
	if err != nil {
		return err
	}
	touched, err := collectStrings(rows)
	for _, id := range touched {
		if !slices.Contains(b.created[parent], id) {
			b.created[parent] = append(b.created[parent], id)
		}
	}
	return err
}
