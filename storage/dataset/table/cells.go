package table

import "bytes"

// cells are the cells of a row of CSV, one after the other.
type cells struct {
	text []byte
	ends []int
	// marks says that a cell without quotes around it has a quote.
	marks bool
}

// outcome is the outcome of parsing a row.
type outcome int

const (
	// whole is a row with its end.
	whole outcome = iota
	// incomplete is a row that goes on after the text.
	incomplete
	// broken is a row with a quote out of place.
	broken
)

func (c *cells) count() int { return len(c.ends) }

// blank reports whether the row is an empty line.
func (c *cells) blank() bool { return len(c.ends) == 1 && c.ends[0] == 0 }

// texts returns the cells. They share one string.
func (c *cells) texts() []string {
	all, list, from := string(c.text), make([]string, len(c.ends)), 0
	for i, end := range c.ends {
		list[i] = all[from:end]
		from = end
	}
	return list
}

// parse reads the row at the beginning of data and returns the index after its end. ended
// says that the text ends with data. When lenient, a quote in a quoted cell that ends no
// cell is text, and there may be spaces around a quoted cell.
func (c *cells) parse(data []byte, ended, lenient bool) (int, outcome) {
	c.text, c.ends, c.marks = c.text[:0], c.ends[:0], false
	for i := 0; ; i++ {
		open := i
		for lenient && open < len(data) && data[open] == ' ' {
			open++
		}
		var how outcome
		if open < len(data) && data[open] == '"' {
			i, how = c.quoted(data, open+1, ended, lenient)
		} else {
			i, how = c.plain(data, i, ended)
		}
		if how != whole {
			return i, how
		}
		c.ends = append(c.ends, len(c.text))
		switch {
		case i == len(data):
			return i, whole
		case data[i] == '\n':
			return i + 1, whole
		case data[i] == '\r':
			return min(i+2, len(data)), whole // CRLF
		}
	}
}

// plain reads a cell without quotes that begins at i. It returns the index of the
// separator, of the line end, or of the end of the data.
func (c *cells) plain(data []byte, i int, ended bool) (int, outcome) {
	end := i
	for end < len(data) && data[end] != ',' && data[end] != '\n' {
		c.marks = c.marks || data[end] == '"'
		end++
	}
	if end == len(data) && !ended {
		return end, incomplete
	}
	text := data[i:end]
	if end == len(data) || data[end] == '\n' {
		text = bytes.TrimSuffix(text, []byte("\r"))
	}
	c.text = append(c.text, text...)
	return end, whole
}

// quoted reads a cell after its opening quote, and returns as plain does.
func (c *cells) quoted(data []byte, i int, ended, lenient bool) (int, outcome) {
	for {
		at := bytes.IndexByte(data[i:], '"')
		if at < 0 {
			return len(data), incomplete
		}
		c.text = append(c.text, data[i:i+at]...)
		i += at + 1
		if i < len(data) && data[i] == '"' {
			c.text = append(c.text, '"')
			i++
			continue
		}
		end := i
		for lenient && end < len(data) && data[end] == ' ' {
			end++
		}
		switch closes := cellEnds(data[end:], ended); {
		case closes == incomplete:
			return end, incomplete
		case closes == whole:
			return end, whole
		case !lenient:
			return end, broken
		}
		c.text = append(c.text, '"')
	}
}

// cellEnds reports whether a cell ends at the beginning of data: at a separator, a line
// end or the end of the text.
func cellEnds(data []byte, ended bool) outcome {
	switch {
	case len(data) == 0 && !ended, len(data) == 1 && data[0] == '\r' && !ended:
		return incomplete
	case len(data) == 0, data[0] == ',', data[0] == '\n':
		return whole
	case data[0] == '\r' && (len(data) == 1 || data[1] == '\n'):
		return whole
	}
	return broken
}
