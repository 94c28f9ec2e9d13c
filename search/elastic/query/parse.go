package query

import (
	"marquee/search/text"
	"strings"
)

// Words is a query of kind Match, cut into words and phrases.
type Words struct {
	text string
	// words are searched for. phrases are words that have to stand side by side.
	words   []word
	phrases []string
}

// word is a word of a query.
type word struct {
	text  string // as written
	plain string // folded
	// later reports whether other words stand before it.
	later bool
	// optional words rank but need not occur: see text.Stops and text.Noise.
	optional bool
	// joined is this word and the next one as one word, folded: "spider man" is
	// spiderman. The last word has none.
	joined string
}

// Parse reads a query. Any text is valid: a quote without its pair means nothing.
func Parse(text string) *Words {
	q := &Words{text: text}
	rest := q.cutPhrases(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`).Replace(text))
	for i, w := range tokens(rest) {
		q.words = append(q.words, word{text: w, plain: plain(w), later: i > 0})
	}
	for i := range q.words[:max(len(q.words)-1, 0)] {
		q.words[i].joined = q.words[i].plain + q.words[i+1].plain
	}
	q.relax()
	return q
}

// cutPhrases moves the quoted parts of the text to phrases and returns the rest.
func (q *Words) cutPhrases(text string) (rest string) {
	parts := strings.Split(text, `"`)
	for i, p := range parts {
		if inQuotes := i%2 == 1 && i+1 < len(parts); inQuotes && len(tokens(p)) > 0 {
			q.phrases = append(q.phrases, p)
		} else {
			rest += " " + p
		}
	}
	return rest
}

// relax marks the words that need not occur, unless no other would remain.
func (q *Words) relax() {
	for _, level := range []func(i int) bool{q.isNoise, q.isStop} {
		left := 0
		for i := range q.words {
			if !level(i) {
				left++
			}
		}
		for i := range q.words {
			q.words[i].optional = level(i) && (left > 0 || len(q.phrases) > 0)
		}
		if left > 0 {
			return
		}
	}
}

// isNoise reports whether a word is a stop word, noise, or the "part" of "part 2".
func (q *Words) isNoise(i int) bool {
	w := q.words[i].plain
	part := w == "part" && i > 0 && i+1 < len(q.words) && numberOf[q.words[i+1].plain] > 0
	return text.Stops[w] || text.Noise[w] || part
}

func (q *Words) isStop(i int) bool { return text.Stops[q.words[i].plain] }

// needed counts the words that have to occur.
func (q *Words) needed() int {
	n := 0
	for i := range q.words {
		if !q.words[i].optional {
			n++
		}
	}
	return n
}

// plains returns all words, folded.
func (q *Words) plains() []string {
	out := make([]string, len(q.words))
	for i := range q.words {
		out[i] = q.words[i].plain
	}
	return out
}
