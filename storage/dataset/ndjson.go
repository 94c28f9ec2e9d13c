package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/spelling"
	"marquee/storage/strictjson"
)

// Marquee's own format: one JSON object a line,
//
//	{"noun":"movie","object":{…},"sources":{"tmdb":"603"}}
//	{"noun":"season","key":"dark/1","parent":"dark","object":{"number":1}}
//
// The first is a line of an export: its object has its id and every field, and
// is restored as it was, counters and times included; sources are the keys it
// was imported under. The second is written by hand: its object has no id and
// any of the fields; key, which defaults to a digest of the line, keeps it from
// being taken twice, and parent is the key of the line that it is part of. A
// genre's id is a slug, which both kinds may give. References are ids, or by
// hand also {"name": …}.
func prepareNDJSON(files []*file) (func(*output) error, error) {
	return func(out *output) error {
		for _, f := range files {
			err := eachItem(f, newExportLines, func(it item) error { return takeLine(out, f, it) })
			if err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// maxLine bounds a line in bytes. It is larger than maxItem because every
// export must be taken back, and merging edits can make an object larger than
// a single request: the limits of its fields add up to about 6 MiB.
const maxLine = 8 << 20

func newExportLines(r *bufio.Reader) items { return &lines{r: r, limit: maxLine} }

// ndjsonLine is a line with its members told apart.
type ndjsonLine struct {
	noun        *storage.Noun
	key, parent string
	object      storage.Members
	sources     map[string]string
	faults      []storage.Fault
}

func takeLine(out *output, f *file, it item) error {
	data := bytes.TrimSpace(it.data)
	switch {
	case it.fault != "":
		return out.refuse(f, it.line, unknownNoun, it.fault)
	case len(data) == 0:
		return out.ctx.Err()
	}
	v, fault := strictjson.Parse(data)
	if fault != nil {
		return out.refuse(f, it.line, unknownNoun, fault.Reason)
	}
	members, ok := v.(storage.Members)
	if !ok {
		return out.refuse(f, it.line, unknownNoun, "is not a JSON object")
	}
	l := &ndjsonLine{}
	l.read(members)
	in := &incoming.Record{File: f.name, Line: it.line, Noun: l.noun, Sources: l.sources}
	l.fill(in)
	if len(l.faults) > 0 {
		return out.refuse(f, it.line, cmp.Or(l.noun, unknownNoun), describeAll(l.faults))
	}
	if in.Key == "" && in.Exact == nil && !l.noun.Slug {
		digest := sha256.Sum256(data)
		in.Key = hex.EncodeToString(digest[:])
	}
	return out.emit(in)
}

// unknownNoun is what a line is reported under that does not say what it is: a
// report counts by noun.
var unknownNoun = storage.Movie

func (l *ndjsonLine) fault(pointer, reason string) {
	l.faults = append(l.faults, storage.Fault{Pointer: pointer, Reason: reason})
}

var lineMembers = []string{"noun", "key", "parent", "object", "sources"}

// read tells the members of a line apart.
func (l *ndjsonLine) read(members storage.Members) {
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

func (l *ndjsonLine) readObject(v any) {
	object, ok := v.(storage.Members)
	if !ok {
		l.fault("/object", "must be an object")
	}
	l.object = object
}

func (l *ndjsonLine) readNoun(v any) {
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
func (l *ndjsonLine) readKey(pointer string, v any) string {
	s, ok := v.(string)
	if !ok || s == "" || len(s) > maxKey || strings.ContainsRune(s, 0) {
		l.fault(pointer, fmt.Sprintf("must be a text of 1 to %d bytes", maxKey))
	}
	return s
}

func (l *ndjsonLine) readSources(v any) {
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

// fill checks the object and decides what kind of line this is.
func (l *ndjsonLine) fill(in *incoming.Record) {
	if l.noun == nil || l.object == nil {
		return
	}
	e := edit.Check(l.noun, l.object)
	if e.Asserted["id"] != nil && !l.noun.Slug {
		in.Exact = l.exact(e)
	} else {
		l.byHand(e)
		in.Edit, in.Key, in.ParentKey = e, l.key, l.parent
	}
}

// inObject adds faults of the object to those of the line.
func (l *ndjsonLine) inObject(faults []storage.Fault) {
	for _, f := range faults {
		f.Pointer = "/object" + f.Pointer
		l.faults = append(l.faults, f)
	}
}

// byHand checks a line without id, as a request to create would be. An exported
// line that lost its id is one too: what the server keeps starts anew.
func (l *ndjsonLine) byHand(e *edit.Edit) {
	for _, f := range l.noun.FieldsFrom(storage.Derived, storage.Counter, storage.Count, storage.Clock) {
		delete(e.Asserted, f.Name)
	}
	for _, f := range l.noun.FieldsFrom(storage.Parent) {
		if e.Asserted[f.Name] != nil {
			l.fault("/object/"+f.Name,
				"can only be given together with id; give parent, the key of the line that this is part of")
		}
	}
	if id, given := e.Asserted["id"].(string); given && !l.noun.ValidID(id) {
		l.fault("/object/id", "must be "+l.noun.IDForm())
	}
	switch parent := l.noun.Parent(); {
	case parent != nil && l.parent == "":
		l.fault("/parent", "is required: the key of the "+parent.Name+" that this is part of")
	case parent == nil && l.parent != "":
		l.fault("/parent", "is given, but a "+l.noun.Name+" is part of nothing")
	}
	_, faults := e.Apply(storage.NewDocument(l.noun), true)
	l.inObject(faults)
}
