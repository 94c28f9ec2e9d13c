package schema

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// Get returns one object. parents are the ids that the path names, outermost
// first; an object with other parents is not found.
func Get(ctx context.Context, db pool.Querier, n *storage.Noun, id string, parents []string) (*storage.Object, error) {
	t := tables[n]
	r, err := t.Read(ctx, db, id, parents)
	if err != nil {
		return nil, err
	}
	return t.Object(r)
}

// Read returns the row of an object; see Get.
func (t *Table) Read(ctx context.Context, db pool.Querier, id string, parents []string) (*Row, error) {
	if !t.Noun.ValidID(id) {
		return nil, storage.NoObject(t.Noun, id)
	}
	where, args := t.one(id, parents)
	var r Row
	err := db.QueryRow(ctx, `SELECT `+t.Columns+` FROM `+t.Name+` t WHERE `+where, args...).Scan(t.Targets(&r)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, storage.NoObject(t.Noun, id)
	}
	if err != nil {
		return nil, getFailed(t.Noun, id, err)
	}
	return &r, nil
}

// one is the condition that row t has a valid id and the parents.
func (t *Table) one(id string, parents []string) (where string, args []any) {
	where, args = "t.id = $1", []any{Key(t.Noun, id)}
	for i, parent := range parents {
		args = append(args, Key(t.Noun.Parents[i], parent))
		where += fmt.Sprintf(" AND t.%s = $%d", t.Parents[i].Name, len(args))
	}
	return where, args
}

func getFailed(n *storage.Noun, id string, err error) error {
	return fmt.Errorf("get %s %s: %w", n.Name, id, pool.Translate(err))
}

// Labels returns the labels of objects by id. It skips objects that do not exist.
func Labels(ctx context.Context, db pool.Querier, n *storage.Noun, ids []string) (map[string]string, error) {
	labels := map[string]string{}
	if len(ids) == 0 {
		return labels, nil
	}
	rows, err := db.Query(ctx, `SELECT id::text, `+labelOf(n)+` FROM `+n.Plural+` WHERE id = ANY($1)`, Keys(n, ids))
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

// labelOf writes the label of a row.
func labelOf(n *storage.Noun) string {
	if n.Field(n.Label).Type.Kind == storage.List {
		return "document->'" + n.Label + "'->>0"
	}
	return "document->>'" + n.Label + "'"
}

// SetNames sets the names that documents of one noun show, from the labels of the
// objects that they refer to.
func SetNames(ctx context.Context, db pool.Querier, docs ...*storage.Document) error {
	return ShowNames(func(n *storage.Noun, ids []string) (map[string]string, error) { return Labels(ctx, db, n, ids) }, docs...)
}

// ShowNames is SetNames with the labels that a function returns for ids.
func ShowNames(find func(n *storage.Noun, ids []string) (map[string]string, error), docs ...*storage.Document) error {
	if len(docs) == 0 {
		return nil
	}
	for _, d := range docs {
		d.Names = map[string][]string{}
	}
	for _, l := range tables[docs[0].Noun].Links {
		if !l.To.Named {
			continue
		}
		var all []string
		for _, d := range docs {
			all = append(all, l.IDs(d)...)
		}
		labels, err := find(l.To, all)
		if err != nil {
			return err
		}
		for _, d := range docs {
			shown := []string{}
			for _, id := range l.IDs(d) {
				shown = append(shown, labels[id])
			}
			d.Names[l.To.Plural] = shown
		}
	}
	return nil
}
