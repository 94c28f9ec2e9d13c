package dataset

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"encoding/json"

	"marquee/storage"
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
		case err == io.EOF:
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
			r.refer(field, storage.Reference{Name: name, Key: strings.Clone(id)})
		} else {
			r.note("left out a person who is not in name.basics")
		}
	}
}

// idNumber is the number in an id such as nm0000001.
func idNumber(id, prefix string) (uint32, bool) {
	digits, ok := strings.CutPrefix(id, prefix)
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), ok && err == nil && digits[0] != '+'
}

// names keeps the names of all persons by the numbers in their ids: one block
// of text, and where in it each name begins. A name is behind its length, in
// bytes, of two bytes.
type names struct {
	at   map[uint32]uint32
	text []byte
}

func (n *names) add(id uint32, name string) error {
	if len(n.text) > math.MaxUint32-math.MaxUint16-2 {
		return errors.New("name.basics has more than 4 GiB of names")
	}
	if n.at == nil {
		n.at = map[uint32]uint32{}
	}
	n.at[id] = uint32(len(n.text))
	n.text = append(n.text, byte(len(name)>>8), byte(len(name)))
	n.text = append(n.text, name...)
	return nil
}

// get is the name of a person, "" when there is none.
func (n *names) get(id uint32) string {
	at, ok := n.at[id]
	if !ok {
		return ""
	}
	length := uint32(n.text[at])<<8 | uint32(n.text[at+1])
	return string(n.text[at+2 : at+2+length])
}
