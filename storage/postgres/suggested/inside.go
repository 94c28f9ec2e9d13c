package suggested

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"marquee/storage/postgres/pool"
)

// A text of more than one word is answered from the list of one of them, in which each label
// is checked for the others. A rare word has a short list. Among frequent words, the labels
// of the last word are read in the order of suggestions until there are enough: the others
// are frequent, so enough of them have these.

const (
	// frequent is the number of labels from which a word is frequent. In 36,000 labels, one
	// of 36 has such a word, so 20 are found after some 720.
	frequent = 1000
	// last is the driver of a noun that reads the list of the last word.
	last = -1
	// shortestText is shortest in a statement.
	shortestText = "3"
)

// drivers returns the place of the word whose list is read, by noun. A noun that lacks all
// words of a place has none.
func (f *Finding) drivers(ctx context.Context, db pool.Querier, w wording) (map[string]int, error) {
	final := len(w.words) - 1
	var words []string
	var places []int
	for i, some := range w.words[:final] {
		for _, word := range some {
			words, places = append(words, word), append(places, i)
		}
	}
	rows, err := db.Query(ctx, `SELECT n.noun, t.place, sum(c.labels)::bigint FROM unnest($1::text[]) n (noun) CROSS JOIN unnest($2::text[], $3::bigint[]) t (word, place)
		CROSS JOIN LATERAL (SELECT count(*) AS labels FROM (SELECT FROM suggestion_words w WHERE w.noun = n.noun AND w.word = t.word LIMIT $4) w) c
		GROUP BY n.noun, t.place`, names(w.nouns), words, places, frequent)
	if err != nil {
		return nil, err
	}
	counts := map[string][]int{}
	var noun string
	var place, labels int
	_, err = pgx.ForEachRow(rows, []any{&noun, &place, &labels}, func() error {
		if counts[noun] == nil {
			counts[noun] = make([]int, final)
		}
		counts[noun][place] = labels
		return nil
	})
	drivers := map[string]int{}
	for noun, labels := range counts {
		switch least := slices.Min(labels); {
		case least >= frequent:
			drivers[noun] = last
		case least > 0:
			drivers[noun] = slices.Index(labels, least)
		}
	}
	return drivers, err
}

// inside finds labels that have a word of each place.
func (s *statement) inside(w wording, drivers map[string]int) {
	final := len(w.words) - 1
	var fromWords, words, fromLast, beginnings []string
	for _, n := range w.nouns {
		place, ok := drivers[n.Name]
		switch {
		case !ok:
		case place == last:
			for _, p := range w.words[final] {
				fromLast, beginnings = append(fromLast, n.Name), append(beginnings, p)
			}
		default:
			for _, word := range w.words[place] {
				fromWords, words = append(fromWords, n.Name), append(words, word)
			}
		}
	}
	if len(words)+len(beginnings) == 0 {
		return
	}
	has := s.has(w)
	if len(words) > 0 {
		s.add(`unnest(`+s.Arg(fromWords)+`::text[], `+s.Arg(words)+`::text[]) n (noun, word)`,
			`SELECT 2 AS class, `+columns+` FROM suggestion_words w`+ranks+` WHERE w.noun = n.noun AND w.word = n.word AND `+has+shown+order)
	}
	if len(beginnings) > 0 {
		s.fromLast(s.Arg(fromLast), s.Arg(beginnings), has)
	}
}

// fromLast reads the list of the last word: in order, if it is a short prefix.
func (s *statement) fromLast(from, beginnings, has string) {
	tables := `unnest(` + from + `::text[], ` + beginnings + `::text[]) n (noun, word)`
	s.add(tables+` CROSS JOIN unnest(ARRAY[true, false]) b (starts)`,
		`SELECT 2 AS class, w.likes, w.views, w.rating, w.number, w.slug FROM suggestion_prefixes w`+ranks+`
			WHERE length(n.word) <= `+shortestText+` AND w.noun = n.noun AND w.prefix = n.word AND w.starts = b.starts AND `+has+shown+order)
	s.add(tables,
		`SELECT DISTINCT 2 AS class, `+columns+` FROM suggestion_words w`+ranks+` WHERE length(n.word) > `+shortestText+`
			AND w.noun = n.noun AND w.word >= n.word AND w.word < n.word || `+end+` AND `+has+shown+order)
}

// has is the condition that row s has a word of each place.
func (s *statement) has(w wording) string {
	final := len(w.words) - 1
	var needed []string
	condition := ""
	for _, some := range w.words[:final] {
		if len(some) == 1 {
			needed = append(needed, some[0])
		} else {
			condition += ` AND s.words && ` + s.Arg(some) + `::text[]`
		}
	}
	return `s.words @> ` + s.Arg(append([]string{}, needed...)) + `::text[]` + condition +
		` AND EXISTS (SELECT FROM unnest(s.words) h (word) CROSS JOIN unnest(` + s.Arg(w.words[final]) + `::text[]) p (prefix) WHERE starts_with(h.word, p.prefix))`
}
