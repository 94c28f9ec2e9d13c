package dataset

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"marquee/storage/edit"
)

// cursor reads a table sorted by its first column beside another.
type cursor struct {
	table *table
	row   row
	have  bool
	ended bool
}

// to visits the rows of an id. The rows of the ids before it, which the other
// table does not have, go to passed, which may be nil.
func (c *cursor) to(id string, passed, visit func(row) error) error {
	for {
		if err := c.fill(); err != nil || c.ended || c.row.cells[0] > id {
			return err
		}
		use := visit
		if c.row.cells[0] < id {
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
		r, err := c.table.next()
		switch {
		case errors.Is(err, io.EOF):
			c.ended = true
		case err != nil:
			return err
		case r.fault == "":
			c.row, c.have = r, true
		}
	}
	return nil
}

// beside are the tables with more about a title, nil where they are not given.
type beside struct{ ratings, crew, principals *cursor }

func (m *imdb) openBeside() (*beside, error) {
	b := &beside{}
	for kind, c := range map[string]**cursor{titleRatings: &b.ratings, titleCrew: &b.crew, titlePrincipals: &b.principals} {
		if m.files[kind] == nil {
			continue
		}
		t, err := openTSV(m.files[kind])
		if err != nil {
			return nil, err
		}
		*c = &cursor{table: t}
	}
	return b, nil
}

// addTo adds rating and persons to the record of a title.
func (b *beside) addTo(r *record, id string, m *imdb) error {
	if b.ratings != nil {
		err := b.ratings.to(id, nil, func(row row) error {
			r.setRating(json.Number(row.value("averageRating")))
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
		err := b.crew.to(id, nil, func(row row) error {
			if listed := row.value("directors"); listed != "" {
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

// principalsOf lists the persons of a title in their order, which is not that
// of the rows: 10 stands before 2.
func (b *beside) principalsOf(id string) (starring, directors []string, err error) {
	if b.principals == nil {
		return nil, nil, nil
	}
	var rows []row
	err = b.principals.to(id, nil, func(row row) error {
		rows = append(rows, row)
		return nil
	})
	slices.SortStableFunc(rows, func(x, y row) int {
		return cmp.Compare(number(x.cell("ordering")), number(y.cell("ordering")))
	})
	for _, row := range rows {
		switch row.cell("category") {
		case "actor", "actress", "self":
			starring = append(starring, row.cell("nconst"))
		case "director":
			directors = append(directors, row.cell("nconst"))
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

// referPersons refers to persons by the names that name.basics gives them.
func (m *imdb) referPersons(r *record, field string, ids []string) {
	switch {
	case len(ids) == 0:
		return
	case m.files[nameBasics] == nil:
		r.note("left out the persons, since name.basics is not given")
		return
	}
	for _, id := range ids {
		n, ok := idNumber(id, "nm")
		if name := m.names.get(n); ok && name != "" {
			r.refer(field, edit.Reference{Name: name, Key: strings.Clone(id)})
		} else {
			r.note("left out a person who is not in name.basics")
		}
	}
}
