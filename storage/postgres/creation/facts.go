package creation

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/conflict"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/reference"
	"marquee/storage/postgres/schema"
)

// wanted is what a run of creations has to know of the catalogue.
type wanted struct {
	ids, names, parents map[*storage.Noun][]string
	values              map[value][]string
}

// value is a distinct value of a noun.
type value struct {
	noun *storage.Noun
	name string
}

// wants returns what the creations have to know.
func wants(writes []*edit.Write) *wanted {
	q := &wanted{ids: map[*storage.Noun][]string{}, names: map[*storage.Noun][]string{}, parents: map[*storage.Noun][]string{}, values: map[value][]string{}}
	for _, w := range writes {
		q.add(w)
	}
	return q
}

func (q *wanted) add(w *edit.Write) {
	n := w.Noun
	d, _ := w.Edit.Apply(storage.NewDocument(n), true)
	if p := n.Parent(); p != nil {
		if id, _ := w.Edit.Asserted[p.IDName()].(string); p.ValidID(id) {
			q.parents[p] = append(q.parents[p], id)
			d.Fields[p.IDName()] = id
		}
	}
	if n.Slug {
		if id, fault := w.Edit.Identify(d); fault == nil {
			q.ids[n] = append(q.ids[n], id)
		}
	}
	for _, l := range schema.Of(n).Links {
		reference.Spread(l, w.Edit, d)
		ids, names := reference.Wanted(l, d)
		q.ids[l.To], q.names[l.To] = append(q.ids[l.To], ids...), append(q.names[l.To], names...)
	}
	for _, u := range schema.Of(n).Distinctions() {
		if p := n.Parent(); d.Fields[u.Name] == nil || p != nil && d.Fields[p.IDName()] == nil {
			continue // a fault, or no value
		}
		if v := u.Value(d); v != "" {
			q.values[value{n, u.Name}] = append(q.values[value{n, u.Name}], v)
		}
	}
}

// facts are what is known of a catalogue. A run adds the objects that it creates.
type facts struct {
	labels map[*storage.Noun]map[string]string
	ids    map[*storage.Noun]map[string][]string // by folded name
	above  map[*storage.Noun]map[string][]string // by id
	// taken are the ids of objects by their distinct values.
	taken map[value]map[string]string
}

// read reads the facts that are wanted.
func (q *wanted) read(ctx context.Context, db pool.Querier) (*facts, error) {
	f := &facts{labels: map[*storage.Noun]map[string]string{}, ids: map[*storage.Noun]map[string][]string{},
		above: map[*storage.Noun]map[string][]string{}, taken: map[value]map[string]string{}}
	var err error
	for _, n := range storage.Nouns {
		if f.ids[n], err = reference.IDsByName(ctx, db, n, distinct(q.names[n])); err != nil {
			return nil, err
		}
		shown := slices.Clone(q.ids[n]) // objects found by name show theirs, which may be spelled in another way
		for _, ids := range f.ids[n] {
			shown = append(shown, ids...)
		}
		if f.labels[n], err = schema.Labels(ctx, db, n, distinct(shown)); err != nil {
			return nil, err
		}
		if f.above[n], err = readAbove(ctx, db, n, distinct(q.parents[n])); err != nil {
			return nil, err
		}
		for _, u := range schema.Of(n).Distinctions() {
			v := value{n, u.Name}
			if f.taken[v], err = conflict.IDsByValue(ctx, db, n, u, distinct(q.values[v])); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

func distinct(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// readAbove returns the ids of the parents of objects by their ids.
func readAbove(ctx context.Context, db pool.Querier, n *storage.Noun, ids []string) (map[string][]string, error) {
	found := map[string][]string{}
	if len(ids) == 0 {
		return found, nil
	}
	columns := ""
	for i, f := range schema.Of(n).Parents {
		if i > 0 {
			columns += ", "
		}
		columns += f.Name + "::text"
	}
	rows, err := db.Query(ctx, `SELECT id::text, ARRAY[`+columns+`]::text[] FROM `+n.Plural+` WHERE id = ANY($1)`, schema.Keys(n, ids))
	if err != nil {
		return nil, err
	}
	var id string
	var above []string
	_, err = pgx.ForEachRow(rows, []any{&id, &above}, func() error {
		found[id] = slices.Clone(above)
		return nil
	})
	return found, err
}
