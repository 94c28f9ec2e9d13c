package table

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"marquee/storage/dataset/file"
)

// tsvRows reads rows whose cells are separated by tabs. Quotes are text, and a cell cannot
// hold a tab or a line end.
type tsvRows struct {
	lines file.Items
	width int
}

func newTSV(r io.Reader) rowReader { return &tsvRows{lines: file.NewLines(bufio.NewReader(r))} }

// String names the separator.
func (t *tsvRows) String() string { return "tabs" }

// String names the separator.
func (c *csvRows) String() string { return "commas" }

// next returns the next row that is not blank.
func (t *tsvRows) next() (Row, error) {
	it, err := t.lines.Next()
	for err == nil && it.Fault == "" && len(it.Data) == 0 {
		it, err = t.lines.Next()
	}
	r := Row{Position: it.Position, Fault: it.Fault}
	switch n := bytes.Count(it.Data, []byte("\t")) + 1; {
	case err != nil || r.Fault != "":
	case !utf8.Valid(it.Data):
		r.Fault = file.NotUTF8
	case t.width > 0 && n != t.width:
		r.Fault = wrongCount(t.width)
	default:
		r.Cells = strings.Split(string(it.Data), "\t")
		t.width = n
	}
	return r, err
}
