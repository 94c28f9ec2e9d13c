package tmdb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
	"marquee/storage/edit"
	"marquee/storage/incoming"
)

// maxStarring is the number of persons of a cast that become starring.
const maxStarring = 15

// credit is a row of credits.
type credit struct {
	incoming.Position
	starring, directors []edit.Reference
	repairs             []string
	used                bool
}

// learn remembers a row of credits until the row of its film is read.
func (t *tmdb) learn(row table.Row) error {
	if row.Fault != "" {
		return t.out.Refuse(row.Position, storage.Movie, "", row.Fault)
	}
	column := "movie_id"
	if !row.Table.Has(column) {
		column = "id"
	}
	id, c := idOf(row, column), creditOf(row)
	earlier := t.credits[id]
	switch {
	case id == "":
		return t.out.Refuse(row.Position, storage.Movie, "", column+" is not a TMDB id")
	case earlier == nil:
		t.credits[id] = c
	case !slices.Equal(earlier.starring, c.starring) || !slices.Equal(earlier.directors, c.directors):
		return t.out.Refuse(row.Position, storage.Movie, id, "has other credits of the film than an earlier row: "+earlier.Place())
	}
	return t.out.Context.Err()
}

// creditOf reads the persons of a row, of credits or of movies.
func creditOf(row table.Row) *credit {
	c := &credit{Position: row.Position}
	for _, p := range objects(row, "cast", &c.repairs) {
		if len(c.starring) == maxStarring {
			c.repairs = append(c.repairs, fmt.Sprintf("cut a cast to its first %d persons", maxStarring))
			break
		}
		c.starring = append(c.starring, person(p))
	}
	for _, p := range objects(row, "crew", &c.repairs) {
		if p.Text("job") == "Director" {
			c.directors = append(c.directors, person(p))
		}
	}
	for _, column := range []string{"director", "directors"} {
		for _, p := range objects(row, column, &c.repairs) {
			c.directors = append(c.directors, person(p))
		}
	}
	return c
}

// person refers to a person by TMDB's id, or by name where there is no id.
func person(p record.Object) edit.Reference {
	return edit.Reference{Name: p.Text("name"), Key: p.ID()}
}

// setPersons adds the persons of a film: those of the table of credits, else those of its
// own row.
func (t *tmdb) setPersons(r *record.Record, row table.Row) {
	c := t.credits[r.In.Key]
	if c == nil {
		c = creditOf(row)
		r.NoteIf(t.credited, "has no credits")
	}
	c.used = true
	r.Note(c.repairs...)
	r.Refer("starring", c.starring...)
	r.Refer("directors", c.directors...)
	r.NoteIf(cell(row, "credits") != "", "left out credits: names joined by hyphens cannot be cut")
}

// leftOver refuses the credits of films that are not in the table of movies.
func (t *tmdb) leftOver() error {
	var left []*credit
	for _, c := range t.credits {
		if !c.used {
			left = append(left, c)
		}
	}
	slices.SortFunc(left, func(a, b *credit) int { return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line) })
	for _, c := range left {
		if err := t.out.Refuse(c.Position, storage.Movie, "", "has the credits of a film that is not in the table of movies"); err != nil {
			return err
		}
	}
	return nil
}
