package text

import (
	"cmp"
	"slices"
	"strings"
)

// Finder finds the words of objects that satisfy a query. It does not change.
type Finder struct {
	terms   map[string]bool
	words   map[string]bool // with typos
	phrases [][]string      // and the runs of synonyms
	whole   string          // see Query.form
	topics  bool            // some terms are topics
}

// Finder returns the finder of a query. Words that the needed ones may be typos of count in
// relaxed searches only.
func (q *Query) Finder(relaxed bool) *Finder {
	f := &Finder{terms: map[string]bool{}, words: map[string]bool{}, phrases: slices.Clone(q.Phrases), whole: q.form}
	for i := range q.Groups {
		g := &q.Groups[i]
		f.phrases = append(f.phrases, g.Runs...)
		for _, term := range g.Terms() {
			f.terms[term] = true
			f.topics = f.topics || strings.HasPrefix(term, topicMark)
		}
		for _, near := range g.Near {
			if relaxed {
				f.words[near.Word] = true
			}
		}
	}
	return f
}

// Found are the places of words in the values of an object, in order. They do not overlap.
type Found struct {
	Label []Span
	Names [][]Span
	Texts [][]Span
}

// Find finds the words of an object: in its label, the names that it shows, and the other
// searched values. It reads as much of them as Terms.
func (f *Finder) Find(label string, names, texts []string) Found {
	found := Found{Label: f.inLabel(label), Names: make([][]Span, len(names)), Texts: make([][]Span, len(texts))}
	budgets := &budget{maxNames, namesBytes}
	for i, name := range names {
		v := f.read(budgets, name)
		if len(v.words) > 0 {
			budgets.places -= nameGap
		}
		eachForm(v.words, v.visit)
		eachJoined(v.words, v.visit)
		found.Names[i] = v.sorted()
	}
	budgets = &budget{maxText, textBytes}
	for i, value := range texts {
		v := f.read(budgets, value)
		eachForm(v.words, v.visit)
		v.findTopics()
		found.Texts[i] = v.sorted()
	}
	return found
}

// inLabel finds the words of a label. A label that equals the whole text is found by all of
// its words, one without words by itself.
func (f *Finder) inLabel(label string) []Span {
	v := f.read(&budget{maxLabel, labelBytes}, label)
	if f.isWhole(label, v.words) {
		if len(v.words) == 0 {
			return []Span{{0, len(label)}}
		}
		v.add(0, len(v.run))
		return v.sorted()
	}
	eachForm(v.words, v.visit)
	eachJoined(v.words, v.visit)
	eachLabelForm(v.words, v.visit)
	v.findTopics()
	return v.sorted()
}

// isWhole reports whether a label has the flag of labels that equal the whole text.
func (f *Finder) isWhole(label string, words []word) bool {
	if f.whole == "" || strings.Count(f.whole, " ") != max(len(words)-1, 0) && len(words) > 0 {
		return false
	}
	return slices.ContainsFunc(readings(words), func(reading []word) bool { return whole(label, reading) == f.whole })
}

// value is a value whose words are being found.
type value struct {
	*placed
	finder *Finder
	// run are the terms of the words, and spots their places.
	run   []string
	spots []spots
	found []Span
}

// spots are the places of a term.
type spots struct{ first, last spot }

// read cuts a value, and finds its words and phrases.
func (f *Finder) read(b *budget, text string) *value {
	v := &value{placed: b.place(text), finder: f}
	v.run = terms(v.words)
	v.spots = make([]spots, 0, len(v.run))
	for i := range v.words {
		w := &v.words[i]
		here := spots{spot{i, 0}, spot{i, 0}}
		if len(w.clusters) < 2 {
			v.spots = append(v.spots, here)
		}
		for c := 1; c < len(w.clusters); c++ {
			v.spots = append(v.spots, spots{spot{i, c - 1}, spot{i, c}})
		}
		if len(f.words) > 0 && f.isNear(w) {
			v.found = append(v.found, v.span(here.first, here.last))
		}
	}
	for i, term := range v.run {
		v.visit(term, v.spots[i].first, v.spots[i].last)
		for _, phrase := range f.phrases {
			if i+len(phrase) <= len(v.run) && slices.Equal(v.run[i:i+len(phrase)], phrase) {
				v.add(i, len(phrase))
			}
		}
	}
	return v
}

// isNear reports whether a needed word may be a typo of a word.
func (f *Finder) isNear(w *word) bool {
	var space [4]string
	return slices.ContainsFunc(w.appendSpelled(space[:0]), func(s string) bool { return f.words[s] })
}

// visit adds the place of a term that satisfies the query. Several words that satisfy it by
// themselves, too, have places of their own.
func (v *value) visit(term string, first, last spot) {
	if v.finder.terms[term] && (first.word == last.word || !v.hasEach(first.word, last.word)) {
		v.found = append(v.found, v.span(first, last))
	}
}

// hasEach reports whether every word from one to another is found.
func (v *value) hasEach(from, to int) bool {
	for i := from; i <= to; i++ {
		place := v.span(spot{i, 0}, spot{i, 0})
		if !slices.ContainsFunc(v.found, func(s Span) bool { return s.From <= place.From && place.To <= s.To }) {
			return false
		}
	}
	return true
}

// add adds the places of terms of the run, each by itself.
func (v *value) add(from, n int) {
	for _, s := range v.spots[from : from+n] {
		v.found = append(v.found, v.span(s.first, s.last))
	}
}

func (v *value) findTopics() {
	if !v.finder.topics {
		return
	}
	eachTopic(v.run, func(mark string, first, length int) {
		if v.finder.terms[mark] {
			v.add(first, length)
		}
	})
}

// sorted returns the places in order. It joins those that overlap.
func (v *value) sorted() []Span {
	slices.SortFunc(v.found, func(a, b Span) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	var out []Span
	for _, s := range v.found {
		if last := len(out) - 1; last >= 0 && s.From < out[last].To {
			out[last].To = max(out[last].To, s.To)
		} else {
			out = append(out, s)
		}
	}
	return out
}
