package dataset

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

// record is a foreign item on its way to a incoming.Record.
type record struct {
	in      *incoming.Record
	members storage.Members
	refs    map[string][]any
	// referred are the identities in refs.
	referred map[referral]bool
}

// referral is one thing that a field refers to.
type referral struct {
	field string
	to    edit.Reference
}

// newRecord begins the record of an item. A key that stores cannot keep, since
// it is too long or no text, is replaced by its digest.
func newRecord(f *file, line int, n *storage.Noun, key string) *record {
	if len(key) > maxKey || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		digest := sha256.Sum256([]byte(key))
		key = hex.EncodeToString(digest[:])
	}
	return &record{
		in:       &incoming.Record{File: f.name, Line: line, Noun: n, Key: key},
		refs:     map[string][]any{},
		referred: map[referral]bool{},
	}
}

// maxKey bounds a key in bytes; the stores take no longer ones.
const maxKey = 500

// note says what was mended, once for each record.
func (r *record) note(mended string) {
	if !slices.Contains(r.in.Mended, mended) {
		r.in.Mended = append(r.in.Mended, mended)
	}
}

// noteIf is note on a condition.
func (r *record) noteIf(changed bool, mended string) {
	if changed {
		r.note(mended)
	}
}

// set gives a field a value: a JSON value as in storage.Members, an int or a
// []string. Empty texts and lists leave the field unset.
func (r *record) set(field string, v any) {
	switch value := v.(type) {
	case nil:
		return
	case string:
		if value == "" {
			return
		}
	case int:
		v = jsonInt(value)
	case []string:
		items := make([]any, len(value))
		for i, s := range value {
			items[i] = s
		}
		v = items
	}
	r.members = append(r.members, storage.Member{Name: field, Value: v})
}

func jsonInt(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// setRating rounds a rating to the one decimal that the catalogue keeps.
func (r *record) setRating(v any) {
	n, ok := v.(json.Number)
	if !ok {
		return
	}
	if _, exact := storage.ParseDecimal(n.String()); !exact {
		f, err := strconv.ParseFloat(n.String(), 64)
		if err != nil || math.IsInf(f, 0) {
			r.note("dropped imdb_rating: must be a number from 0.0 to 10.0 with at most one decimal")
			return
		}
		n = json.Number(strconv.FormatFloat(math.Round(f*10)/10, 'f', 1, 64))
		r.note("rounded a rating to one decimal")
	}
	r.set("imdb_rating", n)
}

// maxName bounds a name in characters, as the nouns describe it.
const maxName = 200

// limit is how many references the field takes.
func (r *record) limit(field string) int { return int(r.in.Noun.Field(field).Type.Max) }

// refer gives a field its references. Names are tidied; one that is empty or
// too long, and one that is there already, is left out.
func (r *record) refer(field string, refs ...edit.Reference) {
	for _, ref := range refs {
		ref.Name = tidy(ref.Name)
		identity := referral{field, ref.Identity()}
		switch {
		case ref.Name == "" || strings.ContainsRune(ref.Name, 0) || utf8.RuneCountInString(ref.Name) > maxName:
			r.note("dropped a name that is no name")
		case r.referred[identity]:
			r.note("merged a name that is there twice")
		case len(r.refs[field]) == r.limit(field):
			r.note(fmt.Sprintf("cut %s at %d names", field, r.limit(field)))
		default:
			r.referred[identity] = true
			r.refs[field] = append(r.refs[field], ref)
		}
	}
}

// finish checks the record by the rules that requests are checked by. A field
// that breaks one is left out, or the record refused when it needs the field.
func (r *record) finish() *incoming.Record {
	e := edit.Check(r.in.Noun, r.members)
	for field, list := range r.refs {
		e.Values[field] = list
	}
	for _, f := range e.Faults {
		name, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/"), "/")
		if field := r.in.Noun.Field(name); field == nil || field.Required {
			return r.refused(describe(f))
		}
		reason, _, _ := strings.Cut(f.Reason, ", it has") // counts would make every note another
		r.note("dropped " + name + ": " + reason)
	}
	e.Forgive()
	for _, f := range r.in.Noun.FieldsFrom(storage.Client) {
		if f.Required && e.Values[f.Name] == nil {
			return r.refused(f.Name + " is missing")
		}
	}
	r.in.Edit = e
	return r.in
}

func (r *record) refused(reason string) *incoming.Record {
	return &incoming.Record{File: r.in.File, Line: r.in.Line, Noun: r.in.Noun, Refused: reason}
}

// describe puts a fault into a line of a report.
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

// maxFaults bounds how many faults of one line a report lists: a line of
// megabytes can have very many.
const maxFaults = 20

func describeAll(faults []storage.Fault) string {
	texts := make([]string, 0, maxFaults+1)
	for _, f := range faults[:min(len(faults), maxFaults)] {
		texts = append(texts, describe(f))
	}
	if more := len(faults) - maxFaults; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}
