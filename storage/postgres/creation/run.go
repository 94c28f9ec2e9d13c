package creation

import (
	"context"
	"reflect"
	"slices"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/commit"
	"marquee/storage/postgres/conflict"
	"marquee/storage/postgres/reference"
	"marquee/storage/postgres/schema"
	"marquee/storage/textform"
)

// Run is a run of creations that are decided together, in order. Each sees the objects of
// the earlier ones.
type Run struct {
	// Made has the objects of each creation, in the order in which they are created: those
	// that it names, then its own. It has none of a refused one.
	Made [][]*storage.Document
	// Refusals are the errors of refused creations, by their index.
	Refusals map[int]error

	writes []*edit.Write
	tx     *commit.Tx
	wanted *wanted
	// known are the facts that Plan works with, and read those that were read last. Plan
	// changes only known.
	known, read *facts
	slugs       map[*storage.Noun][]string
	// ids are reserved ids, of which used are given away.
	ids  map[*storage.Noun][]string
	used map[*storage.Noun]int
	// refused are the ids of refused objects that later ones may name.
	refused map[*storage.Noun]map[string]bool
}

// NewRun returns a run of creations, none of which names parents in a path.
func NewRun(tx *commit.Tx, writes []*edit.Write) *Run {
	return &Run{tx: tx, writes: writes, wanted: wants(writes), slugs: map[*storage.Noun][]string{}, ids: map[*storage.Noun][]string{}}
}

// Read reads what the run has to know of the catalogue. It reports whether that differs from
// what it read before; if not, the plan still holds.
func (r *Run) Read(ctx context.Context) (differs bool, err error) {
	before := r.read
	if r.read, err = r.wanted.read(ctx, r.tx); err != nil {
		return false, err
	}
	return !reflect.DeepEqual(before, r.read), nil
}

// Plan decides what the creations store.
func (r *Run) Plan(ctx context.Context) error {
	if err := r.reserve(ctx); err != nil {
		return err
	}
	r.known, r.used, r.Refusals = r.read.clone(), map[*storage.Noun]int{}, map[int]error{}
	r.refused = map[*storage.Noun]map[string]bool{}
	r.Made = make([][]*storage.Document, len(r.writes))
	for i, w := range r.writes {
		var err error
		if r.Made[i], err = r.create(ctx, w); err == nil {
			err = r.complete(r.Made[i])
		}
		switch storage.CodeOf(err) {
		case storage.Invalid, storage.Conflict:
			r.Refusals[i] = err
		default:
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// create returns the objects of one creation.
func (r *Run) create(ctx context.Context, w *edit.Write) (made []*storage.Document, err error) {
	d, missing, err := Draft(ctx, r, w)
	if err != nil {
		if d != nil && w.Noun.Slug && w.Noun.ValidID(d.ID) { // later ones may name it: that is no fault of theirs
			r.know(d)
			note(r.refused, d.Noun, d.ID)
		}
		return nil, err
	}
	if fields := r.taken(d); len(fields) > 0 {
		return nil, conflict.Error(w.Edit, d, fields)
	}
	add := func(d *storage.Document) error {
		if !d.Noun.Slug {
			id, err := r.nextID(ctx, d.Noun)
			if err != nil {
				return err
			}
			d.ID = id
		}
		r.know(d)
		made = append(made, d)
		return nil
	}
	if err := missing.Create(d, add); err != nil {
		return nil, err
	}
	return made, add(d)
}

// complete sets what new objects show: their times, and the names of others.
func (r *Run) complete(made []*storage.Document) error {
	for _, d := range made {
		if schema.Of(d.Noun).Clocked {
			d.Fields["added"], d.Fields["modified"] = r.tx.Now, r.tx.Now
		}
		if err := schema.ShowNames(func(n *storage.Noun, _ []string) (map[string]string, error) { return r.known.labels[n], nil }, d); err != nil {
			return err
		}
	}
	return nil
}

// Storable returns the made objects in their order, without those that refer to refused
// ones.
func (r *Run) Storable() []*storage.Document {
	return slices.DeleteFunc(slices.Concat(r.Made...), func(d *storage.Document) bool {
		return slices.ContainsFunc(schema.Of(d.Noun).Links, func(l schema.Link) bool {
			return slices.ContainsFunc(l.IDs(d), func(id string) bool { return r.refused[l.To][id] })
		})
	})
}

// taken returns the fields of a new object whose values others have.
func (r *Run) taken(d *storage.Document) []string {
	var fields []string
	if _, exists := r.known.labels[d.Noun][d.ID]; exists && d.Noun.Slug {
		fields = append(fields, "id")
	}
	for _, u := range schema.Of(d.Noun).Distinctions() {
		if v := u.Value(d); v != "" && r.known.taken[value{d.Noun, u.Name}][v] != "" {
			fields = append(fields, u.Name)
		}
	}
	return fields
}

// know adds a new object to what the run knows.
func (r *Run) know(d *storage.Document) {
	n, t := d.Noun, schema.Of(d.Noun)
	r.known.labels[n][d.ID] = d.Label()
	if folded := textform.Fold(d.Label()); t.Folded && !slices.Contains(r.known.ids[n][folded], d.ID) {
		r.known.ids[n][folded] = append(r.known.ids[n][folded], d.ID)
	}
	for _, u := range t.Distinctions() {
		if v := u.Value(d); v != "" {
			r.known.taken[value{n, u.Name}][v] = d.ID
		}
	}
	above := make([]string, len(t.Parents))
	for i, f := range t.Parents {
		above[i], _ = d.Fields[f.Name].(string)
	}
	r.known.above[n][d.ID] = above
}

// reserve reserves the ids that a run without faults needs, so that ids are given without
// gaps.
func (r *Run) reserve(ctx context.Context) error {
	needed, named := map[*storage.Noun]int{}, map[*storage.Noun]map[string]bool{}
	for _, w := range r.writes {
		d, _ := w.Edit.Apply(storage.NewDocument(w.Noun), true)
		for _, l := range schema.Of(w.Noun).Links {
			reference.Spread(l, w.Edit, d)
			_, names := reference.Wanted(l, d)
			for _, name := range names {
				if len(r.read.ids[l.To][name]) == 0 && !named[l.To][name] {
					note(named, l.To, name)
					needed[l.To]++
				}
			}
		}
		note(named, w.Noun, textform.Fold(d.Label()))
		needed[w.Noun]++
	}
	for n, count := range needed {
		if count -= len(r.ids[n]); n.Slug || count <= 0 {
			continue
		}
		more, err := r.tx.NextIDs(ctx, n, count)
		if err != nil {
			return err
		}
		r.ids[n] = append(r.ids[n], more...)
	}
	return nil
}

// note adds an id or a name to those of a noun.
func note(named map[*storage.Noun]map[string]bool, n *storage.Noun, name string) {
	if named[n] == nil {
		named[n] = map[string]bool{}
	}
	named[n][name] = true
}

// nextID returns the next reserved id.
func (r *Run) nextID(ctx context.Context, n *storage.Noun) (string, error) {
	if r.used[n] == len(r.ids[n]) {
		more, err := r.tx.NextIDs(ctx, n, 1)
		if err != nil {
			return "", err
		}
		r.ids[n] = append(r.ids[n], more...)
	}
	r.used[n]++
	return r.ids[n][r.used[n]-1], nil
}
