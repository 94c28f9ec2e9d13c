package table

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"marquee/storage/dataset/file"
	"marquee/storage/incoming"
)

// csvRows cuts a CSV file into rows, which may hold line breaks in quotes.
type csvRows struct {
	lines file.Items
	buf   []byte
}

func newCSV(r *bufio.Reader) file.Items { return &csvRows{lines: file.NewLines(r)} }

// Next returns the lines up to the first one that ends with no quote open. A line
// above the limit ends its row, because its quotes are not known.
func (c *csvRows) Next() (file.Item, error) {
	first, quoted := 0, false
	c.buf = c.buf[:0]
	for {
		it, err := c.lines.Next()
		switch {
		case errors.Is(err, io.EOF) && first > 0:
			return file.Item{Position: incoming.Position{Line: first}, Fault: "breaks off: a quote is not closed"}, nil
		case err != nil:
			return file.Item{}, err
		case it.Fault != "":
			return file.Item{Position: incoming.Position{Line: cmp.Or(first, it.Line)}, Fault: it.Fault}, nil
		case first > 0:
			c.keep([]byte("\n"))
		}
		first = cmp.Or(first, it.Line)
		c.keep(it.Data)
		if bytes.Count(it.Data, []byte(`"`))%2 == 1 {
			quoted = !quoted
		}
		if !quoted {
			return c.row(first), nil
		}
	}
}

// keep appends to the row while the row is within the limit.
func (c *csvRows) keep(data []byte) {
	if len(c.buf) <= file.MaxItem {
		c.buf = append(c.buf, data...)
	}
}

func (c *csvRows) row(line int) file.Item {
	if len(c.buf) > file.MaxItem {
		return file.Item{Position: incoming.Position{Line: line}, Fault: file.OverLimit(file.MaxItem)}
	}
	return file.Item{Position: incoming.Position{Line: line}, Data: c.buf}
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
