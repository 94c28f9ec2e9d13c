// Package edit checks the members of an object from a request or a file by the description
// of its noun, and applies them to the stored document.
package edit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/spelling"
	"marquee/storage/textform"
)

// Edit is the checked content of a request body, or of a record of a file.
type Edit struct {
	Noun *storage.Noun
	// Values has the fields to change; nil clears a field. A list of references may have
	// Reference items.
	Values map[string]any
	// Asserted has the given read-only fields, nil for null. They must equal the stored
	// values. A creation takes a slug and the ids of parents from here.
	Asserted map[string]any
	// Faults are the faults that Check found.
	Faults []storage.Fault
	// Forgiven reports that Forgive was called.
	Forgiven bool
	// lists has, as given, the lists that Values and broken have without duplicates.
	lists map[string][]any
	// broken has the valid parts of fields that Check refused.
	broken map[string]any
}

// Written returns the given list of a field of references, with its duplicates and with nil
// for each item that Check refused. So each item has the index of the client's list. ok is
// false when no list was given.
func (e *Edit) Written(field string) (list []any, ok bool) {
	list, ok = e.lists[field]
	return list, ok
}

// Forgive drops the faults and the refused fields, so that the rest can be applied. It is
// for records of files, not for requests.
func (e *Edit) Forgive() { e.Faults, e.lists, e.broken, e.Forgiven = nil, nil, nil, true }

// Identify returns the id of a new object of a noun with slugs: the given one, or one made
// from its label. The fault is that of an id that cannot be one.
func (e *Edit) Identify(d *storage.Document) (id string, fault *storage.Fault) {
	id, given := e.Asserted["id"].(string)
	if !given {
		id = textform.Slug(d.Label())
	}
	switch {
	case e.Noun.ValidID(id):
		return id, nil
	case given:
		return id, &storage.Fault{Pointer: "/id", Value: storage.Excerpt(id), Reason: "must be " + e.Noun.IDForm()}
	case d.Label() == "" || e.Faulty("/"+e.Noun.Label):
		return id, nil // the missing label is a fault already
	}
	return id, &storage.Fault{Pointer: "/id", Reason: "is required, because none can be made from the " + e.Noun.Label, Allowed: e.Noun.IDForm()}
}

// Apply returns current with the edit applied, and every fault: the faults of Check,
// read-only fields that differ from current, required fields that would be unset. It does
// not change current. The edit is a JSON merge patch (RFC 7396): null clears, lists are
// replaced, maps merge by key. If creating is set, the id of a slug noun and the ids of
// parents come from the edit.
func (e *Edit) Apply(current *storage.Document, creating bool) (*storage.Document, []storage.Fault) {
	d := &storage.Document{Noun: e.Noun, ID: current.ID, Names: current.Names, Fields: maps.Clone(current.Fields)}
	for field, v := range e.Values {
		d.Fields[field] = merge(d.Fields[field], v)
	}
	faults := slices.Clone(e.Faults)
	for _, f := range e.Noun.Fields {
		switch {
		case f.Source == storage.Client:
			v := d.Fields[f.Name]
			if b, is := e.broken[f.Name]; is {
				v = merge(v, b)
			}
			for _, fault := range incomplete(f.Type, "/"+f.Name, v, f.Required) {
				if !e.Faulty(fault.Pointer) {
					faults = append(faults, fault)
				}
			}
			faults = append(faults, e.misplaced(f, d)...)
		case creating && (f.Source == storage.Parent || f.Source == storage.Identity && e.Noun.Slug):
		default:
			faults = append(faults, e.differs(f, d, creating)...)
		}
	}
	derive(d)
	return d, faults
}

// misplaced returns the fault of a value that has to be one of a list, and is not.
func (e *Edit) misplaced(f storage.Field, d *storage.Document) []storage.Fault {
	v, _ := d.Fields[f.Name].(string)
	list, _ := d.Fields[f.Among].([]any)
	if v == "" || list == nil || e.Faulty("/"+f.Name) || e.Faulty("/"+f.Among) || slices.Contains(list, any(v)) {
		return nil
	}
	items := make([]string, len(list))
	for i := range list {
		items[i], _ = list[i].(string)
	}
	return []storage.Fault{{Pointer: "/" + f.Name, Value: storage.Excerpt(v), Reason: "must be null or one of " + f.Among, Nearest: spelling.Nearest(v, items)}}
}

// derive sets the derived fields.
func derive(d *storage.Document) {
	if d.Noun.Field("snippet") == nil {
		return
	}
	title, _ := d.Fields["title"].(string)
	text, _ := d.Fields["description"].(string)
	delete(d.Fields, "snippet")
	if s := textform.Snippet(title, text); s != "" {
		d.Fields["snippet"] = s
	}
}

// Faulty reports whether Check refused the value at the pointer or a part of it. Then other
// faults of the value are not reported.
func (e *Edit) Faulty(pointer string) bool {
	return slices.ContainsFunc(e.Faults, func(f storage.Fault) bool {
		return f.Pointer == pointer || strings.HasPrefix(f.Pointer, pointer+"/")
	})
}

// differs returns the fault of a read-only field whose given value is not the stored one.
// For an object that is being created, null is valid.
func (e *Edit) differs(f storage.Field, d *storage.Document, creating bool) []storage.Fault {
	v, given := e.Asserted[f.Name]
	have := d.Fields[f.Name]
	if f.Source == storage.Identity {
		have = d.ID
	}
	if !given || v == have || v == nil && creating {
		return nil
	}
	reason := "is read-only and differs from the stored value; leave it out"
	switch {
	case f.Source == storage.Parent:
		reason = "names another parent; a parent cannot be changed"
	case creating:
		reason = "is read-only: the server makes it; leave it out"
	}
	return []storage.Fault{{Pointer: "/" + f.Name, Value: storage.Excerpt(shown(v)), Reason: reason}}
}

// shown returns a value as the client wrote it.
func shown(v any) any {
	s := string(storage.AppendJSON(nil, &storage.Type{Kind: storage.Text}, v))
	return strings.Trim(s, `"`)
}

// merge applies a JSON merge patch of checked values.
func merge(current, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out := map[string]any{}
	if c, ok := current.(map[string]any); ok {
		maps.Copy(out, c)
	}
	for key, v := range p {
		if v == nil {
			delete(out, key)
			continue
		}
		out[key] = merge(out[key], v)
	}
	return out
}

// incomplete returns the faults of required values that are unset, and of maps with too
// many keys after a merge.
func incomplete(t *storage.Type, pointer string, v any, required bool) []storage.Fault {
	if v == nil {
		if required {
			return []storage.Fault{{Pointer: pointer, Reason: "is required", Allowed: t.Describe()}}
		}
		return nil
	}
	var faults []storage.Fault
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			faults = append(faults, incomplete(t.Of, fmt.Sprintf("%s/%d", pointer, i), item, false)...)
		}
	case map[string]any:
		for _, f := range t.Members {
			faults = append(faults, incomplete(f.Type, pointer+"/"+f.Name, v[f.Name], f.Required)...)
		}
		if t.Kind != storage.Map {
			break
		}
		if int64(len(v)) > t.Max {
			faults = append(faults, storage.Fault{Pointer: pointer, Reason: fmt.Sprintf("must have at most %d keys, it would have %d", t.Max, len(v))})
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			faults = append(faults, incomplete(t.Of, pointer+"/"+storage.EscapePointer(key), v[key], false)...)
		}
	}
	return faults
}
