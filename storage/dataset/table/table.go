// Package table reads files whose first line names the columns of the others.
package table

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/incoming"
	"marquee/storage/spelling"
)

// Table reads the rows of a file whose first line names the columns.
type Table struct {
	// File is the file of the table.
	File *file.File
	rows rowReader
	// columns has the index of each column by its name, -1 for a repeated name.
	columns map[string]int
}

// rowReader reads rows without regard to the names of their columns.
type rowReader interface {
	// next returns the next row that is not blank, and io.EOF after the last. The first
	// row decides how many cells the others must have.
	next() (Row, error)
}

// OpenCSV starts a pass over a table of comma-separated values (RFC 4180).
func OpenCSV(f *file.File) (*Table, error) { return openTable(f, newCSV) }

// OpenTSV starts a pass over a table of tab-separated values without quotes.
func OpenTSV(f *file.File) (*Table, error) { return openTable(f, newTSV) }

func openTable(f *file.File, of func(io.Reader) rowReader) (*Table, error) {
	r, err := f.Reader()
	if err != nil {
		return nil, err
	}
	t := &Table{File: f, rows: of(r), columns: map[string]int{}}
	head, err := t.rows.next()
	switch {
	case errors.Is(err, io.EOF):
		return t, nil
	case err != nil:
		return nil, err
	case head.Fault != "":
		return nil, fmt.Errorf("%s: the first line, which must name the columns, %s", f.Name, head.Fault)
	case len(head.Cells) == 1 && strings.ContainsAny(head.Cells[0], ";|"):
		return nil, fmt.Errorf("%s: its cells are not separated by %s: its first line is %q; save it again with that separator", f.Name, t.rows, storage.Excerpt(head.Cells[0]))
	}
	for i, name := range head.Cells {
		name = strings.TrimSpace(name)
		if _, again := t.columns[name]; again {
			i = -1
		}
		t.columns[name] = i
	}
	return t, nil
}

// Has reports whether the table has all of the columns, each once.
func (t *Table) Has(names ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { _, ok := t.Index(n); return !ok })
}

// Missing says, for an error, which columns are missing from the kind of table that this one
// resembles most, with the nearest that it has: "; as ratings: userId is missing (user is
// there)". kinds has the columns of each kind. It returns "" when it resembles none.
func (t *Table) Missing(kinds map[string][]string) string {
	best, most := "", 0
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		some := 0
		for _, name := range kinds[kind] {
			if _, ok := t.columns[name]; ok {
				some++
			}
		}
		if some > most {
			best, most = kind, some
		}
	}
	if best == "" {
		return ""
	}
	return "; as " + best + ": " + t.missing(kinds[best])
}

func (t *Table) missing(names []string) string {
	have := slices.Sorted(maps.Keys(t.columns))
	var missing []string
	for _, name := range names {
		i, ok := t.columns[name]
		near := spelling.Nearest(name, have)
		switch {
		case ok && i < 0:
			missing = append(missing, name+" is there twice")
		case !ok && near != "":
			missing = append(missing, fmt.Sprintf("%s is missing (%s is there)", name, near))
		case !ok:
			missing = append(missing, name+" is missing")
		}
	}
	return strings.Join(missing, ", ")
}

// Row is a row of a table.
type Row struct {
	Table *Table
	incoming.Position
	Cells []string
	// Fault, when not empty, says why there are no cells.
	Fault string
	// Repair, when not empty, says how the row was read although it is not valid.
	Repair string
}

// Cell returns the content of the named column.
func (r Row) Cell(name string) string { return r.Cells[r.Table.columns[name]] }

// Index returns the index of the named column, and false when there is none, or several.
func (t *Table) Index(name string) (int, bool) {
	i, ok := t.columns[name]
	return i, ok && i >= 0
}

// Next returns the next row that is not blank, and io.EOF after the last.
func (t *Table) Next() (Row, error) {
	r, err := t.rows.next()
	r.Table, r.File = t, t.File.Name
	return r, err
}

// Each calls visit for every row.
func (t *Table) Each(visit func(Row) error) error {
	for {
		r, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = visit(r)
		}
		if err != nil {
			return err
		}
	}
}

// EachCSV calls visit for every row of the files, one after the other.
func EachCSV(files []*file.File, visit func(Row) error) error {
	for _, f := range files {
		t, err := OpenCSV(f)
		if err == nil {
			err = t.Each(visit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wrongCount is the fault of a row with another number of cells than the first.
func wrongCount(want int) string {
	return fmt.Sprintf("must have the %d cells that the first line names", want)
}
