package ndjson

import (
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/edit"
)

// restores reports whether a line that gives some fields of a noun restores an object as
// it was. People give slugs too, so an object with a slug needs its times. A genre has
// none: it is the same however it comes.
func restores(n *storage.Noun, given func(field string) bool) bool {
	times := n.FieldsFrom(storage.Clock)
	if n.Slug && len(times) == 0 || !given("id") {
		return false
	}
	return !n.Slug || !slices.ContainsFunc(times, func(f storage.Field) bool { return !given(f.Name) })
}

// exact returns the document that a line of an export restores.
func (l *line) exact(e *edit.Edit) *storage.Document {
	if l.key != "" || l.parent != "" {
		l.fault("/object/id", "cannot be given with key or parent")
	}
	// Apply derives fields and finds missing ones. Asserted is left out, because Apply
	// would refuse fields that only the server sets.
	d, faults := (&edit.Edit{Noun: l.noun, Values: e.Values, Faults: e.Faults}).Apply(storage.NewDocument(l.noun), true)
	l.inObject(faults)
	d.ID, _ = e.Asserted["id"].(string)
	if !l.noun.ValidID(d.ID) {
		l.fault("/object/id", "must be "+l.noun.IDForm())
	}
	for _, f := range l.noun.FieldsFrom(storage.Parent, storage.Counter, storage.Count, storage.Clock) {
		if v, given := e.Asserted[f.Name]; given || !faulty(e, f) {
			d.Fields[f.Name] = l.serverValue(f, v)
		}
	}
	for _, f := range l.noun.References() {
		list, _ := d.Fields[f.Name].([]any)
		if slices.ContainsFunc(list, func(v any) bool { _, byName := v.(edit.Reference); return byName }) {
			l.fault("/object/"+f.Name, "must be ids in a line with an id")
		}
	}
	return d
}

// faulty reports whether Check refused the field's value.
func faulty(e *edit.Edit, f storage.Field) bool {
	return slices.ContainsFunc(e.Faults, func(fault storage.Fault) bool { return fault.Pointer == "/"+f.Name })
}

// serverValue checks the value of a field that the server sets.
func (l *line) serverValue(f storage.Field, v any) any {
	switch value := v.(type) {
	case nil:
		l.fault("/object/"+f.Name, "is required in a line with an id, which is restored; leave the id out for a new object")
	case string:
		if f.Source == storage.Parent && !storage.NounByName(strings.TrimSuffix(f.Name, "_id")).ValidID(value) {
			l.fault("/object/"+f.Name, "cannot be an id")
		}
	}
	return v
}
