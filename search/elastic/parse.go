package elastic

import (
	"marquee/search/text"
	"strings"
)

// wanted is a query of kind Match, understood.
type wanted struct {
	text string
	// words are what is searched for, phrases what has to stand side by side.
	words   []word
	phrases []string
}

// word is a word of a query.
type word struct {
	text  string // as written
	plain string // folded
	// behind says that other words stand before it.
	behind bool
	// optional words rank but need not occur: see text.Stops and text.Noise.
	optional bool
	// joined are this word and its neighbour as one, and plain of that: "spider
	// man" is spiderman. The last word has none.
	joined string
}

// understand reads a query. It is never a language: quotes that are not in
// pairs are nothing.
func understand(text string) *wanted {
	q := &wanted{text: text}
	rest := q.cutPhrases(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`).Replace(text))
	for i, w := range tokens(rest) {
		q.words = append(q.words, word{text: w, plain: plain(w), behind: i > 0})
	}
	for i := range q.words[:max(len(q.words)-1, 0)] {
		q.words[i].joined = q.words[i].plain + q.words[i+1].plain
	}
	q.relax()
	return q
}

// cutPhrases takes what stands in quotes out of the text and returns the rest.
func (q *wanted) cutPhrases(text string) (rest string) {
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

// relax marks the words that need not occur, unless there would be none left.
func (q *wanted) relax() {
	for _, level := range []func(i int) bool{q.sayingNothing, q.stopping} {
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

// sayingNothing reports whether a word is a stop word, noise, or the "part" of
// "part 2".
func (q *wanted) sayingNothing(i int) bool {
	w := q.words[i].plain
	part := w == "part" && i > 0 && i+1 < len(q.words) && numberOf[q.words[i+1].plain] > 0
	return text.Stops[w] || text.Noise[w] || part
}

func (q *wanted) stopping(i int) bool { return text.Stops[q.words[i].plain] }

// needed are the words that have to occur.
func (q *wanted) needed() int {
	n := 0
	for i := range q.words {
		if !q.words[i].optional {
			n++
		}
	}
	return n
}

// plains are all words, folded.
func (q *wanted) plains() []string {
	out := make([]string, len(q.words))
	for i := range q.words {
		out[i] = q.words[i].plain
	}
	return out
}
