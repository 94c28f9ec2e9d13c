package vocabulary

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// words are the words of a noun. Nil has none.
type words struct {
	buckets map[bucket][]entry // without empty ones, sorted by word
}

// bucket has the words that begin with a letter and have a length in runes. A misspelt
// word is compared with a few of them.
type bucket struct {
	first  rune
	length int
}

// entry is a word with the number of objects that have it.
type entry struct {
	word    string
	objects int32
}

func bucketOf(word string) bucket {
	first, _ := utf8.DecodeRuneInString(word)
	return bucket{first, utf8.RuneCountInString(word)}
}

// count returns the number of objects that have a word.
func (w *words) count(word string) int {
	if w == nil {
		return 0
	}
	list := w.buckets[bucketOf(word)]
	if i, ok := find(list, word); ok {
		return int(list[i].objects)
	}
	return 0
}

// visit visits the words that begin with a letter and have lengths from least to most.
func (w *words) visit(first rune, least, most int, visit func(word string, objects int)) {
	if w == nil {
		return
	}
	for length := least; length <= most; length++ {
		for _, e := range w.buckets[bucket{first, length}] {
			visit(e.word, int(e.objects))
		}
	}
}

func find(list []entry, word string) (int, bool) {
	return slices.BinarySearchFunc(list, word, func(e entry, word string) int { return strings.Compare(e.word, word) })
}

// add adds to the number of objects that have a word. A word that no object has is
// removed.
func (w *words) add(word string, objects int) {
	b := bucketOf(word)
	list := w.buckets[b]
	i, ok := find(list, word)
	switch {
	case !ok && objects <= 0:
		return
	case !ok:
		list = slices.Insert(list, i, entry{strings.Clone(word), int32(objects)})
	case int(list[i].objects)+objects > 0:
		list[i].objects += int32(objects)
		return
	default:
		list = slices.Delete(list, i, i+1)
	}
	if w.buckets[b] = list; len(list) == 0 {
		delete(w.buckets, b)
	}
}

// blockBytes is the size of the pieces of memory in which a loader stores words: pieces
// of their own would take twice as much.
const blockBytes = 64 << 10

// loader makes words of rows in any order.
type loader struct {
	buckets map[bucket][]entry
	block   strings.Builder
}

func newLoader() *loader { return &loader{buckets: map[bucket][]entry{}} }

func (l *loader) add(word string, objects int) {
	if l.block.Len()+len(word) > l.block.Cap() {
		l.block = strings.Builder{}
		l.block.Grow(max(blockBytes, len(word)))
	}
	at := l.block.Len()
	l.block.WriteString(word)
	b := bucketOf(word)
	l.buckets[b] = append(l.buckets[b], entry{l.block.String()[at:], int32(objects)})
}

// words returns the loaded words.
func (l *loader) words() *words {
	for b, list := range l.buckets {
		slices.SortFunc(list, func(a, b entry) int { return strings.Compare(a.word, b.word) })
		l.buckets[b] = slices.Clip(slices.Clone(list))
	}
	return &words{buckets: l.buckets}
}
