package dataset

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"marquee/storage"
	"marquee/storage/strictjson"
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
	case err == io.EOF && a.inside:
		return a.last("breaks off: the file ends inside of the list")
	case err == io.EOF:
		return a.last("is empty, not a JSON list")
	case err != nil:
		return item{}, err
	case !a.inside && c != '[':
		return a.last("is not a JSON list: it does not begin with [")
	case !a.inside:
		a.inside = true
		if c, err = a.skip(); err == io.EOF {
			return a.last("breaks off: the file ends inside of the list")
		} else if err != nil {
			return item{}, err
		}
	}
	if c == ']' {
		return a.end()
	}
	return a.item(c)
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

// item reads the item that begins with c and the comma behind it.
func (a *array) item(c byte) (item, error) {
	start := a.line
	a.buf = a.buf[:0]
	var state nesting
	for tooLong := false; ; {
		if state.atTop() && (c == ',' || c == ']') {
			if c == ']' {
				_ = a.r.UnreadByte() // it was just read
			}
			if tooLong {
				return item{line: start, fault: overLimit(a.limit)}, nil
			}
			return item{line: start, data: bytes.TrimRight(a.buf, spaces)}, nil
		}
		state.step(c)
		if tooLong = tooLong || len(a.buf) == a.limit; !tooLong {
			a.buf = append(a.buf, c)
		}
		var err error
		if c, err = a.r.ReadByte(); err == io.EOF {
			a.line = start
			return a.last("breaks off: the file ends inside of it")
		} else if err != nil {
			return item{}, err
		}
		if c == '\n' {
			a.line++
		}
	}
}

// nesting follows how deep a position in JSON text is, and whether it is
// inside of a text.
type nesting struct {
	depth           int
	quoted, escaped bool
}

func (n *nesting) atTop() bool { return n.depth <= 0 && !n.quoted }

func (n *nesting) step(c byte) {
	switch {
	case n.escaped:
		n.escaped = false
	case n.quoted && c == '\\':
		n.escaped = true
	case c == '"':
		n.quoted = !n.quoted
	case n.quoted:
	case c == '{' || c == '[':
		n.depth++
	case c == '}' || c == ']':
		n.depth--
	}
}

// object is a JSON object of a foreign file, read leniently: a member of
// another type than asked for counts as absent.
type object map[string]any

// parseObject reads an item that is to be a JSON object.
func parseObject(it item) (object, string) {
	if it.fault != "" {
		return nil, it.fault
	}
	v, fault := strictjson.Parse(it.data)
	if fault != nil {
		return nil, fault.Reason
	}
	members, ok := v.(storage.Members)
	if !ok {
		return nil, "is not a JSON object"
	}
	return toObject(members), ""
}

func toObject(members storage.Members) object {
	o := make(object, len(members))
	for _, m := range members {
		o[m.Name] = m.Value
	}
	return o
}

func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

func (o object) object(name string) object {
	members, _ := o[name].(storage.Members)
	return toObject(members)
}

func (o object) objects(name string) []object {
	list, _ := o[name].([]any)
	return toObjects(list)
}

func toObjects(list []any) []object {
	var out []object
	for _, v := range list {
		if members, ok := v.(storage.Members); ok {
			out = append(out, toObject(members))
		}
	}
	return out
}

func (o object) texts(name string) []string {
	list, _ := o[name].([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
