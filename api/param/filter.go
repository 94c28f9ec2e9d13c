package param

import (
	"fmt"
	"slices"
	"strings"

	"marquee/api/querystring"
	"marquee/api/value"
	"marquee/storage"
	"marquee/storage/spelling"
)

// addSort adds the parameter sort.
func addSort(s *set[List], n *storage.Noun) {
	var names []string
	for _, sort := range n.Sorts {
		names = append(names, sort.Name, "-"+sort.Name)
	}
	if len(n.Searched) > 0 {
		names = append(names, storage.Relevance.Name)
	}
	allowed := strings.Join(names, ", ")
	s.add(Parameter{
		Name: "sort", Default: n.Sorts[0].Name, Applied: true, Allowed: allowed,
		Doc: "the order, descending with a leading -; ties by id, unset values last",
	}, func(p *List, v string) []querystring.Fault {
		name, descending := strings.CutPrefix(v, "-")
		if len(n.Searched) > 0 && v == storage.Relevance.Name {
			p.Query.Order = storage.Order{Sort: &storage.Relevance}
			return nil
		}
		for i := range n.Sorts {
			if n.Sorts[i].Name == name {
				p.Query.Order = storage.Order{Sort: &n.Sorts[i], Descending: descending}
				return nil
			}
		}
		return []querystring.Fault{querystring.Bad(v, "must be one of "+allowed).Suggest(nearestSort(n, name, descending))}
	})
}

// nearestSort returns the sort that a name was probably meant to be, "" without a
// good guess.
func nearestSort(n *storage.Noun, name string, descending bool) string {
	var names []string
	for _, sort := range n.Sorts {
		names = append(names, sort.Name)
	}
	nearest := spelling.Nearest(strings.Trim(name, "-+ "), names)
	if nearest != "" && descending {
		nearest = "-" + nearest
	}
	return nearest
}

// maxIDs bounds a list of ids or values, duplicates included.
const maxIDs = 100

// addIDs adds the parameter ids.
func addIDs(s *set[List], n *storage.Noun) {
	s.add(Parameter{
		Name: "ids", List: true, Shown: true, Allowed: fmt.Sprintf("up to %d ids, separated by commas", maxIDs),
		Doc: "only these objects; meta.missing lists those that do not exist",
	}, func(p *List, v string) []querystring.Fault {
		items, faults := parseIDs(v)
		p.Query.IDs = value.Distinct(items)
		return append(faults, checkIDs(n, items)...)
	})
}

// parseIDs splits a list of ids and checks their number.
func parseIDs(v string) ([]string, []querystring.Fault) {
	items, faults := value.Items(v)
	return items, append(faults, tooMany(v, items, "ids")...)
}

// tooMany returns the fault of a list with more than maxIDs items.
func tooMany(v string, items []string, what string) []querystring.Fault {
	if len(items) <= maxIDs {
		return nil
	}
	return []querystring.Fault{querystring.Bad(v, fmt.Sprintf("has %d %s; at most %d are allowed", len(items), what, maxIDs))}
}

// parseValues parses values of a type with an Enum.
func parseValues(of *storage.Type, v string) (*storage.Condition, []querystring.Fault) {
	items, faults := value.Items(v)
	faults = append(append(faults, tooMany(v, items, "values")...), checkNames(items, of.Enum, "must be "+of.Describe())...)
	return &storage.Condition{Values: value.Distinct(items)}, faults
}

// checkNames returns faults for items that are not among the names.
func checkNames(items, names []string, reason string) []querystring.Fault {
	var faults []querystring.Fault
	for _, item := range value.Distinct(items) {
		if item == "" || strings.TrimSpace(item) != item || slices.Contains(names, item) {
			continue
		}
		if len(faults) == storage.MaxFaults {
			break
		}
		f := querystring.BadItem(item, reason)
		if f.Nearest = spelling.Nearest(item, names); f.Nearest != "" {
			f = f.Replace(item, f.Nearest)
		}
		faults = append(faults, f)
	}
	return faults
}

// checkIDs returns faults for ids that no object of the noun can have.
func checkIDs(n *storage.Noun, items []string) []querystring.Fault {
	var faults []querystring.Fault
	for _, id := range items {
		if id != "" && strings.TrimSpace(id) == id && !n.ValidID(id) {
			f := querystring.BadItem(id, "cannot be the id of any "+n.Name)
			f.Allowed = n.IDForm()
			faults = append(faults, f)
		}
	}
	return faults
}

// addFilters adds the parameters that narrow a list by what objects are.
func addFilters(s *set[List], n *storage.Noun) {
	for i := range n.Filters {
		if f := &n.Filters[i]; f.Kind != storage.Within { // the path names parents
			addFilter(s, n, f)
		}
	}
	if len(n.Searched) > 0 {
		addSearch(s)
	}
}

// everything is the value of a list of genres that filters nothing.
const everything = "ALL"

// addFilter adds the parameter of a filter.
func addFilter(s *set[List], n *storage.Noun, f *storage.Filter) {
	k := Parameter{Name: f.Name, Doc: f.Doc, Filter: f}
	var parse func(v string) (*storage.Condition, []querystring.Fault)
	switch f.Kind {
	case storage.AnyOf, storage.AllOf:
		target := storage.NounByName(f.Target)
		k.List, k.Allowed = true, fmt.Sprintf("up to %d ids of %s, separated by commas", maxIDs, target.Plural)
		if f.Kind == storage.AnyOf && target.Slug {
			k.Default, k.Allowed, k.Shown = everything, k.Allowed+", or "+everything, true
		}
		parse = func(v string) (*storage.Condition, []querystring.Fault) { return parseReferences(target, k.Default, v) }
	case storage.OneOf:
		of := n.Field(f.Fields[0]).Type.Item()
		k.List, k.Allowed = true, fmt.Sprintf("up to %d values, separated by commas; each %s", maxIDs, of.Describe())
		parse = func(v string) (*storage.Condition, []querystring.Fault) { return parseValues(of, v) }
	case storage.Flag, storage.Active:
		k.Default, k.Allowed = "false", "true, false"
		parse = parseFlag
	case storage.DecimalAbove:
		k.Allowed, k.Shown = "0.0-10.0", true
		parse = value.Above
	default:
		k.Allowed = value.AllowedRange(f.Kind)
		parse = func(v string) (*storage.Condition, []querystring.Fault) { return value.Range(f.Kind, v) }
	}
	s.add(k, func(p *List, v string) []querystring.Fault {
		c, faults := parse(v)
		if c != nil {
			c.Filter = f
			p.Query.Conditions = append(p.Query.Conditions, *c)
		}
		return faults
	})
}

// parseReferences parses ids of another noun. all is the value that filters
// nothing, "" for none. The store checks which ids exist, and also the form of
// slugs, because it can name the nearest. The condition has the items without
// faults even if other items have some, so that the store can check them.
func parseReferences(target *storage.Noun, all, v string) (*storage.Condition, []querystring.Fault) {
	items, faults := parseIDs(v)
	if all != "" && slices.Contains(items, all) {
		if len(items) > 1 {
			faults = append(faults, querystring.Bad(v, all+" filters nothing and must be the only item").Suggest(all))
		}
		return nil, faults
	}
	if !target.Slug {
		faults = append(faults, checkIDs(target, items)...)
	}
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	good := slices.DeleteFunc(value.Distinct(items), func(id string) bool { return id == "" || !target.Slug && !target.ValidID(id) })
	if len(good) == 0 || len(items) > maxIDs {
		return nil, faults
	}
	return &storage.Condition{IDs: good}, faults
}

// parseFlag parses a filter that true turns on.
func parseFlag(v string) (*storage.Condition, []querystring.Fault) {
	on, faults := value.Flag(v)
	if !on {
		return nil, faults
	}
	return &storage.Condition{}, nil
}
