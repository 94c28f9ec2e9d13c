package suggested

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/schedule"
)

// Finding is a query and, after Run, its answer.
type Finding struct {
	query    *storage.SuggestQuery
	calendar *schedule.Calendar
	stamp    schedule.Stamp
	asOf     schema.AsOf
	found    map[key]*label
}

// label is a found label.
type label struct {
	key
	class                storage.SuggestionClass
	text                 string
	year                 pgtype.Int8
	likes, views, rating int64
}

// New prepares the answer to a query. The calendar knows which collections are active.
func New(q *storage.SuggestQuery, c *schedule.Calendar) *Finding {
	return &Finding{query: q, calendar: c}
}

// AsOf is the state of the database that was read.
func (f *Finding) AsOf() schema.AsOf { return f.asOf }

// Scheduled reports whether the answer depends on the calendar.
func Scheduled(q *storage.SuggestQuery) bool { return slices.Contains(q.Nouns, storage.Collection) }

// Current reports, after Run, whether the answer and its calendar belong to one state.
func (f *Finding) Current() bool { return !Scheduled(f.query) || f.calendar.Stamp() == f.stamp }

// Run answers the query with labels that have its words.
func (f *Finding) Run(ctx context.Context, db pool.Querier) (*storage.Suggestions, error) {
	f.found = map[key]*label{}
	if err := f.read(ctx, db, wording{words: alternatives(f.query.Words), nouns: f.query.Nouns}); err != nil {
		return nil, fmt.Errorf("suggest: %w", pool.Translate(err))
	}
	return f.answer(), nil
}

// RunWithTypos is Run that finds labels with a typo if there are no others. All its
// statements must see one state of the database.
func (f *Finding) RunWithTypos(ctx context.Context, db pool.Querier) (*storage.Suggestions, error) {
	out, err := f.Run(ctx, db)
	if err != nil || len(out.Found) > 0 {
		return out, err
	}
	if err := f.readTypos(ctx, db); err != nil {
		return nil, fmt.Errorf("suggest with typos: %w", pool.Translate(err))
	}
	return f.answer(), nil
}

// MayHaveTypos reports whether a word is long enough for a typo.
func MayHaveTypos(q *storage.SuggestQuery) bool {
	return slices.ContainsFunc(q.Words, func(w string) bool { return runes(w) >= storage.TypoFrom })
}

// answer returns the best labels.
func (f *Finding) answer() *storage.Suggestions {
	out := &storage.Suggestions{Found: []storage.Suggestion{}, AsOf: f.asOf.Version}
	all := make([]*label, 0, len(f.found))
	for _, l := range f.found {
		all = append(all, l)
	}
	slices.SortFunc(all, compare)
	for _, l := range all[:min(len(all), f.query.Limit)] {
		s := storage.Suggestion{Noun: storage.NounByName(l.noun), ID: l.id(), Label: l.text}
		if l.year.Valid {
			s.ReleaseYear = &l.year.Int64
		}
		out.Found = append(out.Found, s)
	}
	if Scheduled(f.query) {
		out.Until, _ = f.calendar.Boundary(f.query.At)
	}
	return out
}

// compare orders labels as storage.Suggestions says.
func compare(a, b *label) int {
	place := func(l *label) int { return slices.Index(storage.Suggested, storage.NounByName(l.noun)) }
	return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(b.likes, a.likes), cmp.Compare(b.views, a.views), cmp.Compare(b.rating, a.rating),
		cmp.Compare(a.slug, b.slug), cmp.Compare(a.number, b.number), cmp.Compare(place(a), place(b)))
}

// wording is what the labels of some nouns must have: for each place in the text one of the
// words that may stand there. The last word may be the beginning of one.
type wording struct {
	words [][]string
	nouns []*storage.Noun
}

func alternatives(words []string) [][]string {
	out := make([][]string, len(words))
	for i, w := range words {
		out[i] = []string{w}
	}
	return out
}

// statement makes the statement that finds the best labels of each noun for a wording.
func (f *Finding) statement(ctx context.Context, db pool.Querier, w wording) (*statement, error) {
	s := &statement{scheduled: Scheduled(f.query)}
	s.Arg(names(w.nouns))
	s.Arg(f.query.Limit)
	inactive := []string{}
	if slices.Contains(w.nouns, storage.Collection) {
		inactive = f.calendar.Inactive(f.query.At)
	}
	s.Arg(inactive)
	switch texts := texts(w.words); len(w.words) {
	case 0: // the text is punctuation
		s.whole(nil)
	case 1:
		s.whole(texts)
		s.begins(long(texts))
		s.words(long(texts))
		s.prefixes(short(texts))
	default:
		drivers, err := f.drivers(ctx, db, w)
		if err != nil {
			return nil, err
		}
		s.whole(texts)
		s.begins(texts)
		s.inside(w, drivers)
	}
	return s, nil
}

// read finds the best labels of each noun for a wording.
func (f *Finding) read(ctx context.Context, db pool.Querier, w wording) error {
	s, err := f.statement(ctx, db, w)
	if err != nil {
		return err
	}
	rows, err := db.Query(ctx, s.sql(), s.Args...)
	if err != nil {
		return err
	}
	var l label
	var noun, text pgtype.Text
	var class, number, likes, views, rating pgtype.Int8
	var slug pgtype.Text
	_, err = pgx.ForEachRow(rows, append(f.asOf.Targets(), &f.stamp.Version, &f.stamp.Count,
		&noun, &class, &likes, &views, &rating, &number, &slug, &text, &l.year), func() error {
		if noun.Valid {
			l.key = key{noun.String, number.Int64, slug.String}
			l.class, l.text = storage.SuggestionClass(class.Int64), text.String
			l.likes, l.views, l.rating = likes.Int64, views.Int64, rating.Int64
			f.add(l)
		}
		return nil
	})
	return err
}

// add keeps the best class of a label.
func (f *Finding) add(l label) {
	if have := f.found[l.key]; have == nil || l.class < have.class {
		f.found[l.key] = &l
	}
}

func names(nouns []*storage.Noun) []string {
	var out []string
	for _, n := range nouns {
		out = append(out, n.Name)
	}
	return out
}

// texts returns the texts that begin with one word of each place. At most one place has more
// than one.
func texts(words [][]string) []string {
	var out []string
	for i, some := range words {
		if i == 0 {
			out = some
			continue
		}
		var next []string
		for _, t := range out {
			for _, w := range some {
				next = append(next, t+" "+w)
			}
		}
		out = next
	}
	return out
}

// short and long separate the prefixes that are stored from the others.
func short(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return runes(w) > shortest })
}

func long(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return runes(w) <= shortest })
}
