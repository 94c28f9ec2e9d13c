package api

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/spelling"
)

// Limits of lists.
const (
	maxOffset = math.MaxInt32
	maxLimit  = 100
	// maxIDs is the most ids of a list of them, as given.
	maxIDs = 100
)

// pageParameters choose a page of any list.
func pageParameters() []Parameter {
	return []Parameter{
		{
			Name: "offset", Default: "0", Applied: true, Allowed: fmt.Sprintf("0-%d", maxOffset), Doc: "how many objects to skip",
			read: func(a *asked, value string) []fault {
				v, faults := parseWhole(value, 0, maxOffset)
				a.query.Offset = int(v)
				return faults
			},
		},
		{
			Name: "limit", Default: "10", Applied: true, Allowed: fmt.Sprintf("1-%d", maxLimit), Doc: "how many objects to return at most",
			read: func(a *asked, value string) []fault {
				v, faults := parseWhole(value, 1, maxLimit)
				a.query.Limit = int(v)
				return faults
			},
		},
	}
}

// listParameters are what a list of the noun takes: the common ones, then its
// filters.
func listParameters(n *storage.Noun) []Parameter {
	parameters := append(pageParameters(), sortParameter(n), idsParameter(n))
	for i := range n.Filters {
		if f := &n.Filters[i]; f.Kind != storage.Within { // parents come from the path
			parameters = append(parameters, filterParameter(f))
		}
	}
	if len(n.Searched) > 0 {
		parameters = append(parameters, textParameters()...)
	}
	return append(parameters, fieldsParameter(n), Parameter{
		Name: "cursor", Allowed: `the cursor of a Link with rel="next", as it is`,
		Doc:  "where the page before ended; not together with offset",
		read: func(a *asked, value string) []fault { a.cursor = value; return nil },
	})
}

func sortParameter(n *storage.Noun) Parameter {
	var names []string
	for _, s := range n.Sorts {
		names = append(names, s.Name, "-"+s.Name)
	}
	if len(n.Searched) > 0 {
		names = append(names, storage.Relevance.Name)
	}
	return Parameter{
		Name: "sort", Default: n.Sorts[0].Name, Applied: true, Allowed: strings.Join(names, ", "),
		Doc: "the order, descending with a leading -; ties by id, unset values last",
		read: func(a *asked, value string) []fault {
			name, descending := strings.CutPrefix(value, "-")
			if len(n.Searched) > 0 && value == storage.Relevance.Name {
				a.query.Order = storage.Order{Sort: &storage.Relevance}
				return nil
			}
			for i := range n.Sorts {
				if n.Sorts[i].Name == name {
					a.query.Order = storage.Order{Sort: &n.Sorts[i], Descending: descending}
					return nil
				}
			}
			f := bad(value, "must be one of "+strings.Join(names, ", "))
			if f.Nearest = nearestSort(n, name, descending); f.Nearest != "" {
				f = f.set(f.Nearest)
			}
			return []fault{f}
		},
	}
}

func nearestSort(n *storage.Noun, name string, descending bool) string {
	var names []string
	for _, s := range n.Sorts {
		names = append(names, s.Name)
	}
	nearest := spelling.Nearest(strings.Trim(name, "-+ "), names)
	if nearest != "" && descending {
		nearest = "-" + nearest
	}
	return nearest
}

func idsParameter(n *storage.Noun) Parameter {
	return Parameter{
		Name: "ids", List: true, Shown: true, Allowed: fmt.Sprintf("up to %d ids, separated by commas", maxIDs),
		Doc: "only these objects; meta.missing lists those that do not exist",
		read: func(a *asked, value string) []fault {
			items, faults := parseIDs(value)
			a.query.IDs = distinct(items)
			return append(faults, checkIDs(n, items)...)
		},
	}
}

// parseItems splits a list and removes nothing: duplicates count until
// distinct.
func parseItems(value string) ([]string, []fault) {
	items := strings.Split(value, ",")
	var faults []fault
	if slices.Contains(items, "") {
		faults = append(faults, bad(value, "has an empty item").item("", ""))
	}
	for _, s := range items {
		if trimmed := strings.TrimSpace(s); trimmed != s {
			faults = append(faults, bad(s, "has spaces around an item").item(s, trimmed))
		}
	}
	return items, faults
}

// parseIDs splits a list of ids, of which there may not be too many.
func parseIDs(value string) ([]string, []fault) {
	items, faults := parseItems(value)
	if len(items) > maxIDs {
		faults = append(faults, bad(value, fmt.Sprintf("has %d ids, at most %d are taken", len(items), maxIDs)))
	}
	return items, faults
}

// checkIDs finds ids that cannot exist.
func checkIDs(n *storage.Noun, items []string) []fault {
	var faults []fault
	for _, id := range items {
		if id != "" && strings.TrimSpace(id) == id && !n.ValidID(id) {
			f := badItem(id, "cannot be the id of any "+n.Name)
			f.Allowed = n.IDForm()
			faults = append(faults, f)
		}
	}
	return faults
}

// distinct removes all but the first of equal items.
func distinct(items []string) []string {
	var out []string
	for _, s := range items {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// Everything is what a list of genres says when it does not filter.
const Everything = "ALL"

// filterParameter is the parameter that fills a filter.
func filterParameter(f *storage.Filter) Parameter {
	p := Parameter{Name: f.Name, Doc: f.Doc, Filter: f}
	var parse func(value string) (*storage.Condition, []fault)
	switch f.Kind {
	case storage.AnyOf, storage.AllOf:
		target := storage.NounByName(f.Target)
		p.List, p.Allowed = true, fmt.Sprintf("up to %d ids of %s, separated by commas", maxIDs, target.Plural)
		if f.Kind == storage.AnyOf && target.Slug {
			p.Default, p.Allowed, p.Shown = Everything, p.Allowed+", or "+Everything, true
		}
		parse = func(value string) (*storage.Condition, []fault) { return parseReferences(target, p.Default, value) }
	case storage.Flag:
		p.Default, p.Allowed = "false", "true, false"
		parse = parseFlagFilter
	case storage.DecimalAbove:
		p.Allowed, p.Shown = "0.0-10.0", true
		parse = parseAbove
	default:
		p.Allowed = rangeForms[f.Kind].allowed
		parse = func(value string) (*storage.Condition, []fault) { return parseRange(f.Kind, value) }
	}
	p.read = func(a *asked, value string) []fault {
		c, faults := parse(value)
		if c != nil {
			c.Filter = f
			a.query.Conditions = append(a.query.Conditions, *c)
		}
		return faults
	}
	return p
}

// parseReferences reads ids of another noun. Which of them exist is the
// store's matter; it also names the nearest slug, so a slug's form is left to
// it too. Items without fault make a condition even beside faulty ones, so that
// the store can be asked about them.
func parseReferences(target *storage.Noun, all, value string) (*storage.Condition, []fault) {
	items, faults := parseIDs(value)
	if all != "" && slices.Contains(items, all) {
		if len(items) > 1 {
			f := bad(value, all+" stands alone: it means that nothing is filtered")
			f.Nearest = all
			faults = append(faults, f.set(all))
		}
		return nil, faults
	}
	if !target.Slug {
		faults = append(faults, checkIDs(target, items)...)
	}
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	good := slices.DeleteFunc(distinct(items), func(id string) bool { return id == "" || !target.Slug && !target.ValidID(id) })
	if len(good) == 0 || len(items) > maxIDs {
		return nil, faults
	}
	return &storage.Condition{IDs: good}, faults
}

func parseFlagFilter(value string) (*storage.Condition, []fault) {
	set, faults := parseFlag(value)
	if !set {
		return nil, faults
	}
	return &storage.Condition{}, nil
}

// choosing reports whether a parameter only chooses the page of a list.
func choosing(name string) bool { return name == "offset" || name == "cursor" }

// list is the target of the list without what chooses the page and without
// defaults that were written out: what a cursor belongs to.
func (a *asked) list() string {
	return target(a.path, slices.DeleteFunc(a.normal(), func(given pair) bool {
		return choosing(given.name) || slices.ContainsFunc(a.parameters, func(p Parameter) bool {
			return p.Name == given.name && p.Default == given.value && !p.Applied
		})
	}))
}

// page is the target of another page of the list; of the first one when name is
// empty.
func (a *asked) page(name, value string) string {
	other := *a
	other.pairs = append(slices.DeleteFunc(slices.Clone(a.pairs), func(p pair) bool { return choosing(p.name) }), pair{name: name, value: value})
	return target(a.path, other.normal())
}
