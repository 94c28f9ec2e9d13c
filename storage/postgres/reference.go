package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/textform"
)

// referred lists the ids that a document refers to through a link, each once,
// in the order of its fields. References by name have no id yet.
func referred(d *storage.Document, l link) []string {
	ids := []string{}
	for _, f := range l.fields {
		list, _ := d.Fields[f].([]any)
		for _, item := range list {
			if id, ok := item.(string); ok && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// items calls visit for everything that the document refers to through a link:
// its place, an id, a edit.Reference or nil for what was refused, and what puts
// an id in its place.
func items(d *storage.Document, l link, visit func(pointer string, item any, set func(id string))) {
	for _, f := range l.fields {
		list, _ := d.Fields[f].([]any)
		for i, item := range list {
			visit(fmt.Sprintf("/%s/%d", f, i), item, func(id string) { list[i] = id })
		}
	}
}

// named calls visit for every reference by name of the document.
func named(d *storage.Document, l link, visit func(pointer string, ref edit.Reference, set func(id string))) {
	items(d, l, func(pointer string, item any, set func(id string)) {
		if ref, ok := item.(edit.Reference); ok {
			visit(pointer, ref, set)
		}
	})
}

// missing is what a document refers to by name that does not exist yet: names
// by link.
type missing map[string][]string

// refer turns the document's references into ids, and creates what is named and
// does not exist yet. With faults, the given ones or those of references,
// nothing is created and all of them are the error.
func (w *writing) refer(ctx context.Context, d *storage.Document, faults []storage.Fault) error {
	absent, unresolved, err := w.resolve(ctx, d)
	if err != nil {
		return err
	}
	if faults = append(faults, unresolved...); len(faults) > 0 {
		return storage.InvalidObject(w.Noun, faults)
	}
	return w.createReferences(ctx, d, absent)
}

// resolve finds what a document refers to: ids must exist, a name must not be
// that of two objects. Names that exist become ids, and the document gets the
// names of all; the others are returned, to be created when no fault remains.
func (w *writing) resolve(ctx context.Context, d *storage.Document) (missing, []storage.Fault, error) {
	var faults []storage.Fault
	absent := missing{}
	for _, l := range tables[d.Noun].links {
		for _, f := range l.fields { // as written, so that every item has its place; the edit's own stay as they are
			if list, given := w.Edit.Written(f); given {
				d.Fields[f] = slices.Clone(list)
			}
		}
		unknown, err := w.unknown(ctx, d, l)
		if err != nil {
			return nil, nil, err
		}
		ambiguous, names, err := w.find(ctx, d, l)
		if err != nil {
			return nil, nil, err
		}
		clashing, err := w.clash(ctx, d, l)
		if err != nil {
			return nil, nil, err
		}
		faults = slices.Concat(faults, unknown, ambiguous, clashing)
		absent[l.name] = names
	}
	return absent, faults, nil
}

// unknown finds the ids that do not exist.
func (w *writing) unknown(ctx context.Context, d *storage.Document, l link) ([]storage.Fault, error) {
	ids := referred(d, l)
	if len(ids) == 0 {
		return nil, nil
	}
	known, err := w.namesOf(ctx, l.to, ids)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(ids, func(id string) bool { _, exists := known[id]; return !exists }) {
		return nil, nil
	}
	meant, err := slugs(ctx, w.tx, l.to)
	if err != nil {
		return nil, err
	}
	var faults []storage.Fault
	items(d, l, func(pointer string, item any, _ func(string)) {
		id, ok := item.(string)
		if _, exists := known[id]; ok && !exists && len(faults) < maxFaults {
			fault := noSuch(l.to, id, meant)
			fault.Pointer = pointer
			faults = append(faults, fault)
		}
	})
	return faults, nil
}

// find replaces references by name with the ids of the objects that have the
// name, and returns the names that nothing has.
func (w *writing) find(ctx context.Context, d *storage.Document, l link) ([]storage.Fault, []string, error) {
	var wanted []string
	named(d, l, func(_ string, ref edit.Reference, _ func(string)) {
		wanted = append(wanted, textform.Fold(ref.Name))
	})
	if len(wanted) == 0 {
		return nil, nil, nil
	}
	found, err := idsByName(ctx, w.tx, l.to, wanted)
	if err != nil {
		return nil, nil, err
	}
	var faults []storage.Fault
	var absent []string
	named(d, l, func(pointer string, ref edit.Reference, set func(string)) {
		switch ids := found[textform.Fold(ref.Name)]; {
		case len(ids) == 1:
			set(ids[0])
		case len(ids) > 1:
			faults = append(faults, storage.Fault{Pointer: pointer, Value: storage.Excerpt(ref.Name),
				Reason: fmt.Sprintf("is the name of %d %s: give the id of one, %s", len(ids), l.to.Plural, strings.Join(ids, " or "))})
		case l.to.Slug && textform.Slug(ref.Name) == "":
			faults = append(faults, storage.Fault{Pointer: pointer, Value: storage.Excerpt(ref.Name),
				Reason: "is new and no id can be made from it: create the " + l.to.Name + " with an id first"})
		default:
			absent = append(absent, ref.Name)
		}
	})
	return faults, absent, nil
}

// clash finds the names left of nouns with slugs, which are new, whose ids would
// be taken: by an object of another name, or by another new one.
func (w *writing) clash(ctx context.Context, d *storage.Document, l link) ([]storage.Fault, error) {
	if !l.to.Slug {
		return nil, nil
	}
	var wanted []string
	named(d, l, func(_ string, ref edit.Reference, _ func(string)) {
		wanted = append(wanted, textform.Slug(ref.Name))
	})
	taken, err := w.namesOf(ctx, l.to, wanted)
	if err != nil {
		return nil, err
	}
	var faults []storage.Fault
	first := map[string]edit.Reference{} // by the id that it would get
	named(d, l, func(pointer string, ref edit.Reference, _ func(string)) {
		id := textform.Slug(ref.Name)
		label, exists := taken[id]
		other, second := first[id]
		fault := storage.Fault{Pointer: pointer, Value: storage.Excerpt(ref.Name)}
		switch {
		case id == "": // find said so
			return
		case exists:
			fault.Nearest = id
			fault.Reason = fmt.Sprintf("would get the id %s of %s %s: give that id, or create the %s with another id first", id, l.to.Name, storage.Excerpt(label), l.to.Name)
		case !second:
			first[id] = ref
			return
		case other.Identity() == ref.Identity():
			return
		default:
			fault.Reason = fmt.Sprintf("would get the same id as %s, %s: give one name, or create the %s with another id first", storage.Excerpt(other.Name), id, l.to.Name)
		}
		faults = append(faults, fault)
	})
	return faults, nil
}

// idsByName finds objects by their folded names.
func idsByName(ctx context.Context, q querier, n *storage.Noun, folded []string) (map[string][]string, error) {
	rows, err := q.Query(ctx, `SELECT folded, array_agg(id::text ORDER BY id) FROM `+n.Plural+` WHERE folded = ANY($1) GROUP BY folded`, folded)
	if err != nil {
		return nil, err
	}
	found := map[string][]string{}
	var name string
	var ids []string
	_, err = pgx.ForEachRow(rows, []any{&name, &ids}, func() error {
		found[name] = slices.Clone(ids)
		return nil
	})
	return found, err
}

// createReferences creates the objects that are referred to by names that
// nothing has, puts the new ids in place of the names, and names all.
func (w *writing) createReferences(ctx context.Context, d *storage.Document, absent missing) error {
	for _, l := range tables[d.Noun].links {
		created := map[string]string{}
		for _, label := range absent[l.name] {
			folded := textform.Fold(label)
			if created[folded] != "" {
				continue
			}
			o := storage.NewDocument(l.to)
			o.Fields[l.to.Label] = label
			if l.to.Slug {
				o.ID = textform.Slug(label)
			}
			if _, err := w.insert(ctx, o); err != nil {
				return err
			}
			created[folded] = o.ID
		}
		named(d, l, func(_ string, ref edit.Reference, set func(string)) { set(created[textform.Fold(ref.Name)]) })
		for _, f := range l.fields {
			if list, ok := d.Fields[f].([]any); ok {
				d.Fields[f] = storage.Distinct(list) // a name and an id may turn out to be the same object
			}
		}
	}
	return w.names(ctx, d)
}

// names sets the names that the documents show, as they are now. The documents
// are of one noun.
func (w *writing) names(ctx context.Context, docs ...*storage.Document) error {
	if len(docs) == 0 {
		return nil
	}
	for _, d := range docs {
		d.Names = map[string][]string{}
	}
	for _, l := range tables[docs[0].Noun].links {
		var all []string
		for _, d := range docs {
			all = append(all, referred(d, l)...)
		}
		labels, err := w.namesOf(ctx, l.to, all)
		if err != nil {
			return err
		}
		for _, d := range docs {
			shown := []string{}
			for _, id := range referred(d, l) {
				shown = append(shown, labels[id])
			}
			d.Names[l.to.Plural] = shown
		}
	}
	return nil
}

// namesOf reads the labels of objects by id; those that do not exist are not
// in the map.
func (w *writing) namesOf(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	labels := map[string]string{}
	if len(ids) == 0 {
		return labels, nil
	}
	rows, err := w.tx.Query(ctx, `SELECT id::text, document->>'`+n.Label+`' FROM `+n.Plural+` WHERE id = ANY($1)`, keys(n, ids))
	if err != nil {
		return nil, err
	}
	var id, label string
	_, err = pgx.ForEachRow(rows, []any{&id, &label}, func() error {
		labels[id] = label
		return nil
	})
	return labels, err
}

// clone copies a document so that a field of the copy can be set.
func clone(d *storage.Document) *storage.Document {
	c := *d
	c.Fields = maps.Clone(d.Fields)
	return &c
}
