package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// array cuts a file that is one JSON list into its items without reading more
// than one of them into memory. It only finds where an item ends: whether the
// item is JSON is for strictjson to say.
type array struct {
	r      *bufio.Reader
	limit  int
	line   int
	buf    []byte
	inside bool // behind the opening bracket
	ended  bool // nothing more is to be read
}

func newArray(r *bufio.Reader) items { return &array{r: r, limit: maxItem, line: 1} }

const spaces = " \t\r\n"

// next returns the next item, or once, as the last, what is wrong with the list.
func (a *array) next() (item, error) {
	if a.ended {
		return item{}, io.EOF
	}
	c, err := a.skip()
	switch {
	case errors.Is(err, io.EOF) && a.inside:
		return a.last("breaks off: the file ends inside of the list")
	case errors.Is(err, io.EOF):
		return a.last("is empty, not a JSON list")
	case err != nil:
		return item{}, err
	case !a.inside && c != '[':
		return a.last("is not a JSON list: it does not begin with [")
	case !a.inside:
		a.inside = true
		return a.next()
	}
	if c == ']' {
		return a.end()
	}
	return a.item()
}

// last is the item that ends a broken list.
func (a *array) last(fault string) (item, error) {
	a.ended = true
	return item{line: a.line, fault: fault}, nil
}

// end looks behind the closing bracket, where nothing may be.
func (a *array) end() (item, error) {
	_, err := a.skip()
	if err == nil {
		return a.last("is not part of the list: it stands behind its end")
	}
	a.ended = true
	return item{}, err
}

// skip reads past white space and returns the first byte that is none.
func (a *array) skip() (byte, error) {
	for {
		c, err := a.r.ReadByte()
		if err != nil {
			return 0, err
		}
		if c == '\n' {
			a.line++
		}
		if strings.IndexByte(spaces, c) < 0 {
			return c, nil
		}
	}
}

// item reads the item that begins with the byte just read, up to the comma or
// bracket behind it, and the comma.
func (a *array) item() (item, error) {
	start := a.line
	a.buf = a.buf[:0]
	_ = a.r.UnreadByte() // it was just read
	var state nesting
	for tooLong := false; ; {
		if _, err := a.r.Peek(1); errors.Is(err, io.EOF) {
			a.line = start
			return a.last("breaks off: the file ends inside of it")
		} else if err != nil {
			return item{}, err
		}
		chunk, _ := a.r.Peek(a.r.Buffered())
		end := state.end(chunk)
		part := chunk[:max(end, 0)]
		if end < 0 {
			part = chunk
		}
		a.line += bytes.Count(part, []byte("\n"))
		if tooLong = tooLong || len(a.buf)+len(part) > a.limit; !tooLong {
			a.buf = append(a.buf, part...)
		}
		ended := end >= 0
		comma := ended && chunk[end] == ','
		_, _ = a.r.Discard(len(part)) // it was peeked
		if comma {
			_, _ = a.r.Discard(1)
		}
		switch {
		case ended && tooLong:
			return item{line: start, fault: overLimit(a.limit)}, nil
		case ended:
			return item{line: start, data: bytes.TrimRight(a.buf, spaces)}, nil
		}
	}
}

// nesting follows how deep a position in JSON text is, and whether it is
// inside of a text.
type nesting struct {
	depth           int
	quoted, escaped bool
}

// end steps through a chunk of an item and returns where in it the item ends,
// at a comma or closing bracket that is not its own; -1 when it goes on.
func (n *nesting) end(chunk []byte) int {
	for i := 0; i < len(chunk); i++ {
		switch c := chunk[i]; {
		case n.escaped:
			n.escaped = false
		case n.quoted:
			i += n.inText(chunk[i:])
		case n.depth <= 0 && (c == ',' || c == ']'):
			return i
		case c == '"':
			n.quoted = true
		case c == '{' || c == '[':
			n.depth++
		case c == '}' || c == ']':
			n.depth--
		}
	}
	return -1
}

// inText steps to the end of a text or to a backslash in it, and returns how
// far that is.
func (n *nesting) inText(chunk []byte) int {
	to := bytes.IndexByte(chunk, '"')
	if to < 0 {
		to = len(chunk)
	}
	if at := bytes.IndexByte(chunk[:to], '\\'); at >= 0 {
		n.escaped = true
		return at
	}
	n.quoted = to == len(chunk)
	return to
}
