package touch

import (
	"hash/maphash"
	"slices"
	"strings"

	"marquee/search/text"
	"marquee/storage"
)

// Terms are the terms of a document in the form that checks need.
type Terms struct {
	// keys are the keys of the terms and flags, sorted.
	keys []uint32
	// words are the distinct words, sorted.
	words []string
	// rules are those of a synonym.
	rules []storage.SynonymRule
}

// seed is the seed of the keys of this process.
var seed = maphash.MakeSeed()

// key shortens a term. Two terms have the same key once in 4 billion pairs; then a change
// touches a search without need.
func key(term string) uint32 { return uint32(maphash.String(seed, term)) }

func keys(terms []string) []uint32 {
	out := make([]uint32, len(terms))
	for i, t := range terms {
		out[i] = key(t)
	}
	return out
}

// newTerms returns the terms of a document of a searched noun, or of a synonym.
func newTerms(d *storage.Document) *Terms {
	if d.Noun == storage.Synonym {
		return &Terms{rules: text.SynonymRules(d)}
	}
	all := text.Terms(d)
	t := &Terms{words: packed(all.Words)}
	others := [][]string{all.Label, all.Text, all.LabelForms, all.NameForms, all.TextForms, all.Kinds, all.Flags}
	for _, list := range slices.Concat(all.Names, others) {
		t.keys = append(t.keys, keys(list)...)
	}
	slices.Sort(t.keys)
	t.keys = slices.Clone(slices.Compact(t.keys))
	return t
}

// packed copies sorted words into one piece of memory.
func packed(words []string) []string {
	joined := strings.Join(words, "")
	out := make([]string, len(words))
	for i, w := range words {
		out[i], joined = joined[:len(w)], joined[len(w):]
	}
	return out
}

// keyBytes and wordBytes are the memory of a key, and of a word without its letters.
const keyBytes, wordBytes = 4, 16

// bytes returns the memory that the terms take.
func (t *Terms) bytes() int {
	n := len(t.keys)*keyBytes + len(t.words)*wordBytes
	for _, w := range t.words {
		n += len(w)
	}
	return n
}

// Words returns the distinct words, sorted. The caller must not change them.
func (t *Terms) Words() []string { return t.words }

func (t *Terms) has(key uint32) bool {
	_, ok := slices.BinarySearch(t.keys, key)
	return ok
}

func (t *Terms) hasAny(keys []uint32) bool { return slices.ContainsFunc(keys, t.has) }

func (t *Terms) hasAll(keys []uint32) bool {
	return !slices.ContainsFunc(keys, func(k uint32) bool { return !t.has(k) })
}

// beginning returns the words that begin with a letter.
func (t *Terms) beginning(letter string) []string {
	from, _ := slices.BinarySearch(t.words, letter)
	to := from
	for to < len(t.words) && strings.HasPrefix(t.words[to], letter) {
		to++
	}
	return t.words[from:to]
}
