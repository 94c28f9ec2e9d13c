package elastic_test

import (
	"context"
	"sync"
	"unicode/utf8"

	"marquee/search/text"
	"marquee/storage"
)

// vocabulary has the words of all documents that tests index.
type vocabulary struct {
	mu    sync.Mutex
	words map[*storage.Noun]map[string]map[string]bool // the ids of the objects by word
	// version is the version that it reports.
	version int64
}

func wordsOf(docs ...*storage.Document) *vocabulary {
	v := &vocabulary{}
	for _, d := range docs {
		if len(d.Noun.Searched) > 0 {
			v.set(d)
		}
	}
	return v
}

func (v *vocabulary) Version() int64 { return v.version }

// set replaces the words of an object.
func (v *vocabulary) set(d *storage.Document) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.words == nil {
		v.words = map[*storage.Noun]map[string]map[string]bool{}
	}
	of := v.words[d.Noun]
	if of == nil {
		of = map[string]map[string]bool{}
		v.words[d.Noun] = of
	}
	for _, ids := range of {
		delete(ids, d.ID)
	}
	for _, w := range append(text.Terms(d).Words, "") {
		if of[w] == nil {
			of[w] = map[string]bool{}
		}
		of[w][d.ID] = true
	}
}

func (v *vocabulary) Counts(_ context.Context, n *storage.Noun, terms []string) (map[string]int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	counts := map[string]int{}
	for _, term := range terms {
		if term[:1] == storage.WordMark && len(v.words[n][term[1:]]) > 0 {
			counts[term] = len(v.words[n][term[1:]])
		}
	}
	return counts, nil
}

func (v *vocabulary) Words(_ context.Context, n *storage.Noun, first rune, least, most int, visit func(string, int)) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for w, ids := range v.words[n] {
		begin, _ := utf8.DecodeRuneInString(w)
		if length := utf8.RuneCountInString(w); begin == first && least <= length && length <= most && len(ids) > 0 {
			visit(w, len(ids))
		}
	}
	return nil
}
