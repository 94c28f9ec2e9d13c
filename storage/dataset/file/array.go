package file

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"marquee/storage/incoming"
)

// array cuts a file that is one JSON list into its items. Only one item is in memory
// at a time. array only finds the end of an item; strictjson decides whether the item
// is JSON.
type array struct {
	r      *bufio.Reader
	limit  int
	line   int
	number int // of the item
	buf    []byte
	inside bool // after the opening bracket
	ended  bool // no item follows
}

// NewArray cuts a JSON list into its items, of at most MaxItem bytes.
func NewArray(r *bufio.Reader) Items { return &array{r: r, limit: MaxItem, line: 1} }

const spaces = " \t\r\n"

// Next returns the next item. An item with a fault ends a list that is broken.
func (a *array) Next() (Item, error) {
	if a.ended {
		return Item{}, io.EOF
	}
	c, err := a.skip()
	switch {
	case errors.Is(err, io.EOF) && a.inside:
		return a.last("breaks off: the file ends inside the list")
	case errors.Is(err, io.EOF):
		return a.last("is empty, not a JSON list")
	case err != nil:
		return Item{}, err
	case !a.inside && c != '[':
		return a.last("is not a JSON list: it does not begin with [")
	case !a.inside:
		a.inside = true
		return a.Next()
	}
	if c == ']' {
		return a.end()
	}
	return a.item()
}

// last is the item that ends a broken list.
func (a *array) last(fault string) (Item, error) {
	a.ended = true
	return Item{Position: a.at(a.line), Fault: fault}, nil
}

func (a *array) at(line int) incoming.Position { return incoming.Position{Line: line, Item: a.number} }

// end checks that nothing follows the closing bracket.
func (a *array) end() (Item, error) {
	_, err := a.skip()
	if err == nil {
		return a.last("is not part of the list: it follows the end of the list")
	}
	a.ended = true
	return Item{}, err
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

// item reads the item that begins with the byte just read, up to the closing bracket
// of the list or the comma that follows. It consumes the comma, not the bracket.
func (a *array) item() (Item, error) {
	start := a.line
	a.number++
	a.buf = a.buf[:0]
	_ = a.r.UnreadByte() // it was just read
	var state nesting
	for tooLong := false; ; {
		if _, err := a.r.Peek(1); errors.Is(err, io.EOF) {
			a.line = start
			return a.last("breaks off: the file ends inside an item")
		} else if err != nil {
			return Item{}, err
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
			return Item{Position: a.at(start), Fault: OverLimit(a.limit)}, nil
		case ended:
			return Item{Position: a.at(start), Data: bytes.TrimRight(a.buf, spaces)}, nil
		}
	}
}

// nesting tracks the depth of a position in JSON, and whether it is inside a text.
type nesting struct {
	depth           int
	quoted, escaped bool
}

// end steps through a chunk of an item and returns the index at which the item ends:
// at a comma or closing bracket of the list. It returns -1 when the item goes on.
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

// inText steps to the end of a text or to the next backslash in it, and returns the
// number of bytes stepped over.
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
