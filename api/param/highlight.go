package param

import (
	"marquee/api/querystring"
	"marquee/api/value"
	"marquee/storage"
)

// addHighlight adds the parameter highlight to the lists of a noun that is searched.
func addHighlight(s *set[List], n *storage.Noun) {
	if len(n.Searched) == 0 {
		return
	}
	s.add(Parameter{
		Name: "highlight", Allowed: "true, false",
		Doc: "with q: show in meta.highlights where the text stands in each object; false does not",
	}, func(p *List, v string) (faults []querystring.Fault) {
		p.Query.Highlight, faults = value.Flag(v)
		return faults
	})
}

// parseHighlight checks that there is a text to highlight.
func (p *List) parseHighlight() []querystring.Fault {
	if _, searching := p.Given("q"); searching || !p.Query.Highlight {
		return nil
	}
	return []querystring.Fault{p.fault("highlight", "needs q, the text to search for").Drop()}
}
