package text

import (
	"slices"

	"marquee/storage"
)

const (
	// maxSynonym bounds the words of a text of a synonym, which has 60 characters.
	maxSynonym = 60
	// maxAlternatives bounds the texts that a query also finds. Each is a clause of the
	// search for every word that it stands for.
	maxAlternatives = 100
)

// SynonymRules returns the rules of a synonym. Texts with the same terms count once.
func SynonymRules(d *storage.Document) []storage.SynonymRule {
	items, _ := d.Fields["words"].([]any)
	from, directed := d.Fields["from"].(string)
	var texts [][]string
	source := -1
	for _, item := range items {
		s, _ := item.(string)
		run := terms(cut(s, maxSynonym))
		if len(run) == 0 {
			continue
		}
		at := slices.IndexFunc(texts, func(other []string) bool { return slices.Equal(other, run) })
		if at < 0 {
			at, texts = len(texts), append(texts, run)
		}
		if directed && s == from {
			source = at
		}
	}
	var rules []storage.SynonymRule
	for i := range texts {
		if len(texts) > 1 && (i == source || !directed) {
			rules = append(rules, storage.SynonymRule{Texts: texts, Text: i})
		}
	}
	return rules
}

// Holds reports whether the text has the terms as neighbours in order, outside of quotes.
func (q *Query) Holds(terms []string) bool {
	for i := range q.held {
		if startsWith(q.held[i:], terms) {
			return true
		}
	}
	return false
}

func startsWith(terms, run []string) bool {
	return len(run) <= len(terms) && slices.Equal(terms[:len(run)], run)
}

// addSynonyms adds the alternatives of every text that the words hold. Rules apply to the
// words of the query alone, so they do not chain.
func (q *Query) addSynonyms(words []Group, rules *storage.SynonymRules) {
	q.hold(words)
	if rules == nil {
		return
	}
	at, left := 0, maxAlternatives // at is the place in held
	for i := range words {
		if words[i].apart {
			at++
		}
		for _, rule := range rules.ByFirst[q.held[at]] {
			text := rule.Texts[rule.Text]
			if !startsWith(q.held[at:], text) {
				continue
			}
			for j, other := range rule.Texts {
				if j != rule.Text && left > 0 {
					left--
					accept(words[i:i+len(text)], other)
				}
			}
		}
		at++
	}
}

// hold sets held. Nothing reaches across a phrase in quotes, or to a word in them.
func (q *Query) hold(words []Group) {
	q.held = make([]string, 0, len(words)+1)
	for i := range words {
		if words[i].apart {
			q.held = append(q.held, "")
		}
		stem := words[i].Stem
		if words[i].literal {
			stem = ""
		}
		q.held = append(q.held, stem)
	}
}

// accept adds an alternative to words that it stands for.
func accept(words []Group, run []string) {
	for i := range words {
		g := &words[i]
		switch {
		case len(run) == 1 && !slices.Contains(g.Literal(), run[0]) && !slices.Contains(g.Alternatives, run[0]):
			g.Alternatives = append(g.Alternatives, run[0])
		case len(run) > 1 && !slices.ContainsFunc(g.Runs, func(other []string) bool { return slices.Equal(other, run) }):
			g.Runs = append(g.Runs, run)
		}
	}
}
