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

	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
	"marquee/storage/edit"
)

// cursor reads a table sorted by its first column side by side with another.
type cursor struct {
	table *table.Table
	row   table.Row
	have  bool
	ended bool
}

// advance visits the rows of an id. The rows of earlier ids, which the other table does
// not have, go to passed, which may be nil.
func (c *cursor) advance(id string, passed, visit func(table.Row) error) error {
	for {
		if err := c.fill(); err != nil || c.ended || c.row.Cells[0] > id {
			return err
		}
		use := visit
		if c.row.Cells[0] < id {
			use = passed
		}
		c.have = false
		if use == nil {
			continue
		}
		if err := use(c.row); err != nil {
			return err
		}
	}
}

// fill reads the next row that is not broken.
func (c *cursor) fill() error {
	for !c.have && !c.ended {
		r, err := c.table.Next()
		switch {
		case errors.Is(err, io.EOF):
			c.ended = true
		case err != nil:
			return err
		case r.Fault == "":
			c.row, c.have = r, true
		}
	}
	return nil
}

// details are the tables with details of a title, nil when not given.
type details struct{ ratings, crew, principals *cursor }

func (m *imdb) openDetails() (*details, error) {
	b := &details{}
	for kind, c := range map[string]**cursor{titleRatings: &b.ratings, titleCrew: &b.crew, titlePrincipals: &b.principals} {
		if m.files[kind] == nil {
			continue
		}
		t, err := table.OpenTSV(m.files[kind])
		if err != nil {
			return nil, err
		}
		*c = &cursor{table: t}
	}
	return b, nil
}

// addTo adds the rating and the persons to the record of a title.
func (b *details) addTo(r *record.Record, id string, m *imdb) error {
	if b.ratings != nil {
		err := b.ratings.advance(id, nil, func(row table.Row) error {
			r.SetRating(json.Number(value(row, "averageRating")))
			return nil
		})
		if err != nil {
			return err
		}
	}
	starring, directors, err := b.principalsOf(id)
	if err != nil {
		return err
	}
	if b.crew != nil {
		err := b.crew.advance(id, nil, func(row table.Row) error {
			if listed := value(row, "directors"); listed != "" {
				directors = strings.Split(listed, ",")
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	m.referPersons(r, "starring", starring)
	m.referPersons(r, "directors", directors)
	return nil
}

// principalsOf returns the persons of a title in the order of the column ordering. The
// rows are sorted as text, with 10 before 2.
func (b *details) principalsOf(id string) (starring, directors []string, err error) {
	if b.principals == nil {
		return nil, nil, nil
	}
	var rows []table.Row
	err = b.principals.advance(id, nil, func(row table.Row) error {
		rows = append(rows, row)
		return nil
	})
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
	return starring, directors, err
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
			r.Note("left out a person who is not in name.basics")
		}
	}
}
