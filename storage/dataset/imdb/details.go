package imdb

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
	"marquee/storage/edit"
)

// cursor reads a sorted table side by side with title.basics. A nil cursor is of a table
// that is not given.
type cursor struct {
	rows rows
	// row is the next row, id its title.
	row   table.Row
	id    string
	ended bool
	// last is the title of the last call of of, and found are its rows.
	last  string
	found []table.Row
}

func (m *imdb) cursor(kind string) (*cursor, error) {
	if m.files[kind] == nil {
		return nil, nil
	}
	r, err := m.open(kind)
	if err != nil {
		return nil, err
	}
	c := &cursor{rows: r}
	return c, c.next()
}

func (c *cursor) next() error {
	row, err := c.rows.Next()
	if errors.Is(err, io.EOF) {
		c.ended = true
		return nil
	}
	if err == nil {
		c.row, c.id = row, row.Cell(tconst)
	}
	return err
}

// of returns the rows of a title. The rows of earlier titles, which title.basics does not
// have, go to passed, which may be nil. The titles must be in order; one may be repeated.
func (c *cursor) of(id string, passed func(table.Row) error) ([]table.Row, error) {
	if c == nil {
		return nil, nil
	}
	if id == c.last {
		return c.found, nil
	}
	c.last, c.found = id, nil
	for !c.ended && c.id <= id {
		switch {
		case c.id == id:
			c.found = append(c.found, c.row)
		case passed != nil:
			if err := passed(c.row); err != nil {
				return nil, err
			}
		}
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	return c.found, nil
}

// details are the tables with details of a title.
type details struct{ ratings, crew, principals *cursor }

func (m *imdb) openDetails() (*details, error) {
	ratings, err1 := m.cursor(titleRatings)
	crew, err2 := m.cursor(titleCrew)
	principals, err3 := m.cursor(titlePrincipals)
	return &details{ratings, crew, principals}, errors.Join(err1, err2, err3)
}

// addTo adds the rating and the persons to the record of a title.
func (d *details) addTo(r *record.Record, id string, m *imdb) error {
	ratings, err1 := d.ratings.of(id, nil)
	crew, err2 := d.crew.of(id, nil)
	principals, err3 := d.principals.of(id, nil)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	r.SetRating(json.Number(only(r, ratings, "averageRating")))
	starring, directors := persons(principals)
	if listed := only(r, crew, "directors"); listed != "" {
		directors = strings.Split(listed, ",")
	}
	m.referPersons(r, "starring", starring)
	m.referPersons(r, "directors", directors)
	return nil
}

// only returns the value of a column in the rows of a title, of which there should be one.
func only(r *record.Record, rows []table.Row, column string) string {
	v := ""
	for i, row := range rows {
		switch next := value(row, column); {
		case i == 0:
			v = next
		case next != v:
			r.Note("dropped another " + column + ": " + row.Place() + " repeats the title")
		}
	}
	return v
}

// persons returns the persons of a title in the order of the column ordering. The rows are
// sorted as text, with 10 before 2.
func persons(rows []table.Row) (starring, directors []string) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(x, y table.Row) int {
		return cmp.Compare(number(x.Cell("ordering")), number(y.Cell("ordering")))
	})
	for _, row := range rows {
		switch row.Cell("category") {
		case "actor", "actress", "self":
			starring = append(starring, row.Cell("nconst"))
		case "director":
			directors = append(directors, row.Cell("nconst"))
		}
	}
	return starring, directors
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return math.MaxInt
	}
	return n
}

// referPersons adds persons by their names in name.basics.
func (m *imdb) referPersons(r *record.Record, field string, ids []string) {
	switch {
	case len(ids) == 0:
		return
	case m.files[nameBasics] == nil:
		r.Note("left out the persons, because name.basics is not given")
		return
	}
	for _, id := range ids {
		n, ok := idNumber(id, "nm")
		if name := m.names.get(n); ok && name != "" {
			r.Refer(field, edit.Reference{Name: name, Key: strings.Clone(id)})
		} else {
			r.Note("left out a person who is not in name.basics: " + storage.Excerpt(id))
		}
	}
}
