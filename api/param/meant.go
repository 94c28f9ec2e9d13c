package param

import (
	"slices"

	"marquee/api/querystring"
	"marquee/storage"
)

// Meant returns the canonical targets of the searches that a list's answer depends on if its
// text may have meant another one. m may be nil.
func (p *List) Meant(m *storage.Meant) []string {
	if m == nil {
		return nil
	}
	var out []string
	for _, text := range m.Asked {
		pairs := slices.DeleteFunc(slices.Clone(p.pairs), func(given querystring.Pair) bool { return !p.filters(given.Name) })
		out = append(out, p.search(text, pairs))
	}
	for _, word := range m.Words {
		out = append(out, p.search(word, nil))
	}
	return out
}

// filters reports whether a parameter decides which objects a list has, besides the text.
func (p *List) filters(name string) bool {
	return name == "ids" || slices.ContainsFunc(p.parameters, func(k Parameter) bool { return k.Name == name && k.Filter != nil })
}

// search returns the target of a search by words for a text under filters.
func (p *List) search(text string, filters []querystring.Pair) string {
	other := p.Request
	other.pairs = append(slices.Clone(filters), querystring.Pair{Name: "q", Value: text})
	return querystring.Target(p.path, other.canonical())
}
