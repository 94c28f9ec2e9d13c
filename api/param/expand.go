package param

import (
	"slices"
	"strings"

	"marquee/api/querystring"
	"marquee/api/value"
	"marquee/storage"
	"marquee/storage/spelling"
)

// Expandable returns the fields of a noun with references that an answer can describe: to
// objects with a name.
func Expandable(n *storage.Noun) []storage.Field {
	return slices.DeleteFunc(n.References(), func(f storage.Field) bool { return !storage.NounByName(f.Type.Of.Reference).Named })
}

// Expanded returns the names of the fields of an object of a named noun that meta.expanded
// shows.
func Expanded(n *storage.Noun) []string {
	names := []string{"id", n.Label}
	if n.Field("images") != nil {
		names = append(names, "images")
	}
	return names
}

// addExpand adds the parameter expand to reads of a noun with expandable fields. at returns
// the place of the fields' names.
func addExpand[T any](s *set[T], n *storage.Noun, at func(p *T) *[]string) {
	var names []string
	for _, f := range Expandable(n) {
		names = append(names, f.Name)
	}
	if names == nil {
		return
	}
	s.add(Parameter{
		Name: "expand", List: true, Allowed: strings.Join(names, ", "),
		Doc: "show in meta.expanded what these fields refer to, each object once; fields need not have them",
	}, func(p *T, v string) []querystring.Fault {
		items, faults := value.Items(v)
		for _, item := range items {
			if len(faults) >= storage.MaxFaults {
				break
			}
			if item == "" || strings.TrimSpace(item) != item || slices.Contains(names, item) {
				continue // Items returned a fault, or there is none
			}
			f := querystring.BadItem(item, "is not a field that can be expanded")
			if f.Nearest = spelling.Nearest(strings.ToLower(item), names); f.Nearest != "" {
				f = f.Replace(item, f.Nearest)
			}
			faults = append(faults, f)
		}
		*at(p) = value.Distinct(items)
		return faults
	})
}
