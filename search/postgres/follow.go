package postgres

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"marquee/storage"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/schema"
)

// part is a part of the matches that are not ranked. Its keys are less than reach away
// from base, and greater than the keys of all parts before it.
type part struct {
	base  int64
	where listing.Clause
	walk  bool // see broad.walks
}

const reach = 1 << 31

// follow returns the objects of the page, from the best and then from the other parts.
func (b *broad) follow(ctx context.Context, best []listing.Keyed, parts []part) ([]listing.Keyed, error) {
	out, offset := pageOf(b.query, without(best, b.query.Except))
	for _, part := range parts {
		if missing := b.query.Limit + 1 - len(out); missing > 0 && !part.passed(b.query) {
			n := len(out)
			more, err := b.part(ctx, &part, best, missing, offset)
			if err != nil {
				return nil, err
			}
			if out = append(out, more...); len(out) > n || offset == 0 {
				offset = 0
				continue
			}
			skipped, err := b.view.Count(ctx, b.query, b.within(&part, best), offset)
			if err != nil {
				return nil, err
			}
			offset -= skipped
		}
	}
	return out, nil
}

// without returns the objects that are not among the ids.
func without(keys []listing.Keyed, ids []string) []listing.Keyed {
	if len(ids) == 0 {
		return keys
	}
	left := make(map[string]bool, len(ids))
	for _, id := range ids {
		left[id] = true
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k listing.Keyed) bool { return left[strconv.FormatInt(k.ID, 10)] })
}

// pageOf returns the ranked objects of the page and one more, and the offset in the
// objects after them.
func pageOf(q *storage.Query, ranked []listing.Keyed) (page []listing.Keyed, offset int) {
	from := q.Offset
	if q.After != nil {
		from = len(ranked)
		id, _ := strconv.ParseInt(q.After.ID, 10, 64) // ids in cursors are valid
		if i := slices.IndexFunc(ranked, func(k listing.Keyed) bool {
			return k.Key > q.After.Key.Number || k.Key == q.After.Key.Number && k.ID > id
		}); i >= 0 {
			from = i
		}
	}
	start := min(from, len(ranked))
	return slices.Clone(ranked[start:min(start+q.Limit+1, len(ranked))]), from - start
}

// passed reports whether the page begins after the part.
func (p *part) passed(q *storage.Query) bool {
	return q.After != nil && q.After.Key.Number >= p.base+reach
}

// part returns objects of a part.
func (b *broad) part(ctx context.Context, part *part, best []listing.Keyed, limit, offset int) ([]listing.Keyed, error) {
	where := b.within(part, best)
	if p := b.query.After; p != nil && p.Key.Number >= part.base-reach {
		where = both(where, func(arg func(any) string) string {
			return "(" + stars(b.noun) + ", t.id) > (" + arg(p.Key.Number-part.base) + "::int, " + arg(schema.Key(b.noun, p.ID)) + "::bigint)"
		})
	}
	if part.walk {
		if err := b.view.Set(ctx, "enable_sort", "off"); err != nil {
			return nil, err
		}
	}
	found, err := b.view.Keys(ctx, b.query, where, func(func(any) string) string { return part.order(b.noun) }, limit, offset)
	for i := range found {
		found[i].Key += part.base
	}
	return found, err
}

// within is the condition on the objects of a part.
func (b *broad) within(part *part, best []listing.Keyed) listing.Clause {
	ids := make([]int64, len(best))
	for i, k := range best {
		ids[i] = k.ID
	}
	found := both(b.found, part.where)
	return func(arg func(any) string) string {
		condition := found(arg)
		if part.walk { // no index has such a condition
			condition = "(" + condition + ") IS TRUE"
		}
		return condition + " AND t.id NOT IN (SELECT unnest(" + arg(ids) + "::bigint[]))"
	}
}

// order writes the keys of the part.
func (p *part) order(n *storage.Noun) string {
	if p.walk {
		return stars(n)
	}
	return stars(n) + " + 0" // no index has this order
}

// stars writes the order of the objects that are not ranked: the lowest first. The index
// best has it.
func stars(n *storage.Noun) string {
	if n.Field("imdb_rating") == nil {
		return "0"
	}
	return "coalesce(-t.imdb_rating * 10, 0)::int"
}

func always(func(any) string) string { return "true" }

// both is the clause that all clauses hold.
func both(clauses ...listing.Clause) listing.Clause {
	return func(arg func(any) string) string {
		parts := make([]string, len(clauses))
		for i, c := range clauses {
			parts[i] = "(" + c(arg) + ")"
		}
		return strings.Join(parts, " AND ")
	}
}
