// Package suggested stores the labels that are suggested, and finds them by their words.
// The package has three tables: the labels, their words, and the first letters of these.
package suggested

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"marquee/storage"
)

const (
	// wholeMark begins a whole label among words. No word has it.
	wholeMark = "^"
	// shortest is the length in runes up to which prefixes are stored in their order. In
	// 65,000 labels, a longer one has at most some hundred words.
	shortest = 3
)

// Suggests reports whether the labels of a noun are suggested.
func Suggests(n *storage.Noun) bool { return slices.Contains(storage.Suggested, n) }

// Same reports whether two states of an object have the same rows. Counters are not compared.
func Same(a, b *storage.Document) bool {
	return a.Label() == b.Label() && reflect.DeepEqual(a.Fields["release_year"], b.Fields["release_year"]) &&
		reflect.DeepEqual(a.Fields["imdb_rating"], b.Fields["imdb_rating"])
}

// Row is the rows of one object in all tables.
type Row struct {
	key
	label        string
	year         any
	words        []string
	likes, views int64
	rating       int64
	prefixes     []string
	starts       []bool
}

// key identifies an object.
type key struct {
	noun   string
	number int64
	slug   string
}

func keyOf(n *storage.Noun, id string) key {
	if n.Slug {
		return key{noun: n.Name, slug: id}
	}
	number, _ := strconv.ParseInt(id, 10, 64) // ids have been checked
	return key{noun: n.Name, number: number}
}

// id returns the id of the object.
func (k key) id() string {
	if k.slug != "" {
		return k.slug
	}
	return strconv.FormatInt(k.number, 10)
}

// RowOf returns the rows of a document of a suggested noun.
func RowOf(d *storage.Document, a storage.Analysis) *Row {
	l := a.LabelWords(d.Label())
	r := &Row{key: keyOf(d.Noun, d.ID), label: d.Label(), year: d.Fields["release_year"], words: append([]string{}, l.Words...)}
	r.likes, _ = d.Fields["likes"].(int64)
	r.views, _ = d.Fields["views"].(int64)
	if rating, ok := d.Fields["imdb_rating"].(storage.Decimal); ok {
		r.rating = int64(rating)
	}
	for _, w := range l.Words {
		for n := range min(shortest, runes(w)) {
			if p := begin(w, n+1); !slices.Contains(r.prefixes, p) {
				r.prefixes = append(r.prefixes, p)
				r.starts = append(r.starts, slices.ContainsFunc(l.Wholes, func(whole string) bool { return strings.HasPrefix(whole, p) }))
			}
		}
	}
	for _, whole := range l.Wholes {
		r.words = append(r.words, wholeMark+whole)
	}
	return r
}

func runes(s string) int { return len([]rune(s)) }

// begin returns the first runes of a word.
func begin(word string, n int) string { return string([]rune(word)[:n]) }

// The tables, for COPY.
var (
	Columns       = []string{"noun", "number", "slug", "label", "release_year", "words", "likes", "views", "rating"}
	WordColumns   = []string{"noun", "word", "number", "slug"}
	PrefixColumns = []string{"noun", "prefix", "starts", "likes", "views", "rating", "number", "slug"}
)

// Values returns the row of suggestions.
func (r *Row) Values() []any {
	return []any{r.noun, r.number, r.slug, r.label, r.year, r.words, r.likes, r.views, r.rating}
}

// WordValues returns the rows of suggestion_words.
func (r *Row) WordValues() [][]any {
	var rows [][]any
	for _, w := range r.words {
		rows = append(rows, []any{r.noun, w, r.number, r.slug})
	}
	return rows
}

// PrefixValues returns the rows of suggestion_prefixes.
func (r *Row) PrefixValues() [][]any {
	var rows [][]any
	for i, p := range r.prefixes {
		rows = append(rows, []any{r.noun, p, r.starts[i], r.likes, r.views, r.rating, r.number, r.slug})
	}
	return rows
}
