package file

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage/incoming"
)

// array cuts a file that is one JSON list into its items. array only finds the end of an
// item; strictjson decides whether the item is JSON. An item that is not JSON ends at the
// latest where another item begins, see opening.
type array struct {
	w      *Window
	limit  int
	number int // of the item
	inside bool
	ended  bool // no item follows
	// first is the name with which most items begin: `"title"`.
	first []byte
}

// NewArray cuts a JSON list into its items, of at most MaxItem bytes.
func NewArray(r *bufio.Reader) Items { return newArrayOf(r, MaxItem) }

func newArrayOf(r io.Reader, limit int) *array { return &array{w: NewWindow(r), limit: limit} }

const spaces = " \t\r\n"

// end is the end of the text, in place of a byte.
const end = -1

// Next returns the next item. An item with a fault ends a list that is broken.
func (a *array) Next() (Item, error) {
	for !a.ended {
		c, err := a.skip()
		switch {
		case err != nil:
			return Item{}, err
		case c == end && a.w.Cut() && a.inside:
			a.ended = true // the file is reported as damaged
		case c == end && a.inside:
			a.number++
			return a.last("breaks off: the file ends inside the list")
		case c == end:
			return a.last("is empty, not a JSON list")
		case !a.inside && c != '[':
			return a.last("is not a JSON list: it does not begin with [")
		case !a.inside:
			a.inside = true
			if err := a.learn(); err != nil {
				return Item{}, err
			}
			a.w.Take(1)
		case c == ']':
			return a.close()
		default:
			a.number++
			return a.item()
		}
	}
	return Item{}, io.EOF
}

// learn finds the name with which most items begin, in the first part of the list.
func (a *array) learn() error {
	for len(a.w.Bytes()) < readBuffer && !a.w.Ended() {
		if err := a.w.More(); err != nil {
			return err
		}
	}
	counts, data := map[string]int{}, a.w.Bytes()
	for at := opening(data, nil); at >= 0; {
		name := string(firstName(data[at:]))
		if counts[name]++; name != "" && counts[name] > counts[string(a.first)] {
			a.first = []byte(name)
		}
		data = data[at+1:]
		at = opening(data, nil)
	}
	return nil
}

func (a *array) at() incoming.Position {
	p := a.w.Position()
	p.Item = a.number
	return p
}

// last is the item that ends a broken list.
func (a *array) last(fault string) (Item, error) {
	a.ended = true
	return Item{Position: a.at(), Fault: fault}, nil
}

// skip takes white space and returns the first byte that is none, or end.
func (a *array) skip() (int, error) {
	for {
		data := a.w.Bytes()
		rest := bytes.TrimLeft(data, spaces)
		a.w.Take(len(data) - len(rest))
		if len(rest) > 0 {
			return int(rest[0]), nil
		}
		if a.w.Ended() {
			return end, nil
		}
		if err := a.w.More(); err != nil {
			return 0, err
		}
	}
}

// close takes the closing bracket. When something follows, it is refused up to the item
// that begins in it.
func (a *array) close() (Item, error) {
	a.w.Take(1)
	c, err := a.skip()
	if err != nil {
		return Item{}, err
	}
	if c == end {
		a.ended = true
		return Item{}, io.EOF
	}
	a.number++
	it := Item{Position: a.at(), Fault: "is not part of the list: it follows the end of the list"}
	return it, a.discard(nil)
}

// discard takes text to the end of the item, or to the next opening. Without an item it
// takes everything up to the next opening.
func (a *array) discard(item *nesting) error {
	for {
		data := a.w.Bytes()
		if at := opening(data, a.first); at >= 0 {
			a.w.Take(at)
			return nil
		}
		if item != nil {
			if to := item.end(data); to >= 0 {
				a.w.Take(to)
				a.comma()
				return nil
			}
		}
		if a.w.Ended() {
			a.w.Take(len(data))
			a.ended = item == nil
			return nil
		}
		a.w.Take(len(data))
		if err := a.w.More(); err != nil {
			return err
		}
	}
}

// comma takes a comma if there is one.
func (a *array) comma() {
	if bytes.HasPrefix(a.w.Bytes(), []byte(",")) {
		a.w.Take(1)
	}
}

// item takes the item at the beginning of the window and the comma after it, but not the
// closing bracket of the list.
func (a *array) item() (Item, error) {
	it := Item{Position: a.at()}
	var state nesting
	to, read := -1, 0
	for to < 0 && read <= a.limit && (read < len(a.w.Bytes()) || !a.w.Ended()) {
		if read == len(a.w.Bytes()) {
			if err := a.w.More(); err != nil {
				return Item{}, err
			}
		}
		chunk := a.w.Bytes()[read:]
		if to = state.end(chunk); to >= 0 {
			to += read
		}
		read += len(chunk)
	}
	data := a.w.Bytes()
	if to >= 0 {
		data = data[:to]
	}
	at := a.next(data)
	if at >= 0 && (to < 0 || !valid(data)) {
		it.Data = bytes.TrimRight(data[:at+1], spaces+",")
		a.w.Take(at + 1)
		return a.bounded(it), nil
	}
	switch {
	case to >= 0:
		it.Data = bytes.TrimRight(data, spaces)
		a.w.Take(to)
		a.comma()
		return a.bounded(it), nil
	case a.w.Ended() && a.w.Cut():
		it.Fault, a.ended = BreaksOff, true
		return it, nil
	case a.w.Ended():
		it.Fault, a.ended = "breaks off: the file ends inside an item", true
		return it, nil
	}
	it.Fault = OverLimit(a.limit)
	a.w.Take(len(data))
	return it, a.discard(&state)
}

// next returns the index before the next opening in an item, -1 when there is none. An
// item that begins as the others do can only have an opening like its own.
func (a *array) next(data []byte) int {
	if len(data) == 0 {
		return -1
	}
	at := opening(data[1:], a.first)
	if at < 0 && !bytes.Equal(firstName(data), a.first) {
		at = opening(data[1:], nil)
	}
	return at
}

// bounded refuses an item above the limit.
func (a *array) bounded(it Item) Item {
	if len(it.Data) > a.limit {
		return Item{Position: it.Position, Fault: OverLimit(a.limit)}
	}
	return it
}

// valid reports whether data is one JSON value. Invalid texts are no matter of where items
// begin.
func valid(data []byte) bool {
	return jsontext.Value(data).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// firstName returns the name of the first member of an object, with its quotes. A text
// without a colon after it is not a name.
func firstName(data []byte) []byte {
	rest, ok := bytes.CutPrefix(data, []byte("{"))
	rest = bytes.TrimLeft(rest, spaces)
	if !ok || !bytes.HasPrefix(rest, []byte(`"`)) {
		return nil
	}
	n := bytes.IndexAny(rest[1:min(len(rest), 100)], "\"\\\n")
	if n <= 0 || rest[1+n] != '"' || !bytes.HasPrefix(bytes.TrimLeft(rest[n+2:], spaces), []byte(":")) {
		return nil
	}
	return rest[:n+2]
}

// opening returns the index of the first object in data that begins as an item does: with
// a member of the name first, after a comma, a bracket or another object. Without a name
// it begins with any member, after a comma or a bracket. It returns -1 when there is none.
// Inside a text the quotes of a name would be escaped.
func opening(data, first []byte) int {
	quote, leads := first, ",[}"
	if len(first) == 0 {
		quote, leads = []byte(`"`), ",["
	}
	for from := 0; ; {
		at := bytes.Index(data[from:], quote)
		if at < 0 {
			return -1
		}
		at += from
		from = at + len(quote)
		before, brace := bytes.CutSuffix(bytes.TrimRight(data[:at], spaces), []byte("{"))
		if !brace || len(first) > 0 && !bytes.HasPrefix(bytes.TrimLeft(data[from:], spaces), []byte(":")) {
			continue
		}
		lead := bytes.TrimRight(before, spaces)
		if len(lead) == 0 && len(first) > 0 || len(lead) > 0 && strings.IndexByte(leads, lead[len(lead)-1]) >= 0 {
			return len(before)
		}
	}
}
