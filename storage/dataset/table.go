package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// csvRows cuts a CSV file into rows, which may hold line breaks in quotes.
type csvRows struct {
	lines lines
	buf   []byte
}

func newCSV(r *bufio.Reader) items { return &csvRows{lines: lines{r: r, limit: maxItem}} }

// next returns the lines up to the one at whose end no quote is open. Of a line
// over the limit nothing is known, not even its quotes: its row ends with it.
func (c *csvRows) next() (item, error) {
	first, quoted := 0, false
	c.buf = c.buf[:0]
	for {
		it, err := c.lines.next()
		switch {
		case errors.Is(err, io.EOF) && first > 0:
			return item{line: first, fault: "breaks off: a quote is not closed"}, nil
		case err != nil:
			return item{}, err
		case it.fault != "":
			return item{line: cmp.Or(first, it.line), fault: it.fault}, nil
		case first > 0:
			c.keep([]byte("\n"))
		}
		first = cmp.Or(first, it.line)
		c.keep(it.data)
		if bytes.Count(it.data, []byte(`"`))%2 == 1 {
			quoted = !quoted
		}
		if !quoted {
			return c.row(first), nil
		}
	}
}

// keep adds to the row as long as it is within the limit.
func (c *csvRows) keep(data []byte) {
	if len(c.buf) <= maxItem {
		c.buf = append(c.buf, data...)
	}
}

func (c *csvRows) row(line int) item {
	if len(c.buf) > maxItem {
		return item{line: line, fault: overLimit(maxItem)}
	}
	return item{line: line, data: c.buf}
}

// splitCSV splits a row into its cells.
func splitCSV(data []byte) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	cells, err := r.Read()
	if err != nil {
		return nil, err
	}
	if _, err := r.Read(); !errors.Is(err, io.EOF) {
		return nil, csv.ErrQuote
	}
	return cells, nil
}

// splitTSV splits a line at its tabs. Quotes mean nothing.
func splitTSV(data []byte) ([]string, error) { return strings.Split(string(data), "\t"), nil }

// table reads the rows of a file under the names in its first line.
type table struct {
	file    *file
	rows    items
	split   func([]byte) ([]string, error)
	columns map[string]int
}

// openTable starts a pass over a table.
func openTable(f *file, cut func(*bufio.Reader) items, split func([]byte) ([]string, error)) (*table, error) {
	r, err := f.open()
	if err != nil {
		return nil, err
	}
	t := &table{file: f, rows: cut(r), split: split, columns: map[string]int{}}
	head, err := t.rows.next()
	if errors.Is(err, io.EOF) {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := split(head.data)
	if err != nil {
		return t, nil // a table without columns is none of the known ones
	}
	for i, name := range names {
		t.columns[name] = i
	}
	return t, nil
}

// has reports whether the table has all of the columns.
func (t *table) has(names ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { _, ok := t.columns[n]; return !ok })
}

// row is a row of a table.
type row struct {
	table *table
	line  int
	cells []string
	// fault, when not empty, says why there are no cells.
	fault string
}

// cell is the content of the named column.
func (r row) cell(name string) string { return r.cells[r.table.columns[name]] }

// next returns the next row that is not blank; io.EOF ends the table.
func (t *table) next() (row, error) {
	for {
		it, err := t.rows.next()
		if err != nil {
			return row{}, err
		}
		if it.fault == "" && len(it.data) == 0 {
			continue
		}
		r := row{table: t, line: it.line, fault: it.fault}
		if r.fault == "" {
			r.cells, r.fault = t.cells(it.data)
		}
		return r, nil
	}
}

func (t *table) cells(data []byte) ([]string, string) {
	if !utf8.Valid(data) {
		return nil, "is not valid UTF-8"
	}
	cells, err := t.split(data)
	switch {
	case err != nil:
		return nil, "is not CSV: a quote is out of place"
	case len(cells) != len(t.columns):
		return nil, fmt.Sprintf("has not the %d cells that the first line names", len(t.columns))
	}
	return cells, ""
}

// each calls visit for every row.
func (t *table) each(visit func(row) error) error {
	for {
		r, err := t.next()
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
