package imdb

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/dataset/table"
)

// The tables, by their usual names.
const (
	nameBasics      = "name.basics"
	titleBasics     = "title.basics"
	titlePrincipals = "title.principals"
	titleRatings    = "title.ratings"
	titleCrew       = "title.crew"
	titleEpisode    = "title.episode"
	titleAkas       = "title.akas"
)

// kinds are the tables with their columns that are read, which identify the table. A
// table with the columns of two kinds is the first one.
var kinds = []struct {
	name    string
	columns []string
}{
	{titleBasics, []string{tconst, "titleType", "primaryTitle", "startYear", "endYear", "runtimeMinutes", "genres"}},
	{titlePrincipals, []string{tconst, "ordering", "nconst", "category"}},
	{titleEpisode, []string{tconst, "parentTconst", "seasonNumber", "episodeNumber"}},
	{titleRatings, []string{tconst, "averageRating"}},
	{titleCrew, []string{tconst, "directors"}},
	{nameBasics, []string{"nconst", "primaryName"}},
	{titleAkas, []string{"titleId", "title", "region"}},
}

// tconst is the column with the id of a title.
const tconst = "tconst"

// kindOf returns the name of the table in a file, by its columns.
func kindOf(f *file.File) (string, error) {
	t, err := table.OpenTSV(f)
	f.ResetProgress()
	if err != nil {
		return "", err
	}
	columns := map[string][]string{}
	for _, k := range kinds {
		if t.Has(k.columns...) {
			return k.name, nil
		}
		columns[k.name] = k.columns
	}
	return "", fmt.Errorf("%s is none of IMDb's tables: its first line names other columns%s", f.Name, t.Missing(columns))
}

// sorted are the tables that are read side by side, sorted by title.
var sorted = []string{titleBasics, titlePrincipals, titleRatings, titleCrew, titleEpisode}

// planPasses sets the number of passes over each file. The tables of titles are read once
// to check them, once for films and series, and once more if there are episodes, whose
// parents must come before them. A table that has to be sorted is read twice.
func (m *imdb) planPasses() {
	titles := m.files[titleBasics] != nil
	episodes := m.files[titleEpisode] != nil
	for kind, f := range m.files {
		switch {
		case kind == nameBasics:
			f.Passes = 1
		case kind == titleAkas || !titles:
			f.Passes = 0
		case kind == titleEpisode:
			f.Passes = 2
		case episodes:
			f.Passes = 3
		default:
			f.Passes = 2
		}
	}
}

// rows yields the rows of a table, and io.EOF after the last.
type rows interface {
	Next() (table.Row, error)
}

// each calls visit for every row.
func each(r rows, visit func(table.Row) error) error {
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = visit(row)
		}
		if err != nil {
			return err
		}
	}
}

// check refuses the broken rows of the tables of titles, and makes sorted copies of the
// tables whose rows are in another order.
func (m *imdb) check() error {
	for _, kind := range sorted {
		if m.files[titleBasics] == nil || m.files[kind] == nil {
			continue
		}
		if err := m.checkTable(kind); err != nil {
			return err
		}
	}
	return nil
}

func (m *imdb) checkTable(kind string) error {
	t, err := table.OpenTSV(m.files[kind])
	if err != nil {
		return err
	}
	last, inOrder := "", true
	err = t.Each(func(r table.Row) error {
		if fault := faultOf(r); fault != "" {
			return m.out.Refuse(r.Position, nounOf(kind), "", fault)
		}
		id := r.Cell(tconst)
		inOrder = inOrder && id >= last
		last = id
		return m.out.Context.Err()
	})
	if err != nil || inOrder {
		return err
	}
	all, err := m.open(kind)
	if err == nil {
		m.copies[kind], err = sortRows(m.out.Context, all, batchSize)
	}
	return err
}

// faultOf returns why a row of a table of titles cannot be used, "" if it can.
func faultOf(r table.Row) string {
	if r.Fault == "" && !isTitleID(r.Cell(tconst)) {
		return "tconst must be tt and 7 to 9 digits"
	}
	return r.Fault
}

// isTitleID reports whether s is an id such as tt0000001.
func isTitleID(s string) bool {
	digits, ok := strings.CutPrefix(s, "tt")
	return ok && len(digits) >= 7 && len(digits) <= 9 && strings.Trim(digits, "0123456789") == ""
}

// nounOf returns the noun under which a report counts a broken row of a table.
func nounOf(kind string) *storage.Noun {
	if kind == titleEpisode {
		return storage.Episode
	}
	return storage.Movie
}

// open starts a pass over the usable rows of a table of titles, in the order of the ids.
func (m *imdb) open(kind string) (rows, error) {
	if c := m.copies[kind]; c != nil {
		return c.rows()
	}
	t, err := table.OpenTSV(m.files[kind])
	return usable{t}, err
}

// usable yields the rows of a table that check did not refuse.
type usable struct{ *table.Table }

// Next returns the next usable row.
func (u usable) Next() (table.Row, error) {
	for {
		r, err := u.Table.Next()
		if err != nil || faultOf(r) == "" {
			return r, err
		}
	}
}

// close removes the sorted copies.
func (m *imdb) close() {
	for _, kind := range sorted {
		if c := m.copies[kind]; c != nil {
			_ = c.file.Close() // it was only read since it was written
		}
	}
}
