package text

import "unicode/utf8"

// Span is a half-open range of a text, in bytes.
type Span struct{ From, To int }

// spot is the place of a term: a word or, of a run, one of its characters.
type spot struct{ word, character int }

// visitor is called with a term and the first and the last spot that it stands for.
type visitor func(term string, first, last spot)

// placed are the words of a text, with their places in it.
type placed struct {
	words []word
	// text is the text, and prepared its form in which words have places.
	text, prepared string
	// origins are the places in text of the bytes of prepared, nil if both are equal.
	origins []int32
	// characters are the places of the characters of runs, by word.
	characters map[int][]Span
}

// place cuts a text into words with places, that the budget has places for.
func (b *budget) place(text string) *placed {
	p := newPlaced(text, max(0, b.places))
	p.words = b.bound(p.words)
	return p
}

// newPlaced cuts a text into its first words, and remembers where they are.
func newPlaced(text string, limit int) *placed {
	p := &placed{text: text}
	p.prepared = prepare(shorten(text, limit*maxRead), &p.origins)
	p.words = cutPrepared(p.prepared, limit)
	return p
}

// span returns the place in the text from one spot to another.
func (p *placed) span(first, last spot) Span {
	return Span{p.spot(first).From, p.spot(last).To}
}

func (p *placed) spot(s spot) Span {
	w := &p.words[s.word]
	if w.clusters == nil {
		return p.origin(int(w.from), int(w.to))
	}
	if _, known := p.characters[s.word]; !known {
		p.locate(s.word)
	}
	return p.characters[s.word][s.character]
}

// origin returns the place in the text of a part of the prepared text that is not empty.
func (p *placed) origin(from, to int) Span {
	if p.origins == nil {
		return Span{from, to}
	}
	end := int(p.origins[to-1]) // of the last rune
	_, size := utf8.DecodeRuneInString(p.text[end:])
	return Span{int(p.origins[from]), end + size}
}

// locate finds the places of the characters of a run, which may be several words. Folding
// may make several characters of one, or one of several: then each has the place of all of
// them, at worst that of the run.
func (p *placed) locate(word int) {
	first, run := word, p.words[word]
	for first > 0 && p.words[first-1].clusters != nil && p.words[first-1].from == run.from {
		first--
	}
	found := p.foldedCharacters(int(run.from), int(run.to))
	for to := first; to < len(p.words) && p.words[to].clusters != nil && p.words[to].from == run.from; to++ {
		w := &p.words[to]
		places := make([]Span, len(w.clusters))
		for i, c := range w.clusters {
			if len(found) > 0 && found[0].text == c {
				places[i], found = found[0].place, found[1:]
			} else {
				places[i], found = p.origin(int(run.from), int(run.to)), nil
			}
		}
		if p.characters == nil {
			p.characters = map[int][]Span{}
		}
		p.characters[to] = places
	}
}

// character is a folded character of a run, with its place.
type character struct {
	text  string
	place Span
}

// foldedCharacters folds the characters of a run one by one.
func (p *placed) foldedCharacters(from, to int) []character {
	var out []character
	for _, c := range clusters(p.prepared[from:to], maxText) {
		place := p.origin(from, min(from+len(c), to))
		for _, part := range fields(fold(c), isSeparator) {
			for _, text := range clusters(part, maxText) {
				out = append(out, character{text, place})
			}
		}
		from += len(c)
	}
	return out
}
