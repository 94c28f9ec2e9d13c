package table

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"marquee/storage/dataset/file"
)

// csvRows reads the rows of a CSV file by RFC 4180: a cell that begins with a quote may
// hold separators, line breaks and doubled quotes; in all other cells quotes are text.
// Damage stays in its row, see damaged.
type csvRows struct {
	w *file.Window
	// width is the number of cells of a row, 0 until the first row is read.
	width int
	cells cells
}

func newCSV(r io.Reader) rowReader { return &csvRows{w: file.NewWindow(r)} }

// next returns the next row that is not blank.
func (c *csvRows) next() (Row, error) {
	for {
		end, how := c.cells.parse(c.w.Bytes(), c.w.Ended(), false)
		switch {
		case how == incomplete && !c.w.Ended() && len(c.w.Bytes()) <= file.MaxItem:
			if err := c.w.More(); err != nil {
				return Row{}, err
			}
		case how == whole && end == 0:
			return Row{}, io.EOF
		case how == whole && c.cells.blank():
			c.w.Take(end)
		case how == whole && c.fits() && end <= file.MaxItem:
			return c.row(end), nil
		default:
			return c.damaged(end, how)
		}
	}
}

// fits reports whether the cells just parsed are a row.
func (c *csvRows) fits() bool { return c.width == 0 || c.cells.count() == c.width }

// row takes the row just parsed, which ends at end.
func (c *csvRows) row(end int) Row {
	r := Row{Position: c.w.Position()}
	data := c.w.Bytes()[:end]
	switch {
	case c.w.Cut() && end == len(c.w.Bytes()) && data[end-1] != '\n':
		r.Fault = file.BreaksOff
	case !utf8.Valid(data):
		r.Fault = file.NotUTF8
	default:
		r.Cells = c.cells.texts()
		c.width = len(r.Cells)
	}
	c.w.Take(end)
	return r
}

// maxDamaged bounds the lines of a damaged row.
const maxDamaged = 100

// damaged takes a row that is not CSV, or has another number of cells. It reads the row
// leniently if that gives the right number of cells. Otherwise it refuses the row, which
// ends at the first line after which a row follows, or where it ends by the rules.
func (c *csvRows) damaged(strictEnd int, how outcome) (Row, error) {
	at := c.w.Position()
	reason := c.reason(strictEnd, how)
	end, lines := 0, 0
	for lines < maxDamaged {
		next, err := c.w.To('\n', end, end+file.MaxItem)
		switch {
		case err != nil:
			return Row{}, err
		case next < 0 && !c.w.Ended():
			return c.tooLong(end, lines)
		case next < 0:
			next = len(c.w.Bytes())
		}
		if lines == 0 && c.splitAtReturn(next) {
			return c.next()
		}
		end, lines = next, lines+1
		if to, how := c.cells.parse(c.w.Bytes()[:end], true, true); how == whole && to == end && end <= file.MaxItem && c.width > 0 && c.fits() {
			r := c.row(end)
			r.Repair = "read a quote that is not doubled as text"
			return r, nil
		}
		follows, err := c.follows(end)
		if err != nil {
			return Row{}, err
		}
		// A row of several lines that has too many cells may have a last line that looks
		// like a row, but for its quote.
		follows = follows && (how != whole || !c.cells.marks)
		if follows || how == whole && end == strictEnd || end > file.MaxItem || end == len(c.w.Bytes()) {
			break
		}
	}
	if lines > 1 {
		reason += fmt.Sprintf(": lines %d to %d", at.Line, at.Line+lines-1)
	}
	c.w.Take(end)
	return Row{Position: at, Fault: reason}, nil
}

// reason returns why the text up to end is not a row.
func (c *csvRows) reason(end int, how outcome) string {
	switch {
	case how == whole && end > file.MaxItem:
		return file.OverLimit(file.MaxItem)
	case how == whole:
		return wrongCount(c.width)
	case how == incomplete:
		return "breaks off: a quote is not closed"
	}
	return "is not CSV: a quote is out of place"
}

// tooLong refuses a line above the limit, or the lines of a damaged row before it.
func (c *csvRows) tooLong(end, lines int) (Row, error) {
	r := Row{Position: c.w.Position(), Fault: "is not CSV: a quote is out of place"}
	if lines > 0 {
		c.w.Take(end)
		return r, nil
	}
	r.Fault = file.OverLimit(file.MaxItem)
	return r, c.w.SkipLine()
}

// follows reports whether a row begins at index at.
func (c *csvRows) follows(at int) (bool, error) {
	for {
		data := c.w.Bytes()[at:]
		end, how := c.cells.parse(data, c.w.Ended(), false)
		if how == incomplete && !c.w.Ended() && len(data) <= file.MaxItem {
			if err := c.w.More(); err != nil {
				return false, err
			}
			continue
		}
		if how == whole && end > 0 && c.cells.blank() {
			at += end
			continue
		}
		return how == whole && end > 0 && c.fits(), nil
	}
}

// splitAtReturn ends rows of the first line, which ends at end, at each CR if the text up
// to the first CR is a row. It reports whether it did.
func (c *csvRows) splitAtReturn(end int) bool {
	line := bytes.TrimRight(c.w.Bytes()[:end], "\r\n")
	at := bytes.IndexByte(line, '\r')
	if at < 0 {
		return false
	}
	if _, how := c.cells.parse(line[:at], true, false); how != whole || !c.fits() {
		return false
	}
	for i := range line {
		if line[i] == '\r' {
			line[i] = '\n'
		}
	}
	return true
}
