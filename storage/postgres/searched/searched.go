// Package searched computes the columns of a table that searches read, from a
// document and the names that it shows.
package searched

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/textform"
)

// form identifies how Columns computes the columns. Increment its number with every
// change of that. The versions of the Unicode tables are part of it, because a text
// folded with other tables would not be found.
const form = "3-" + unicode.Version + "-" + norm.Version

// Form identifies how Columns computes the columns with an analysis, which may be nil.
func Form(a storage.Analysis) string {
	if a == nil {
		return form
	}
	return form + "/" + a.Form()
}

// gap is the word that keeps a phrase from matching across two texts. The
// migrations know it too.
const gap = " 0gap0 "

// Columns returns the names of the search columns and their values for a document
// whose names are set, and the terms that the vocabulary counts. A noun that is not
// searched has none. Without an analysis there are no terms.
func Columns(d *storage.Document, a storage.Analysis) (columns []string, values []any, counted []string) {
	t := schema.Of(d.Noun)
	if !t.Searched() {
		return nil, nil, nil
	}
	terms := &storage.Terms{}
	if a != nil {
		terms = a.Terms(d)
	}
	v := Vector(terms)
	texts := d.SearchedValues()
	columns = []string{"canon", "digests", "words", "terms"}
	values = []any{textform.Canon(strings.Join(texts, "\n")), digests(d, texts), words(d), v}
	if t.Credited() {
		columns, values = append(columns, "names"), append(values, persons(d))
	}
	return columns, values, Counted(v)
}

// persons are the names of persons that a document shows, never nil.
func persons(d *storage.Document) []string {
	if names := d.Names[storage.Person.Plural]; names != nil {
		return names
	}
	return []string{}
}

// digests are the hashes by which exact texts and whole titles are found.
func digests(d *storage.Document, texts []string) []int64 {
	var out []int64
	for _, text := range texts {
		out = append(out, Digest(text))
	}
	out = append(out, TitleDigest(d.Label()))
	slices.Sort(out)
	return slices.Compact(out)
}

// words are the texts that a match searches, by their weight: title, names of
// persons, description, compounds of the title, genres and years.
func words(d *storage.Document) []string {
	title := textform.Words(d.Label())
	description, _ := d.Fields["description"].(string)
	if !slices.Contains(d.Noun.Searched, "description") {
		description = ""
	}
	names := persons(d)
	return []string{strings.Join(title, " "), phrases(names) + particles(names), strings.Join(textform.Words(description), " "),
		strings.Join(compounds(title), " "), phrases(d.Names[storage.Genre.Plural]) + years(d)}
}

// years are the words for the release year of a film: "1998", "1990s", "90s".
func years(d *storage.Document) string {
	year, ok := d.Fields["release_year"].(int64)
	if !ok {
		return ""
	}
	decade := year / 10 * 10
	return fmt.Sprintf("%s%d%s%ds%s%02ds", gap, year, gap, decade, gap, decade%100)
}

// particles are compounds of a short word in a name with the next word, so that
// "deniro" finds De Niro.
func particles(names []string) string {
	var out strings.Builder
	for _, name := range names {
		words := textform.Words(name)
		for i := 1; i < len(words); i++ {
			if len(words[i-1]) <= maxParticle {
				out.WriteString(gap + words[i-1] + words[i])
			}
		}
	}
	return out.String()
}

const maxParticle = 3 // bytes: De, Di, Mc, Van

// phrases are the words of several texts, with gaps between the texts.
func phrases(texts []string) string {
	folded := make([]string, len(texts))
	for i, t := range texts {
		folded[i] = strings.Join(textform.Words(t), " ")
	}
	return strings.Join(folded, gap)
}

// compounds are all pairs of neighbouring words, written as one word, so that
// "spiderman" finds "Spider-Man".
func compounds(words []string) []string {
	var out []string
	for i := 1; i < len(words); i++ {
		out = append(out, words[i-1]+words[i])
	}
	return out
}

// Digest returns the hash of a text's folded form, by which exact searches find it.
// Different texts may have the same digest.
func Digest(s string) int64 { return hash("", textform.Fold(s)) }

// TitleDigest is the hash by which a match finds whole titles.
func TitleDigest(title string) int64 { return hash("title", textform.TitleKey(title)) }

func hash(kind, s string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind + "\x00" + s)) // never fails
	return int64(h.Sum64())
}

const (
	// minVocabulary and maxVocabulary bound the words of the vocabulary, in runes.
	// Mistyped words are compared with it, and shorter words are close to everything.
	minVocabulary = 3
	maxVocabulary = 40
)

// Vocabulary returns the words of the labels of searched documents, sorted. Persons
// are documents of their own, so a film adds only its title.
func Vocabulary(docs ...*storage.Document) []string {
	var words []string
	for _, d := range docs {
		if !schema.Of(d.Noun).Searched() {
			continue
		}
		for _, word := range textform.Words(d.Label()) {
			if n := utf8.RuneCountInString(word); n >= minVocabulary && n <= maxVocabulary {
				words = append(words, word)
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}
