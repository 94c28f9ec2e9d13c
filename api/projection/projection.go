// Package projection narrows objects to the fields that a client wants.
package projection

import (
	"slices"
	"strings"

	"marquee/api/querystring"
	"marquee/api/value"
	"marquee/storage"
	"marquee/storage/spelling"
)

// Fields is a node of a tree of field names. Its subtree is included, excluded, or
// neither. An included subtree stays included down to an excluded node.
type Fields struct {
	include, exclude bool
	// narrows is true when a node below is included.
	narrows  bool
	children map[string]*Fields
}

// Parse parses a list of paths such as title or -images.poster. The noun must
// describe each name of a path, but for the free keys of maps: a key that an object
// lacks is absent from the reply. The id is always included.
func Parse(n *storage.Noun, list string) (*Fields, []querystring.Fault) {
	items, faults := value.Items(list)
	root := &Fields{}
	anyIncluded := false
	for _, item := range items {
		if len(faults) >= storage.MaxFaults {
			break
		}
		if item == "" || strings.TrimSpace(item) != item {
			continue // Items returned a fault
		}
		text, exclude := strings.CutPrefix(item, "-")
		path := splitPath(n, text)
		if slices.Contains(path, "") {
			faults = append(faults, querystring.BadItem(item, "must be a field name or a path of names with dots between them"))
			continue
		}
		if f, ok := checkPath(n, item, strings.TrimSuffix(item, text), path); !ok {
			faults = append(faults, f)
			continue
		}
		anyIncluded = anyIncluded || !exclude
		root.add(path, !exclude)
	}
	root.include = !anyIncluded
	return root, faults
}

// add adds a path to the tree.
func (p *Fields) add(path []string, include bool) {
	for _, name := range path {
		p.narrows = p.narrows || include
		if p.children == nil {
			p.children = map[string]*Fields{}
		}
		if p.children[name] == nil {
			p.children[name] = &Fields{}
		}
		p = p.children[name]
	}
	if include {
		p.include = true
	} else {
		p.exclude = true
	}
}

// splitPath splits a path at its dots. Below a map of plain values the rest is one
// key, which may contain dots.
func splitPath(n *storage.Noun, text string) []string {
	path := strings.Split(text, ".")
	t := &storage.Type{Kind: storage.Record, Members: n.Fields}
	for i, name := range path {
		for t.Kind == storage.List {
			t = t.Of
		}
		switch {
		case t.Kind == storage.Map && plain(t.Of):
			return append(path[:i:i], strings.Join(path[i:], "."))
		case t.Kind == storage.Map:
			t = t.Of
		case t.Kind == storage.Record:
			at := memberIndex(t, name)
			if at < 0 {
				return path
			}
			t = t.Members[at].Type
		default:
			return path
		}
	}
	return path
}

// plain reports whether values of the type have no values inside.
func plain(t *storage.Type) bool {
	return t.Kind != storage.List && t.Kind != storage.Map && t.Kind != storage.Record
}

// memberIndex returns the index of the named member of a record, or -1.
func memberIndex(t *storage.Type, name string) int {
	return slices.IndexFunc(t.Members, func(f storage.Field) bool { return f.Name == name })
}

// checkPath checks a path against the noun's description.
func checkPath(n *storage.Noun, item, sign string, path []string) (querystring.Fault, bool) {
	t := &storage.Type{Kind: storage.Record, Members: n.Fields}
	for i, name := range path {
		for t.Kind == storage.List {
			t = t.Of
		}
		switch t.Kind {
		case storage.Map:
			t = t.Of
		case storage.Record:
			at := memberIndex(t, name)
			if at < 0 {
				return unknownField(item, sign, path, i, memberNames(t)), false
			}
			t = t.Members[at].Type
		default:
			f := querystring.BadItem(item, "leads into "+strings.Join(path[:i], ".")+", which has no fields inside")
			f.Nearest = sign + strings.Join(path[:i], ".")
			return f.Replace(item, f.Nearest), false
		}
	}
	return querystring.Fault{}, true
}

func memberNames(t *storage.Type) []string {
	var out []string
	for _, f := range t.Members {
		out = append(out, f.Name)
	}
	return out
}

// unknownField returns the fault of a path whose name i is not known.
func unknownField(item, sign string, path []string, i int, known []string) querystring.Fault {
	f := querystring.BadItem(item, "is not a field: "+path[i]+" is unknown")
	f.Allowed = strings.Join(known, ", ")
	if nearest := spelling.Nearest(path[i], known); nearest != "" {
		fixed := slices.Clone(path)
		fixed[i] = nearest
		f.Nearest = sign + strings.Join(fixed, ".")
		f = f.Replace(item, f.Nearest)
	}
	return f
}
