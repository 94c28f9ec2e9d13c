package suggested

import (
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/schema"
)

// statement unites branches, each of which finds the best labels of one kind. An argument
// that is a list makes no difference to its text, so PostgreSQL keeps few plans. LIMIT 1
// in a subquery makes PostgreSQL look up its row instead of joining whole tables.
//
// The first arguments are the nouns, the limit, and the collections that are not active.
type statement struct {
	listing.Statement
	branches []string
	// scheduled says that the state of the calendar is read.
	scheduled bool
}

const (
	// end is after every letter: a word with a prefix is at or after the prefix, and before
	// the prefix with end.
	end = `U&'\+10FFFF'`
	// order is the order within a class.
	order = ` ORDER BY likes DESC, views DESC, rating DESC, number, slug LIMIT $2`
	// shown leaves out collections that are not active.
	shown = ` AND (n.noun <> 'collection' OR w.slug <> ALL($3::text[]))`
	// ranks looks up the rank of row w.
	ranks = ` CROSS JOIN LATERAL (SELECT s.likes, s.views, s.rating, s.words FROM suggestions s
		WHERE s.noun = w.noun AND s.number = w.number AND s.slug = w.slug LIMIT 1) s`
	// columns are what a branch returns after the class.
	columns = `s.likes, s.views, s.rating, w.number, w.slug`
)

// add adds a branch that runs for each row of some tables with the column n.noun.
func (s *statement) add(tables, selected string) {
	s.branches = append(s.branches, `SELECT n.noun, x.* FROM `+tables+` CROSS JOIN LATERAL (`+selected+`) x`)
}

// nounTable is the table of the nouns of a statement.
const nounTable = `unnest($1::text[]) n (noun)`

// whole finds labels that equal a text.
func (s *statement) whole(texts []string) {
	s.add(nounTable+` CROSS JOIN unnest(`+s.Arg(marked(texts))+`::text[]) t (word)`,
		`SELECT 0 AS class, `+columns+` FROM suggestion_words w`+ranks+` WHERE w.noun = n.noun AND w.word = t.word`+shown+order)
}

// begins finds labels that begin with a text.
func (s *statement) begins(texts []string) { s.within(1, marked(texts)) }

// words finds labels that have a word that begins with a prefix. The prefix must be long.
func (s *statement) words(prefixes []string) { s.within(2, prefixes) }

func (s *statement) within(class storage.SuggestionClass, prefixes []string) {
	s.add(nounTable+` CROSS JOIN unnest(`+s.Arg(prefixes)+`::text[]) t (word)`,
		fmt.Sprintf(`SELECT DISTINCT %d AS class, `, class)+columns+` FROM suggestion_words w`+ranks+
			` WHERE w.noun = n.noun AND w.word >= t.word AND w.word < t.word || `+end+shown+order)
}

// prefixes finds labels that have a word that begins with a short prefix.
func (s *statement) prefixes(prefixes []string) {
	s.add(nounTable+` CROSS JOIN unnest(`+s.Arg(prefixes)+`::text[]) t (prefix) CROSS JOIN unnest(ARRAY[true, false]) b (starts)`,
		`SELECT CASE WHEN b.starts THEN 1 ELSE 2 END AS class, w.likes, w.views, w.rating, w.number, w.slug FROM suggestion_prefixes w
			WHERE w.noun = n.noun AND w.prefix = t.prefix AND w.starts = b.starts`+shown+order)
}

// sql is the whole statement. Its first columns are the state of the database. Without
// labels there is one row, of nulls.
func (s *statement) sql() string {
	stamp := `0::bigint, 0::bigint`
	if s.scheduled {
		stamp = listing.StampColumns
	}
	return `SELECT ` + schema.AsOfColumns + `, ` + stamp + `, u.noun, u.class::bigint, u.likes, u.views, u.rating::bigint, u.number, u.slug, s.label, s.release_year::bigint
		FROM catalogue c LEFT JOIN (` + strings.Join(s.branches, ` UNION ALL `) + `) u ON true
		LEFT JOIN LATERAL (SELECT s.label, s.release_year FROM suggestions s WHERE s.noun = u.noun AND s.number = u.number AND s.slug = u.slug LIMIT 1) s ON true`
}

func marked(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = wholeMark + t
	}
	return out
}
