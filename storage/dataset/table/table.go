// Package table reads files whose first line names the columns of the others.
package table

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"marquee/storage/dataset/file"
	"marquee/storage/incoming"
)

// Table reads the rows of a file whose first line names the columns.
type Table struct {
	// File is the file of the table.
	File  *file.File
	rows  file.Items
	split func([]byte) ([]string, error)
	// columns has the index of each column by its name.
	columns map[string]int
}

// OpenCSV starts a pass over a table of comma-separated values (RFC 4180).
func OpenCSV(f *file.File) (*Table, error) { return openTable(f, newCSV, splitCSV) }

// OpenTSV starts a pass over a table of tab-separated values without quotes.
func OpenTSV(f *file.File) (*Table, error) { return openTable(f, file.NewLines, splitTSV) }

func openTable(f *file.File, cut func(*bufio.Reader) file.Items, split func([]byte) ([]string, error)) (*Table, error) {
	r, err := f.Reader()
	if err != nil {
		return nil, err
	}
	t := &Table{File: f, rows: cut(r), split: split, columns: map[string]int{}}
	head, err := t.rows.Next()
	if errors.Is(err, io.EOF) {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := split(head.Data)
	if err != nil {
		return t, nil // a table without columns is none of the known ones
	}
	for i, name := range names {
		t.columns[name] = i
	}
	return t, nil
}

// Has reports whether the table has all of the columns.
func (t *Table) Has(names ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { _, ok := t.columns[n]; return !ok })
}

// Row is a row of a table.
type Row struct {
	Table *Table
	incoming.Position
	Cells []string
	// Fault, when not empty, says why there are no cells.
	Fault string
}

// Cell returns the content of the named column.
func (r Row) Cell(name string) string { return r.Cells[r.Table.columns[name]] }

// Index returns the index of the named column, and false when there is none.
func (t *Table) Index(name string) (int, bool) {
	i, ok := t.columns[name]
	return i, ok
}

// Next returns the next row that is not blank, and io.EOF after the last.
func (t *Table) Next() (Row, error) {
	for {
		it, err := t.rows.Next()
		if err != nil {
			return Row{}, err
		}
		if it.Fault == "" && len(it.Data) == 0 {
			continue
		}
		r := Row{Table: t, Position: incoming.Position{File: t.File.Name, Line: it.Line}, Fault: it.Fault}
		if r.Fault == "" {
			r.Cells, r.Fault = t.cells(it.Data)
		}
		return r, nil
	}
}

func (t *Table) cells(data []byte) ([]string, string) {
	if !utf8.Valid(data) {
		return nil, "is not valid UTF-8"
	}
	cells, err := t.split(data)
	switch {
	case err != nil:
		return nil, "is not CSV: a quote is out of place"
	case len(cells) != len(t.columns):
		return nil, fmt.Sprintf("must have the %d cells that the first line names", len(t.columns))
	}
	return cells, ""
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
