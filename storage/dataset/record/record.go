// Package record builds the records of an import from the items of foreign files:
// it cleans values, checks them by the rules of requests, and notes every repair.
package record

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
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
	// referred are the identities in Refs.
	referred map[referral]bool
}

// referral is one reference of a field.
type referral struct {
	field string
	to    edit.Reference
}

// New begins the record of an item. A key that is too long or not valid text is
// replaced by its digest, because stores refuse it.
func New(at incoming.Position, n *storage.Noun, key string) *Record {
	if len(key) > MaxKey || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		digest := sha256.Sum256([]byte(key))
		key = hex.EncodeToString(digest[:])
	}
	return &Record{
		In:       &incoming.Record{Position: at, Noun: n, Key: key},
		Refs:     map[string][]any{},
		referred: map[referral]bool{},
	}
}

// MaxKey bounds a key in bytes, as the stores do.
const MaxKey = 500

// Note adds a repair to the record; a repeated one is noted once.
func (r *Record) Note(repair string) {
	if !slices.Contains(r.In.Repairs, repair) {
		r.In.Repairs = append(r.In.Repairs, repair)
	}
}

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
		items := make([]any, len(value))
		for i, s := range value {
			items[i] = s
		}
		v = items
	}
	r.members = append(r.members, storage.Member{Name: field, Value: v})
}

// JSONInt returns n as a number in JSON.
func JSONInt(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// SetRating sets the rating, rounded to one decimal.
func (r *Record) SetRating(v any) {
	n, ok := v.(json.Number)
	if !ok {
		return
	}
	if _, exact := storage.ParseDecimal(n.String()); !exact {
		f, err := strconv.ParseFloat(n.String(), 64)
		if err != nil || math.IsInf(f, 0) {
			r.Note("dropped imdb_rating: must be a number from 0.0 to 10.0 with at most one decimal")
			return
		}
		n = json.Number(strconv.FormatFloat(math.Round(f*10)/10, 'f', 1, 64))
		r.Note("rounded a rating to one decimal")
	}
	r.Set("imdb_rating", n)
}

// maxName bounds a name in characters, as the nouns describe it.
const maxName = 200

// limit returns the maximum number of references in the field.
func (r *Record) limit(field string) int { return int(r.In.Noun.Field(field).Type.Max) }

// Refer adds references to a field. Names are tidied. A name that is empty, too long
// or a repetition is left out.
func (r *Record) Refer(field string, refs ...edit.Reference) {
	for _, ref := range refs {
		ref.Name = Tidy(ref.Name)
		identity := referral{field, ref.Identity()}
		switch {
		case ref.Name == "" || strings.ContainsRune(ref.Name, 0) || utf8.RuneCountInString(ref.Name) > maxName:
			r.Note("dropped a name that is empty or too long")
		case r.referred[identity]:
			r.Note("merged a repeated name")
		case len(r.Refs[field]) == r.limit(field):
			r.Note(fmt.Sprintf("cut %s at %d names", field, r.limit(field)))
		default:
			r.referred[identity] = true
			r.Refs[field] = append(r.Refs[field], ref)
		}
	}
}

// Finish checks the record by the rules of requests. A field that breaks one is left
// out. The record is refused when the noun requires the field.
func (r *Record) Finish() *incoming.Record {
	e := edit.Check(r.In.Noun, r.members)
	for field, list := range r.Refs {
		e.Values[field] = list
	}
	for _, f := range e.Faults {
		name, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/"), "/")
		if field := r.In.Noun.Field(name); field == nil || field.Required {
			return r.refused(describe(f))
		}
		reason, _, _ := strings.Cut(f.Reason, ", it has") // a number would make each note unique
		r.Note("dropped " + name + ": " + reason)
	}
	e.Forgive()
	for _, f := range r.In.Noun.FieldsFrom(storage.Client) {
		if f.Required && e.Values[f.Name] == nil {
			return r.refused(f.Name + " is missing")
		}
	}
	r.In.Edit = e
	return r.In
}

func (r *Record) refused(reason string) *incoming.Record {
	return &incoming.Record{Position: r.In.Position, Noun: r.In.Noun, Key: r.In.Key, Refused: reason}
}

// describe returns a fault as a line of a report.
func describe(f storage.Fault) string {
	s := strings.TrimSpace(strings.TrimPrefix(f.Pointer, "/") + " " + f.Reason)
	if f.Value != "" {
		s += fmt.Sprintf(", not %q", f.Value)
	}
	if f.Nearest != "" {
		s += fmt.Sprintf("; did you mean %s?", f.Nearest)
	}
	return s
}

// maxFaults bounds the faults that a report lists for one line: a line of several
// megabytes can have thousands.
const maxFaults = 20

// DescribeAll returns faults as one line of a report.
func DescribeAll(faults []storage.Fault) string {
	texts := make([]string, 0, maxFaults+1)
	for _, f := range faults[:min(len(faults), maxFaults)] {
		texts = append(texts, describe(f))
	}
	if more := len(faults) - maxFaults; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}

// SetNumber sets a number if the noun has the field.
func (r *Record) SetNumber(field, value string) {
	if value != "" && r.In.Noun.Field(field) != nil {
		r.Set(field, json.Number(value))
	}
}

// SetCodes sets a field to the codes that it allows, so that one wrong code does not
// cost the others. It changes codes.
func (r *Record) SetCodes(field string, codes []string) {
	allowed := r.In.Noun.Field(field).Type.Of.Enum
	r.Set(field, slices.DeleteFunc(codes, func(code string) bool {
		unknown := !slices.Contains(allowed, code)
		r.NoteIf(unknown && code != "", "dropped a code that is none of the "+field)
		return unknown
	}))
}
