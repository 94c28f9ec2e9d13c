package param

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"marquee/api/querystring"
	"marquee/api/value"
	"marquee/search/suggest"
	"marquee/storage"
	"marquee/storage/spelling"
)

// Suggest are the parameters of suggestions.
type Suggest struct {
	Request
	// Query is the query without the time, and without AtLeast. The handler adds these.
	Query storage.SuggestQuery
	// Text is what the client is typing.
	Text *suggest.Text
}

// The limits of suggestions.
const (
	maxTyped       = 100
	maxSuggestions = 20
)

var suggestSet = newSuggestSet()

func newSuggestSet() *set[Suggest] {
	s := newSet(func() *Suggest { return &Suggest{Query: storage.SuggestQuery{Nouns: storage.Suggested}} }, func(p *Suggest) *Request { return &p.Request })
	s.finish = (*Suggest).finish
	s.add(Parameter{
		Name: "q", Allowed: fmt.Sprintf("a text of 1 to %d characters", maxTyped), Required: true, Shown: true,
		Doc: "what somebody is typing; the last word may be the beginning of one",
	}, (*Suggest).parseText)
	names := suggestedPlurals()
	s.add(Parameter{
		Name: "types", List: true, Shown: true, Allowed: strings.Join(names, ", "), Doc: "what to suggest; all when left out",
	}, func(p *Suggest, v string) []querystring.Fault { return p.parseTypes(v, names) })
	s.add(limitOf(8, maxSuggestions, "largest number of suggestions"),
		func(p *Suggest, v string) []querystring.Fault { return parseLimit(&p.Query.Limit, v, maxSuggestions) })
	return s
}

// ParseSuggest parses the query string of suggestions.
func ParseSuggest(path, raw string) (*Suggest, error) { return suggestSet.parse(path, raw) }

// OfSuggest describes the parameters of suggestions.
func OfSuggest() []Parameter { return suggestSet.parameters }

func suggestedPlurals() (names []string) {
	for _, n := range storage.Suggested {
		names = append(names, n.Plural)
	}
	return names
}

func (p *Suggest) parseText(v string) []querystring.Fault {
	if n := utf8.RuneCountInString(norm.NFC.String(v)); n > maxTyped {
		return []querystring.Fault{querystring.Bad(v, fmt.Sprintf("must be a text of 1 to %d characters, it has %d", maxTyped, n))}
	}
	p.Text = suggest.Parse(v)
	p.Query.Words = p.Text.Words
	return nil
}

func (p *Suggest) parseTypes(v string, names []string) []querystring.Fault {
	items, faults := value.Items(v)
	p.Query.Nouns = nil
	for _, n := range storage.Suggested {
		if slices.Contains(items, n.Plural) {
			p.Query.Nouns = append(p.Query.Nouns, n)
		}
	}
	for _, item := range value.Distinct(items) {
		if item == "" || strings.TrimSpace(item) != item || slices.Contains(names, item) {
			continue
		}
		f := querystring.BadItem(item, "must be one of "+strings.Join(names, ", "))
		if f.Nearest = spelling.Nearest(item, names); f.Nearest != "" {
			f = f.Replace(item, f.Nearest)
		}
		faults = append(faults, f)
	}
	return faults
}

// finish refuses a request without a text.
func (p *Suggest) finish() []querystring.Fault {
	if _, given := p.Given("q"); given {
		return nil
	}
	return []querystring.Fault{querystring.Bad("", "is required: the text to suggest for").At("q", -1)}
}
