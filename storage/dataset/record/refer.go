package record

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"marquee/storage/edit"
	"marquee/storage/spelling"
)

// maxName bounds a name in characters, as the nouns describe it.
const maxName = 200

// referral is one reference of a field.
type referral struct {
	field string
	to    edit.Reference
}

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

// ReferGenre adds a genre to the record, under its name in the catalogue.
func (r *Record) ReferGenre(name string) {
	name = Tidy(name)
	if usual, ok := spelling.Genre(name); ok {
		r.Note("filed genre " + name + " under " + usual)
		name = usual
	}
	r.Refer("genres", edit.Reference{Name: name})
}
