package ndjson

import (
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/spelling"
)

// line is a line with its members separated.
type line struct {
	noun        *storage.Noun
	key, parent string
	object      storage.Members
	sources     map[string]string
	faults      []storage.Fault
}

func (l *line) fault(pointer, reason string) {
	l.faults = append(l.faults, storage.Fault{Pointer: pointer, Reason: reason})
}

var lineMembers = []string{"noun", "key", "parent", "object", "sources"}

// read separates the members of a line.
func (l *line) read(members storage.Members) {
	seen := map[string]bool{}
	for _, m := range members {
		switch {
		case seen[m.Name]:
			l.fault("/"+m.Name, "is given twice")
		case m.Name == "noun":
			l.readNoun(m.Value)
		case m.Name == "object":
			l.readObject(m.Value)
		case m.Name == "sources":
			l.readSources(m.Value)
		case m.Name == "key":
			l.key = l.readKey("/key", m.Value)
		case m.Name == "parent":
			l.parent = l.readKey("/parent", m.Value)
		default:
			l.faults = append(l.faults, storage.Fault{Pointer: "/" + storage.Excerpt(m.Name),
				Reason: "is not a member of a line", Nearest: spelling.Nearest(m.Name, lineMembers)})
		}
		seen[m.Name] = true
	}
	for _, name := range []string{"noun", "object"} {
		if !seen[name] {
			l.fault("/"+name, "is required")
		}
	}
}

func (l *line) readObject(v any) {
	object, ok := v.(storage.Members)
	if !ok {
		l.fault("/object", "must be an object")
	}
	l.object = object
}

func (l *line) readNoun(v any) {
	name, _ := v.(string)
	if l.noun = storage.NounByName(name); l.noun != nil {
		return
	}
	var known []string
	for _, n := range storage.Nouns {
		known = append(known, n.Name)
	}
	l.faults = append(l.faults, storage.Fault{Pointer: "/noun", Value: storage.Excerpt(v),
		Reason: "must be one of " + strings.Join(known, ", "), Nearest: spelling.Nearest(name, known)})
}

// readKey reads a key, which is 1 to 500 bytes of text without NUL.
func (l *line) readKey(pointer string, v any) string {
	s, ok := v.(string)
	if !ok || s == "" || len(s) > incoming.MaxKey || strings.ContainsRune(s, 0) {
		l.fault(pointer, fmt.Sprintf("must be a text of 1 to %d bytes", incoming.MaxKey))
	}
	return s
}

func (l *line) readSources(v any) {
	members, ok := v.(storage.Members)
	if !ok {
		l.fault("/sources", "must be an object of keys by source")
		return
	}
	l.sources = make(map[string]string, len(members))
	for _, m := range members {
		pointer := "/sources/" + storage.Excerpt(m.Name)
		if _, twice := l.sources[m.Name]; twice {
			l.fault(pointer, "is given twice")
		}
		if l.readKey(pointer, m.Name) != "" {
			l.sources[m.Name] = l.readKey(pointer, m.Value)
		}
	}
}

// fill checks the object and decides whether it is restored or written by hand.
func (l *line) fill(in *incoming.Record) {
	if l.noun == nil || l.object == nil {
		return
	}
	e := edit.Check(l.noun, l.object)
	if restores(l.noun, func(field string) bool { return e.Asserted[field] != nil }) {
		in.Exact = l.exact(e)
	} else {
		l.byHand(e)
		in.Edit, in.Key, in.ParentKey = e, l.key, l.parent
	}
}

// inObject adds the object's faults to the line's faults.
func (l *line) inObject(faults []storage.Fault) {
	for _, f := range faults {
		f.Pointer = "/object" + f.Pointer
		l.faults = append(l.faults, f)
	}
}

// byHand checks a line without an id like a request to create. The importer checks the
// parent that the object names.
func (l *line) byHand(e *edit.Edit) {
	if id, given := e.Asserted["id"].(string); given && !l.noun.ValidID(id) {
		l.fault("/object/id", "must be "+l.noun.IDForm())
	}
	switch parent := l.noun.Parent(); {
	case parent != nil && l.parent == "" && e.Asserted[parent.IDName()] == nil:
		l.fault("/parent", "is required: the key of the "+parent.Name+" that this is part of; or give "+parent.IDName()+" in the object")
	case parent == nil && l.parent != "":
		l.fault("/parent", "is given, but a "+l.noun.Name+" is part of nothing")
	}
	_, faults := e.Apply(storage.NewDocument(l.noun), true)
	l.inObject(faults)
}
