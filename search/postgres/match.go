package postgres

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"marquee/search"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/listing"
)

const (
	// enough is the number of objects with all words from which a search is not relaxed.
	enough = 10
	// maxRanked is the number of units of a text that affect the order.
	maxRanked = 24
	// describing is the index of the description in the column words.
	describing = 3
	// maxFrequency is the frequency from which words count as equally common.
	maxFrequency = 20_000
)

// match answers a search of kind Match: with the objects that have all words of the
// text. If they are few, it adds objects with most of the words, or with typos.
func match(ctx context.Context, v *postgres.Snapshot, q *storage.Query) (*storage.Page, error) {
	t := newWanted(q.Text.Query)
	strict, err := v.Count(ctx, q, t.all, enough)
	if err != nil {
		return nil, err
	}
	relaxed := strict < enough
	if relaxed {
		if err := forgive(ctx, v, t.needed); err != nil {
			return nil, err
		}
		t.correct(q.Text.Query)
	}
	if err := t.weigh(ctx, v, q.Noun); err != nil {
		return nil, err
	}
	found := t.all
	if relaxed {
		found = t.most
	}
	var rank listing.Clause // nil in any other order, which has keys
	if q.Order.Sort == &storage.Relevance {
		rank = func(arg func(any) string) string { return t.rank(q.Noun, relaxed, arg) }
	}
	page, err := v.List(ctx, q, found, rank)
	if err != nil {
		return nil, err
	}
	if rank != nil && page.Next != nil {
		page.Next.Key.Text = search.FallbackRanking
	}
	page.Relaxed = relaxed && page.Total > strict
	return page, nil
}

// query writes the tsquery of a unit. Its words have only letters and digits, and are
// quoted, so they contain no operator. fields are the letters of the weights (fields)
// that count; "" are all.
func (u *unit) query(arg func(any) string, fields string) string {
	words := quote(fields, u.words[0])
	if len(u.words) > 1 {
		phrase := quote("", strings.Join(u.words, " "))
		return "(to_tsquery('marquee_title', " + arg(phrase) + ") || to_tsquery('marquee_text', " + arg(phrase) + "))"
	}
	if len(u.others) > 0 {
		words += " | " + quote(fields, u.others...)
	}
	return "to_tsquery('marquee_title', " + arg(words) + ")"
}

// nearQuery writes the tsquery of the words that the unit may be a typo of.
func (u *unit) nearQuery(arg func(any) string) string {
	return "to_tsquery('marquee_title', " + arg(quote("", u.near...)) + ")"
}

// either is query and nearQuery in one.
func (u *unit) either(arg func(any) string) string {
	if len(u.near) == 0 {
		return u.query(arg, "")
	}
	return "(" + u.query(arg, "") + " || " + u.nearQuery(arg) + ")"
}

func quote(fields string, words ...string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = "'" + w + "'"
		if fields != "" {
			out[i] += ":" + fields
		}
	}
	return strings.Join(out, " | ")
}

// whole writes the clause that the text is the object's whole title.
func (t *wanted) whole(arg func(any) string) string {
	return "t.digests && " + arg(t.titles) + "::bigint[]"
}

// words writes the clause that the object has all needed units.
func (t *wanted) words(arg func(any) string) string {
	if len(t.needed) == 0 {
		return "false"
	}
	return having(t.needed, arg)
}

// having writes the clause that the object has each of the units.
func having(units []unit, arg func(any) string) string {
	queries := make([]string, len(units))
	checks := ""
	for i := range units {
		queries[i] = units[i].query(arg, "")
		checks += units[i].check(arg)
	}
	return "(t.old_terms @@ (" + strings.Join(queries, " && ") + ")" + checks + ")"
}

// check writes a clause for what the terms do not contain. Terms of descriptions have
// no stop words, so of a phrase that begins or ends with one they have only the rest.
// Only descriptions with the stop word at such a place are read.
func (u *unit) check(arg func(any) string) string {
	last := len(u.words) - 1
	place := u.words[0] + " "
	switch {
	case last == 0:
		return ""
	case text.EnglishStops[u.words[0]]:
	case text.EnglishStops[u.words[last]]:
		place = " " + u.words[last]
	default:
		return ""
	}
	phrase := "to_tsquery('marquee_title', " + arg(quote("", strings.Join(u.words, " "))) + ")"
	description := fmt.Sprintf("t.words[%d]", describing)
	return " AND (t.old_terms @@ " + phrase + " OR position(" + arg(place) + " in " + description + ") > 0 AND to_tsvector('marquee_title', " + description + ") @@ " + phrase + ")"
}

// all writes the clause of a search that is not relaxed.
func (t *wanted) all(arg func(any) string) string {
	return "(" + t.words(arg) + " OR " + t.whole(arg) + ")"
}

// most writes the clause of a relaxed search. With phrases, an object must have all of
// them. Without, it must have at least half of the words that the catalogue knows. An
// object with k of n words has one of the n-k+1 rarest; the index looks these up.
func (t *wanted) most(arg func(any) string) string {
	if phrases := t.phrases(); len(phrases) > 0 {
		return "(" + having(phrases, arg) + " OR " + t.whole(arg) + ")"
	}
	known := t.known()
	if len(known) == 0 {
		return t.all(arg)
	}
	slices.SortStableFunc(known, func(a, b *unit) int { return a.frequency - b.frequency })
	wanted := (len(known) + 1) / 2
	var rare, counts []string
	for i, u := range known {
		query := u.either(arg)
		counts = append(counts, "(t.old_terms @@ "+query+")::int")
		if i < len(known)-wanted+1 {
			rare = append(rare, query)
		}
	}
	clause := "t.old_terms @@ (" + strings.Join(rare, " || ") + ")"
	if wanted > 1 {
		clause += fmt.Sprintf(" AND %s >= %d", strings.Join(counts, " + "), wanted)
	}
	return "(" + clause + " OR " + t.whole(arg) + ")"
}

// phrases returns the units of more than one word.
func (t *wanted) phrases() (out []unit) {
	for _, u := range t.needed {
		if len(u.words) > 1 {
			out = append(out, u)
		}
	}
	return out
}

// known returns the units that any object has, at most maxRanked.
func (t *wanted) known() []*unit {
	var out []*unit
	for i := range t.needed {
		if t.needed[i].frequency > 0 && len(out) < maxRanked {
			out = append(out, &t.needed[i])
		}
	}
	return out
}

// weigh counts the objects that have each unit, or, if none has, the words that it may
// be a typo of. Rare units weigh more.
func (t *wanted) weigh(ctx context.Context, v *postgres.Snapshot, n *storage.Noun) error {
	units := t.needed[:min(len(t.needed), maxRanked)]
	if len(units) == 0 {
		return nil
	}
	var args []any
	arg := func(a any) string {
		args = append(args, a)
		return fmt.Sprintf("$%d", len(args))
	}
	counts := make([]string, len(units))
	targets := make([]any, len(units))
	for i := range units {
		counts[i] = frequency(n, units[i].query(arg, ""))
		if len(units[i].near) > 0 {
			counts[i] = "coalesce(nullif(" + counts[i] + ", 0), " + frequency(n, units[i].nearQuery(arg)) + ")"
		}
		targets[i] = &units[i].frequency
	}
	rows, err := v.Query(ctx, "SELECT "+strings.Join(counts, ", "), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// frequency writes the number of objects that match a tsquery, up to maxFrequency.
func frequency(n *storage.Noun, query string) string {
	return fmt.Sprintf("(SELECT count(*) FROM (SELECT FROM %s t WHERE t.old_terms @@ %s LIMIT %d) t)", n.Plural, query, maxFrequency)
}

// weight returns the unit's weight in the order. A word in every second object has
// little.
func (u *unit) weight() float64 {
	return math.Log(1 + 2*maxFrequency/float64(u.frequency+1))
}
