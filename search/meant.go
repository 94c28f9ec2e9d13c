package search

import (
	"context"

	"marquee/search/text"
	"marquee/storage"
)

// Meant finds what the text of a search by words may have meant, of which no object has all
// words. finds reports whether an object has all words of another text, under the same
// conditions, with the same synonyms.
func Meant(ctx context.Context, q *storage.Query, rules *storage.SynonymRules, v text.Vocabulary, finds func(*text.Query) (bool, error)) (*storage.Meant, error) {
	texts, phrased, err := text.Meant(ctx, q.Text.Query, q.Noun, v)
	if err != nil {
		return nil, err
	}
	m := &storage.Meant{Words: phrased}
	for _, other := range texts {
		m.Asked = append(m.Asked, other)
		ok, err := finds(text.ParseWith(other, rules))
		if err != nil {
			return nil, err
		}
		if ok {
			m.Text = other
			break
		}
	}
	return m, nil
}
