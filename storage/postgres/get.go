package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

// querier is what reading needs of a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Get returns one object. parents are the ids that the path names, outermost
// first; an object that is not part of them is not found.
func (s *Store) Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error) {
	t := tables[n]
	r, err := t.read(ctx, s.pool, id, parents)
	if err != nil {
		return nil, err
	}
	return t.object(r)
}

// read scans the row of an object.
func (t *table) read(ctx context.Context, q querier, id string, parents []string) (*row, error) {
	if !t.noun.ValidID(id) {
		return nil, notFound(t.noun, id)
	}
	where, args := t.one(id, parents)
	var r row
	err := q.QueryRow(ctx, `SELECT `+t.columns+` FROM `+t.name+` t WHERE `+where, args...).Scan(t.targets(&r)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, notFound(t.noun, id)
	}
	if err != nil {
		return nil, getFailed(t.noun, id, err)
	}
	return &r, nil
}

// one is the condition on row t that it is the object with an id of a valid form,
// as a part of the parents.
func (t *table) one(id string, parents []string) (where string, args []any) {
	where, args = "t.id = $1", []any{key(t.noun, id)}
	for i, parent := range parents {
		args = append(args, key(t.noun.Parents[i], parent))
		where += fmt.Sprintf(" AND t.%s = $%d", t.parents[i].Name, len(args))
	}
	return where, args
}

func getFailed(n *storage.Noun, id string, err error) error {
	return fmt.Errorf("get %s %s: %w", n.Name, id, translate(err))
}

func notFound(n *storage.Noun, id string) error {
	return storage.Errorf(storage.NotFound, "there is no %s %s here", n.Name, storage.Excerpt(id))
}
