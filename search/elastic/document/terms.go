package document

import (
	"math"
	"slices"
	"strings"

	"marquee/search/elastic/query"
	"marquee/search/text"
	"marquee/storage"
)

// terms writes the terms of an object. Each noun has fields of its own, so that a word
// that is rare among films is rare where most persons have it:
//
//	all     every term; terms of the label three times, terms of names twice
//	title   the terms of the label
//	runs    the terms in their order, for phrases
//	marks   flags, words with storage.WordMark, and neighbours in the label or a name
func terms(j query.JSON, n *storage.Noun, t *storage.Terms) query.JSON {
	label, names := joined(t.Label), make([]string, len(t.Names))
	for i, name := range t.Names {
		names[i] = joined(name)
	}
	twice := strings.Join(names, " ")
	all := strings.Join([]string{label, label, label, twice, twice, joined(t.Text, t.LabelForms, t.NameForms, t.TextForms, t.Kinds)}, " ")
	runs := slices.DeleteFunc(append(names, label, joined(t.Text)), func(run string) bool { return run == "" })
	marks := joined(t.Flags, marked(t.Words), links(append(t.Names, t.Label)))
	return j.Open(`"`, n.Name, `":{"all":`).Text(all).Open(`"title":`).Text(label).Open(`"runs":`).Texts(runs).Open(`"marks":`).Text(marks).Close("}")
}

func joined(lists ...[]string) string { return strings.Join(slices.Concat(lists...), " ") }

func marked(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = storage.WordMark + w
	}
	return out
}

// links returns the marks of neighbours.
func links(runs [][]string) (out []string) {
	for _, run := range runs {
		for i := 1; i < len(run); i++ {
			out = append(out, query.Link(run[i-1], run[i]))
		}
	}
	return out
}

const (
	unrated   = 50  // the rating of an object without one, in tenths
	firstRank = 5.0 // for an object that is no later part of a series
)

// rank returns the popularity of an object. It orders objects that match equally, and
// never lifts one above another one that matches better by a word.
func rank(d *storage.Document) float64 {
	rating, ok := d.Fields["imdb_rating"].(storage.Decimal)
	if !ok {
		rating = unrated
	}
	sum := 0.04*float64(rating) + 0.2*logOf(d, "likes") + 0.1*logOf(d, "views")
	if text.Part(d.Label()) < 2 {
		sum += firstRank
	}
	return sum
}

func logOf(d *storage.Document, counter string) float64 {
	n, _ := d.Fields[counter].(int64)
	return math.Log10(1 + float64(max(n, 0)))
}
