package suggested

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// readTypos finds the labels that have all words of the query but one, of which they have
// another one that is one typo away.
func (f *Finding) readTypos(ctx context.Context, db pool.Querier) error {
	unknown, err := f.unknown(ctx, db)
	if err != nil {
		return err
	}
	for place, word := range f.query.Words {
		nouns := slices.DeleteFunc(slices.Clone(f.query.Nouns), func(n *storage.Noun) bool {
			return slices.ContainsFunc(unknown[n.Name], func(other int) bool { return other != place })
		})
		if runes(word) < storage.TypoFrom || len(nouns) == 0 {
			continue
		}
		meant, err := f.meant(ctx, db, place, nouns)
		if err != nil {
			return err
		}
		for _, n := range nouns {
			if len(meant[n.Name]) == 0 {
				continue
			}
			w := wording{words: alternatives(f.query.Words), nouns: []*storage.Noun{n}}
			w.words[place] = meant[n.Name]
			if err := f.read(ctx, db, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// unknown returns the places of words that no label of a noun has, by noun. If there is one,
// no other word may have the typo.
func (f *Finding) unknown(ctx context.Context, db pool.Querier) (map[string][]int, error) {
	last := len(f.query.Words) - 1
	rows, err := db.Query(ctx, `SELECT n.noun, t.place FROM `+nounTable+` CROSS JOIN unnest($2::text[]) WITH ORDINALITY t (word, place)
		LEFT JOIN LATERAL (SELECT true AS known FROM suggestion_words w WHERE w.noun = n.noun AND w.word = t.word LIMIT 1) e ON true
		LEFT JOIN LATERAL (SELECT true AS known FROM suggestion_words w WHERE t.place > $3 AND w.noun = n.noun AND w.word >= t.word AND w.word < t.word || `+end+` LIMIT 1) b ON true
		WHERE e.known IS NULL AND b.known IS NULL`, names(f.query.Nouns), f.query.Words, last)
	if err != nil {
		return nil, err
	}
	unknown := map[string][]int{}
	var noun string
	var place int
	_, err = pgx.ForEachRow(rows, []any{&noun, &place}, func() error {
		unknown[noun] = append(unknown[noun], place-1)
		return nil
	})
	return unknown, err
}

// meant returns the words of labels, by noun, that the word at a place may be a typo of. Of
// the last word these are the beginnings of words.
//
// A typo leaves out a letter, swaps two, or has another letter or one more. Without the first
// two, there are as many words as letters. For the others, the index is asked which letters
// follow each beginning of the word: it has few, whatever the script.
func (f *Finding) meant(ctx context.Context, db pool.Querier, place int, nouns []*storage.Noun) (map[string][]string, error) {
	begins := place == len(f.query.Words)-1
	t := typosOf(f.query.Words[place], begins)
	exists := `w.word = v.word`
	if begins {
		exists = `w.word >= v.word AND w.word < v.word || ` + end
	}
	rows, err := db.Query(ctx, `SELECT n.noun, v.word FROM `+nounTable+` CROSS JOIN LATERAL (
			SELECT k.word FROM unnest($2::text[]) k (word)
			UNION SELECT l.begin || r.rest FROM unnest($3::text[], $4::text[], $5::text[]) h (begin, other, more) CROSS JOIN LATERAL (
				WITH RECURSIVE l AS (
					(SELECT left(w.word, length(h.begin) + 1) AS begin FROM suggestion_words w
						WHERE w.noun = n.noun AND w.word > h.begin AND w.word < h.begin || `+end+` ORDER BY w.word LIMIT 1)
					UNION ALL SELECT (SELECT left(w.word, length(h.begin) + 1) FROM suggestion_words w
						WHERE w.noun = n.noun AND w.word > l.begin || `+end+` AND w.word < h.begin || `+end+` ORDER BY w.word LIMIT 1)
					FROM l WHERE l.begin IS NOT NULL
				) SELECT begin FROM l WHERE begin IS NOT NULL) l CROSS JOIN unnest(ARRAY[h.other, h.more]) r (rest)
		) v CROSS JOIN LATERAL (SELECT FROM suggestion_words w WHERE w.noun = n.noun AND `+exists+` LIMIT 1) e
		WHERE v.word <> $6`,
		names(nouns), t.known, t.begin, t.other, t.more, f.query.Words[place])
	if err != nil {
		return nil, err
	}
	meant := map[string][]string{}
	var noun, word string
	_, err = pgx.ForEachRow(rows, []any{&noun, &word}, func() error {
		meant[noun] = append(meant[noun], word)
		return nil
	})
	return meant, err
}

// typos are the words that are one typo away from another one.
type typos struct {
	// known are those without a letter, or with two letters swapped.
	known []string
	// begin has beginnings of the word. The letter after one is wrong or missing: other has
	// the rest of the word after a wrong letter, more the rest after a missing one.
	begin, other, more []string
}

// typosOf returns the words that are one typo away. Their first letter is the same.
func typosOf(word string, begins bool) typos {
	var t typos
	w := []rune(word)
	for i := 1; i < len(w); i++ {
		t.known = append(t.known, string(slices.Delete(slices.Clone(w), i, i+1)))
		if i+1 < len(w) {
			swapped := slices.Clone(w)
			swapped[i], swapped[i+1] = w[i+1], w[i]
			t.known = append(t.known, string(swapped))
		}
		t.begin, t.other, t.more = append(t.begin, string(w[:i])), append(t.other, string(w[i+1:])), append(t.more, string(w[i:]))
	}
	if !begins { // a letter may be missing at the end; otherwise the word was one's beginning
		t.begin, t.other, t.more = append(t.begin, word), append(t.other, ""), append(t.more, "")
	}
	return t
}
