package suggest_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"marquee/search/suggest"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/period"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
	"marquee/storage/spelling"
)

// model answers queries from all documents, by the sentences of the contract.
type model []*storage.Document

func modelOf(t testing.TB, s *postgres.Store) model {
	t.Helper()
	var m model
	for _, n := range storage.Suggested {
		m = append(m, storetest.Documents(t, s, n)...)
	}
	return m
}

// suggest returns the suggestions as "movie 12".
func (m model) suggest(q *storage.SuggestQuery) []string {
	for _, typos := range []bool{false, true} {
		classes := map[*storage.Document]storage.SuggestionClass{}
		var found []*storage.Document
		for _, d := range m {
			if !slices.Contains(q.Nouns, d.Noun) || !period.Active(storage.Periods(d), q.At) {
				continue
			}
			if classes[d] = classOf(text.LabelWords(d.Label()), q.Words, typos); classes[d] != storage.NotSuggested {
				found = append(found, d)
			}
		}
		if len(found) == 0 {
			continue
		}
		slices.SortFunc(found, func(a, b *storage.Document) int {
			return cmp.Or(cmp.Compare(classes[a], classes[b]), cmp.Compare(number(b, "likes"), number(a, "likes")), cmp.Compare(number(b, "views"), number(a, "views")),
				cmp.Compare(number(b, "imdb_rating"), number(a, "imdb_rating")), compareIDs(a, b), cmp.Compare(slices.Index(storage.Suggested, a.Noun), slices.Index(storage.Suggested, b.Noun)))
		})
		var out []string
		for _, d := range found[:min(len(found), q.Limit)] {
			out = append(out, d.Noun.Name+" "+d.ID)
		}
		return out
	}
	return nil
}

// classOf returns the class of a label, with one typo if typos are allowed.
func classOf(l *storage.LabelWords, words []string, typos bool) storage.SuggestionClass {
	if !typos {
		return l.Class(words)
	}
	best := storage.NotSuggested
	for i, w := range words {
		if len([]rune(w)) < 4 {
			continue
		}
		for _, other := range l.Words {
			runes := []rune(other)
			for n := 1; n <= len(runes); n++ {
				begin := string(runes[:n])
				if (n == len(runes) || i == len(words)-1) && strings.HasPrefix(begin, string([]rune(w)[:1])) && spelling.Distance(w, begin) == 1 {
					meant := slices.Clone(words)
					meant[i] = begin
					best = min(best, l.Class(meant))
				}
			}
		}
	}
	return best
}

func number(d *storage.Document, field string) int64 {
	switch v := d.Fields[field].(type) {
	case int64:
		return v
	case storage.Decimal:
		return int64(v)
	}
	return 0
}

// compareIDs orders numbers by value, before slugs.
func compareIDs(a, b *storage.Document) int {
	x, wrongX := strconv.Atoi(a.ID)
	y, wrongY := strconv.Atoi(b.ID)
	switch {
	case a.Noun.Slug && b.Noun.Slug:
		return cmp.Compare(a.ID, b.ID)
	case wrongX != nil || a.Noun.Slug:
		return 1
	case wrongY != nil || b.Noun.Slug:
		return -1
	}
	return cmp.Compare(x, y)
}

// listed returns suggestions as "movie 12".
func listed(s *storage.Suggestions) (out []string) {
	for _, f := range s.Found {
		out = append(out, f.Noun.Name+" "+f.ID)
	}
	return out
}

// queryOf returns a query for all nouns at an instant at which collections of summer are
// active.
func queryOf(q string, limit int) *storage.SuggestQuery {
	return &storage.SuggestQuery{Nouns: storage.Suggested, Words: suggest.Parse(q).Words, Limit: limit, At: summer}
}

var summer = time.Date(2027, 7, 4, 12, 0, 0, 0, time.UTC)

// shownWith returns a suggestion with the places that match in brackets.
func shownWith(s *storage.Suggestion, t *suggest.Text) string {
	runes, out, at := []rune(s.Label), "", 0
	for _, place := range t.Places(s.Label) {
		out += string(runes[at:place[0]]) + "[" + string(runes[place[0]:place[1]]) + "]"
		at = place[1]
	}
	return fmt.Sprintf("%s %s", s.Noun.Name, out+string(runes[at:]))
}
