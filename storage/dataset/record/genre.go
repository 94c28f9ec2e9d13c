package record

import (
	"marquee/storage/edit"
	"marquee/storage/spelling"
)

// ReferGenre adds a genre to the record, under its name in the catalogue.
func (r *Record) ReferGenre(name string) {
	name = Tidy(name)
	if usual, ok := spelling.Genre(name); ok {
		r.Note("filed genre " + name + " under " + usual)
		name = usual
	}
	r.Refer("genres", edit.Reference{Name: name})
}
