package param

import (
	"strings"

	"marquee/api/querystring"
	"marquee/api/value"
	"marquee/storage"
)

const (
	defaultFacetLimit = 20
	maxFacetLimit     = 100
)

// addFacets adds the parameters that count values of a list, if its noun has such values.
func addFacets(s *set[List], n *storage.Noun) {
	facets := n.Facets()
	if len(facets) == 0 {
		return
	}
	var names []string
	for _, f := range facets {
		names = append(names, f.Name)
	}
	allowed := strings.Join(names, ", ")
	s.add(Parameter{
		Name: "facets", List: true, Answered: true, Allowed: "any of " + allowed + ", separated by commas",
		Doc: "count the objects of the list by the values of these; each without its own filter",
	}, func(p *List, v string) []querystring.Fault {
		items, faults := value.Items(v)
		faults = append(faults, checkNames(items, names, "must be one of "+allowed)...)
		for _, name := range value.Distinct(items) {
			for _, f := range facets {
				if f.Name == name {
					p.Query.Facets = append(p.Query.Facets, f)
				}
			}
		}
		return faults
	})
	limit := limitOf(defaultFacetLimit, maxFacetLimit, "largest number of values of each facet; only with facets")
	limit.Name, limit.Applied = "facet_limit", false
	s.add(limit, func(p *List, v string) []querystring.Fault { return parseLimit(&p.Query.FacetLimit, v, maxFacetLimit) })
}

// checkFacets checks that a limit of facets has facets.
func (p *List) checkFacets() []querystring.Fault {
	if _, counted := p.Given("facets"); counted {
		return nil
	}
	p.Query.FacetLimit = 0
	if _, limited := p.Given("facet_limit"); limited {
		return []querystring.Fault{p.fault("facet_limit", "needs facets, the names of what to count").Drop()}
	}
	return nil
}
