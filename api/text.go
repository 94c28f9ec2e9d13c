package api

import (
	"slices"
	"strings"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/spelling"
)

// textParameters are what a list of a searched noun takes to search.
func textParameters() []Parameter {
	var kinds []string
	for _, k := range search.Kinds {
		kinds = append(kinds, string(k))
	}
	return []Parameter{
		{
			Name: "q", Allowed: "a text of 1 to 200 characters", Doc: "what to search for, in titles, descriptions and names of persons; a word of a match may name a genre or the year, too",
			read: func(*asked, string) []fault { return nil }, // with q_type, when both are known
		},
		{
			Name: "q_type", Allowed: strings.Join(kinds, ", "), Doc: "how to search: by words, for a whole value, or by an RE2 expression; match when left out",
			read: func(_ *asked, value string) []fault {
				if slices.Contains(kinds, value) {
					return nil
				}
				f := bad(value, "must be one of "+strings.Join(kinds, ", "))
				if f.Nearest = spelling.Nearest(strings.ToLower(value), kinds); f.Nearest != "" {
					f = f.set(f.Nearest)
				}
				return []fault{f}
			},
		},
	}
}

// openText turns q and q_type into the query's text, and settles the order,
// which depends on them.
func (a *asked) openText() []fault {
	var faults []fault
	refuse := func(name, reason string) fault {
		at := slices.IndexFunc(a.pairs, func(p pair) bool { return p.name == name })
		f := bad(a.pairs[at].value, reason)
		f.Parameter, f.at = name, at
		return f
	}
	q, searching := a.given("q")
	kind, typed := a.given("q_type")
	if !typed {
		kind = string(storage.Match)
	}
	if typed && !searching {
		faults = append(faults, refuse("q_type", "says how to search, but there is no q to search for").drop())
	}
	if searching && q != "" && slices.Contains(search.Kinds, storage.TextKind(kind)) {
		text, err := search.NewText(storage.TextKind(kind), q)
		if err != nil {
			faults = append(faults, refuse("q", err.Error()))
		}
		a.query.Text = text
	}
	ranked := searching && kind == string(storage.Match)
	_, sorted := a.given("sort")
	switch {
	case ranked && !sorted:
		a.query.Order = storage.Order{Sort: &storage.Relevance}
	case !ranked && sorted && a.query.Order.Sort == &storage.Relevance:
		faults = append(faults, refuse("sort", "can be relevance only with q and q_type=match").drop())
	}
	return faults
}
