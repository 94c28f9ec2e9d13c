package postgres

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf8"

	"marquee/storage"
	"marquee/storage/textform"
)

// gap is the word that keeps a phrase from reaching across, as the migration
// knows it.
const gap = " 0gap0 "

// searched are the columns of a document that searches read. They are made from
// the document and the names that it shows, whoever writes it.
type searched struct {
	names   []string
	canon   string
	digests []int64
	words   []string
}

// newSearched computes the columns of a document whose names are set.
func newSearched(d *storage.Document) *searched {
	values := d.SearchedValues()
	s := &searched{names: d.Names[storage.Person.Plural], canon: textform.Canon(strings.Join(values, "\n"))}
	if s.names == nil {
		s.names = []string{}
	}
	for _, v := range values {
		s.digests = append(s.digests, Digest(v))
	}
	s.digests = append(s.digests, TitleDigest(d.Label()))
	slices.Sort(s.digests)
	s.digests = slices.Compact(s.digests)
	title := textform.Words(d.Label())
	description, _ := d.Fields["description"].(string)
	if !slices.Contains(d.Noun.Searched, "description") {
		description = ""
	}
	s.words = []string{strings.Join(title, " "), phrases(s.names) + particles(s.names), strings.Join(textform.Words(description), " "),
		strings.Join(compounds(title), " "), phrases(d.Names[storage.Genre.Plural]) + years(d)}
	return s
}

// years are the words for the time of a film: "1998", "1990s", "90s".
func years(d *storage.Document) string {
	year, ok := d.Fields["release_year"].(int64)
	if !ok {
		return ""
	}
	decade := year / 10 * 10
	return fmt.Sprintf("%s%d%s%ds%s%02ds", gap, year, gap, decade, gap, decade%100)
}

// particles are the compounds of names with a short word in front, so that
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

// phrases are the words of several texts, with gaps between them.
func phrases(texts []string) string {
	folded := make([]string, len(texts))
	for i, t := range texts {
		folded[i] = strings.Join(textform.Words(t), " ")
	}
	return strings.Join(folded, gap)
}

// compounds are the words that two neighbours would make as one, so that
// "spiderman" finds "Spider-Man".
func compounds(words []string) []string {
	var out []string
	for i := 1; i < len(words); i++ {
		out = append(out, words[i-1]+words[i])
	}
	return out
}

// Digest is the hash by which an exact text is looked up: that of its folded
// form. Two texts may share one.
func Digest(s string) int64 { return hash("", textform.Fold(s)) }

// TitleDigest is the hash by which a match finds whole titles.
func TitleDigest(title string) int64 { return hash("title", textform.TitleKey(title)) }

func hash(kind, s string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind + "\x00" + s)) // a hash takes everything
	return int64(h.Sum64())
}

// columns lists the columns of the table with their values.
func (s *searched) columns(t *table) ([]string, []any) {
	columns, args := []string{"canon", "digests", "words"}, []any{s.canon, s.digests, s.words}
	if t.named() {
		columns, args = append(columns, "names"), append(args, s.names)
	}
	return columns, args
}

// searched reports whether the noun is searched, and so has these columns.
func (t *table) searched() bool { return len(t.noun.Searched) > 0 }

// named reports whether the table keeps the names of persons.
func (t *table) named() bool {
	return t.searched() && slices.ContainsFunc(t.links, func(l link) bool { return l.to == storage.Person })
}

// search adds the search columns to those that are written, and notes the
// words.
func (t *table) search(d *storage.Document, columns []string, args []any) ([]string, []any) {
	if !t.searched() {
		return columns, args
	}
	c, a := newSearched(d).columns(t)
	return append(columns, c...), append(args, a...)
}

// refresh queues the writing of the search columns of documents whose names
// have changed.
func (w *writing) refresh(docs ...*storage.Document) {
	for _, d := range docs {
		t := tables[d.Noun]
		if !t.searched() {
			continue
		}
		columns, args := newSearched(d).columns(t)
		sets := make([]string, len(columns))
		for i, c := range columns {
			sets[i] = fmt.Sprintf("%s = $%d", c, i+2)
		}
		w.pending.Queue(`UPDATE `+t.name+` SET `+strings.Join(sets, ", ")+` WHERE id = $1`, append([]any{key(d.Noun, d.ID)}, args...)...)
	}
	w.learn(docs...)
}

const (
	// minVocabulary and maxVocabulary bound in runes the words that are kept to
	// compare mistyped ones with: shorter ones are near everything.
	minVocabulary = 3
	maxVocabulary = 40
)

// learn queues the words of titles and names for the vocabulary. Persons are
// documents of their own, so a film adds only its title.
func (w *writing) learn(docs ...*storage.Document) {
	seen := map[string]bool{}
	for _, d := range docs {
		if !tables[d.Noun].searched() {
			continue
		}
		for _, word := range textform.Words(d.Label()) {
			if n := utf8.RuneCountInString(word); n >= minVocabulary && n <= maxVocabulary {
				seen[word] = true
			}
		}
	}
	words := make([]string, 0, len(seen))
	for word := range seen {
		words = append(words, word)
	}
	if len(words) > 0 {
		slices.Sort(words)
		w.pending.Queue(`INSERT INTO vocabulary SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`, words)
	}
}
