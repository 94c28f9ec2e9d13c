package file

import "bytes"

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
