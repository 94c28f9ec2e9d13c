package api

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/api/problem"
	"marquee/storage"
	"marquee/storage/spelling"
)

// projection is what the fields parameter asks for, as a tree of names. At
// each node the whole subtree is included, excluded, or neither; what an
// ancestor includes stays included until something below is excluded.
type projection struct {
	include, exclude bool
	// narrows says that something below is included.
	narrows  bool
	children map[string]*projection
}

// parseFields reads a list of paths. Names that the noun describes have to
// exist; below the free keys of a map everything may, and an absent key simply
// is not in the reply. The id cannot be excluded: asking for it has no effect.
func parseFields(n *storage.Noun, value string) (*projection, []fault) {
	items, faults := parseItems(value)
	root := &projection{}
	anyIncluded := false
	for _, item := range items {
		if len(faults) >= problem.MaxFaults {
			break
		}
		if item == "" || strings.TrimSpace(item) != item {
			continue // parseItems said so
		}
		text, exclude := strings.CutPrefix(item, "-")
		path := splitPath(n, text)
		if slices.Contains(path, "") {
			faults = append(faults, badItem(item, "must be a field name or a path of names with dots between them"))
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

// add puts a path into the tree.
func (p *projection) add(path []string, include bool) {
	for _, name := range path {
		p.narrows = p.narrows || include
		if p.children == nil {
			p.children = map[string]*projection{}
		}
		if p.children[name] == nil {
			p.children[name] = &projection{}
		}
		p = p.children[name]
	}
	if include {
		p.include = true
	} else {
		p.exclude = true
	}
}

// splitPath takes a path apart at its dots. Below a map of plain values the rest
// is one key, in which dots are part of the name.
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

// plain reports whether nothing is inside values of the type.
func plain(t *storage.Type) bool {
	return t.Kind != storage.List && t.Kind != storage.Map && t.Kind != storage.Record
}

// memberIndex is the place of the named member of a record, -1 without one.
func memberIndex(t *storage.Type, name string) int {
	return slices.IndexFunc(t.Members, func(f storage.Field) bool { return f.Name == name })
}

// checkPath holds a path against the noun's description.
func checkPath(n *storage.Noun, item, sign string, path []string) (fault, bool) {
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
			f := badItem(item, "leads into "+strings.Join(path[:i], ".")+", which has no fields inside")
			f.Nearest = sign + strings.Join(path[:i], ".")
			return f.item(item, f.Nearest), false
		}
	}
	return fault{}, true
}

func memberNames(t *storage.Type) []string {
	var out []string
	for _, f := range t.Members {
		out = append(out, f.Name)
	}
	return out
}

// unknownField is the fault of a path whose i-th name is not known.
func unknownField(item, sign string, path []string, i int, known []string) fault {
	f := badItem(item, "is not a field: "+path[i]+" is unknown")
	f.Allowed = strings.Join(known, ", ")
	if nearest := spelling.Nearest(path[i], known); nearest != "" {
		mended := slices.Clone(path)
		mended[i] = nearest
		f.Nearest = sign + strings.Join(mended, ".")
		f = f.item(item, f.Nearest)
	}
	return f
}

// append appends the wanted part of an object's body, in the body's order. The
// decoder is spared the checks that the store's own bodies do not need.
func (p *projection) append(dst, body []byte) ([]byte, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return p.object(dst, d, p.include, true)
}

// value appends what is wanted of the next value. Included says that an
// ancestor includes it.
func (p *projection) value(dst []byte, d *jsontext.Decoder, included bool) ([]byte, error) {
	switch {
	case p == nil || len(p.children) == 0:
	case d.PeekKind() == '{':
		return p.object(dst, d, included, false)
	case d.PeekKind() == '[':
		return p.array(dst, d, included)
	}
	raw, err := d.ReadValue()
	return append(dst, raw...), err
}

func (p *projection) object(dst []byte, d *jsontext.Decoder, included, top bool) ([]byte, error) {
	if _, err := d.ReadToken(); err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	separator := ""
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return dst, err
		}
		text := name.String()
		child := p.children[text]
		within := included || child != nil && child.include
		wanted := within || child != nil && child.narrows
		if child != nil && child.exclude {
			wanted = false
		}
		if isID := top && text == "id"; !wanted && !isID {
			if err := d.SkipValue(); err != nil {
				return dst, err
			}
			continue
		}
		if dst, err = jsontext.AppendQuote(append(dst, separator...), text); err != nil {
			return dst, err
		}
		separator = ","
		if dst, err = child.value(append(dst, ':'), d, within); err != nil {
			return dst, err
		}
	}
	_, err := d.ReadToken()
	return append(dst, '}'), err
}

func (p *projection) array(dst []byte, d *jsontext.Decoder, included bool) ([]byte, error) {
	if _, err := d.ReadToken(); err != nil {
		return dst, err
	}
	dst = append(dst, '[')
	separator := ""
	for d.PeekKind() != ']' && d.PeekKind() != 0 {
		var err error
		if dst, err = p.value(append(dst, separator...), d, included); err != nil {
			return dst, err
		}
		separator = ","
	}
	_, err := d.ReadToken()
	return append(dst, ']'), err
}
