package param

import (
	"slices"
	"strings"

	"marquee/api/querystring"
	"marquee/search"
	"marquee/storage"
	"marquee/storage/spelling"
)

// kinds are the values of q_type.
var kinds = func() (names []string) {
	for _, k := range search.Kinds {
		names = append(names, string(k))
	}
	return names
}()

// addSearch adds the parameters of a search.
func addSearch(s *set[List]) {
	s.add(Parameter{
		Name: "q", Allowed: "a text of 1 to 200 characters",
		Doc: "the text to search for in titles, descriptions and names of persons; a word of a match may also name a genre or the year",
	}, func(*List, string) []querystring.Fault { return nil }) // parseSearch parses it, when q_type is known
	s.add(Parameter{
		Name: "q_type", Allowed: strings.Join(kinds, ", "),
		Doc: "how to search: by words, for a whole value, or by an RE2 expression; default match",
	}, func(_ *List, v string) []querystring.Fault {
		if slices.Contains(kinds, v) {
			return nil
		}
		nearest := spelling.Nearest(strings.ToLower(v), kinds)
		return []querystring.Fault{querystring.Bad(v, "must be one of "+strings.Join(kinds, ", ")).Suggest(nearest)}
	})
}

// parseSearch parses q and q_type into the text of the query. It sets the order,
// whose default depends on them.
func (p *List) parseSearch() []querystring.Fault {
	var faults []querystring.Fault
	q, searching := p.Given("q")
	kind, typed := p.Given("q_type")
	if !typed {
		kind = string(storage.Match)
	}
	if typed && !searching {
		faults = append(faults, p.fault("q_type", "needs q, the text to search for").Drop())
	}
	if searching && q != "" && slices.Contains(kinds, kind) {
		text, err := search.NewText(storage.TextKind(kind), q)
		if err != nil {
			faults = append(faults, p.fault("q", err.Error()))
		}
		p.Query.Text = text
	}
	ranked := searching && kind == string(storage.Match)
	_, sorted := p.Given("sort")
	switch {
	case ranked && !sorted:
		p.Query.Order = storage.Order{Sort: &storage.Relevance}
	case !ranked && sorted && p.Query.Order.Sort == &storage.Relevance:
		faults = append(faults, p.fault("sort", "can be relevance only with q and q_type=match").Drop())
	}
	if text := p.Query.Text; text != nil && text.Kind == storage.Match {
		p.defaultSort = storage.Relevance.Name
	}
	return faults
}

// fault returns a fault of a parameter that was given.
func (r *Request) fault(name, reason string) querystring.Fault {
	i := r.index(name)
	return querystring.Bad(r.pairs[i].Value, reason).At(name, i)
}
