// Package record builds the records of an import from the items of foreign files:
// it cleans values, checks them by the rules of requests, and notes every repair.
package record

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
)

// Record is an item of a foreign file that is becoming an incoming.Record.
type Record struct {
	// In is the record without its fields; Finish adds them.
	In *incoming.Record
	// Refs are the references of each field, edit.Reference items.
	Refs    map[string][]any
	members storage.Members
	// maps are the members that Put made.
	maps storage.Members
	// faults are the faults of the objects that the record is from.
	faults []*[]string
	// referred are the identities in Refs.
	referred map[referral]bool
}

// New begins the record of an item. A key that is too long or not valid text is
// replaced by its digest, because stores refuse it.
func New(at incoming.Position, n *storage.Noun, key string) *Record {
	if len(key) > incoming.MaxKey || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		digest := sha256.Sum256([]byte(key))
		key = hex.EncodeToString(digest[:])
	}
	return &Record{
		In:       &incoming.Record{Position: at, Noun: n, Key: key},
		Refs:     map[string][]any{},
		referred: map[referral]bool{},
	}
}

// maxRepairs bounds the repairs of a record.
const maxRepairs = 100

// Note adds repairs to the record; a repeated one is noted once. A report counts repairs
// by their text before ": ".
func (r *Record) Note(repairs ...string) {
	for _, repair := range repairs {
		switch {
		case slices.Contains(r.In.Repairs, repair):
		case len(r.In.Repairs) < maxRepairs:
			r.In.Repairs = append(r.In.Repairs, repair)
		case len(r.In.Repairs) == maxRepairs:
			r.In.Repairs = append(r.In.Repairs, "repaired more than a record lists")
		}
	}
}

// From makes the faults of an object repairs of the record, also those found later.
func (r *Record) From(o Object) { r.faults = append(r.faults, o.faults) }

// NoteIf adds a repair if the condition is true.
func (r *Record) NoteIf(condition bool, repair string) {
	if condition {
		r.Note(repair)
	}
}

// Set sets a field to a value: a JSON value as in storage.Members, an int or a
// []string. Empty texts and lists leave the field unset.
func (r *Record) Set(field string, v any) {
	switch value := v.(type) {
	case nil:
		return
	case string:
		if value == "" {
			return
		}
	case int:
		v = JSONInt(value)
	case []string:
		if len(value) == 0 {
			return
		}
		items := make([]any, len(value))
		for i, s := range value {
			items[i] = s
		}
		v = items
	}
	r.members = append(r.members, storage.Member{Name: field, Value: v})
}

// Finish checks the record by the rules of requests. A field that breaks one is left
// out. The record is refused when the noun requires the field.
func (r *Record) Finish() *incoming.Record {
	for _, faults := range r.faults {
		r.Note(*faults...)
	}
	e := edit.Check(r.In.Noun, append(r.members, r.maps...))
	for field, list := range r.Refs {
		e.Values[field] = list
	}
	for _, f := range e.Faults {
		name, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/"), "/")
		if field := r.In.Noun.Field(name); field == nil || field.Required {
			return r.refused(storage.DescribeFaults([]storage.Fault{f}))
		}
		r.drop(name, f)
	}
	e.Forgive()
	for _, f := range r.In.Noun.FieldsFrom(storage.Client) {
		if f.Required && e.Values[f.Name] == nil {
			return r.refused(f.Name + " is missing" + r.dropped())
		}
	}
	r.In.Edit = e
	return r.In
}

// drop notes that a field is left out because of a fault.
func (r *Record) drop(field string, f storage.Fault) {
	repair := "dropped " + field + ": " + f.Reason
	if f.Value != "" {
		repair += fmt.Sprintf(", not %q", f.Value)
	}
	r.Note(repair)
}

// dropped returns what was dropped, which may be why a field is missing.
func (r *Record) dropped() string {
	all := slices.DeleteFunc(slices.Clone(r.In.Repairs), func(s string) bool { return !strings.HasPrefix(s, "dropped ") })
	if len(all) == 0 {
		return ""
	}
	return ": " + strings.Join(all, "; ")
}

func (r *Record) refused(reason string) *incoming.Record {
	return &incoming.Record{Position: r.In.Position, Noun: r.In.Noun, Key: r.In.Key, Refused: reason}
}
