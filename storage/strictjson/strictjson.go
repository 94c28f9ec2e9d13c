// Package strictjson parses JSON from outside: request bodies, and the lines and items of
// imported files. It is strict where encoding/json is lenient. It preserves the order of
// members, duplicates and the text of numbers, which a schema check needs.
//
// It returns the values and faults of package storage, which all its callers use.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage"
)

// MaxDepth is the maximum depth of nested arrays and objects. The deepest value of the
// catalogue, an audio track of a stream in a request, has depth 7.
const MaxDepth = 32

// maxPointer bounds in bytes the pointer of a fault, because a member name from outside
// may have a mebibyte.
const maxPointer = 512

// Parse parses one JSON value (RFC 8259) strictly: valid UTF-8, no lone surrogates, only
// white space after the value, depth at most MaxDepth. Objects become storage.Members in
// the order of the source with duplicates, arrays []any, numbers json.Number, other values
// string, bool and nil. Reason of the fault has the line and the byte; Pointer has the
// place in the value when it is known. Memory is bounded by a multiple of len(data).
func Parse(data []byte) (any, *storage.Fault) {
	v, faults := ParseAll(data)
	if len(faults) > 0 {
		return nil, &faults[0]
	}
	return v, nil
}

// ParseAll is Parse that returns all faults. An invalid text does not end the parsing: its
// invalid parts become U+FFFD in the value. The value is nil after any other fault, or
// when it is null.
func ParseAll(data []byte) (any, []storage.Fault) {
	if bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")) {
		return nil, []storage.Fault{{Reason: "is not JSON: it begins with a byte order mark, which must be left out"}}
	}
	p := parser{data: data, dec: jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	v, err := p.value()
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return nil, append(p.faults, p.fault(err, p.dec.InputOffset()))
	}
	return v, p.faults
}

type parser struct {
	data   []byte
	dec    *jsontext.Decoder
	faults []storage.Fault // faults of texts
}

// errDepth and errTrailing are the faults that the decoder does not find.
var (
	errDepth    = fmt.Errorf("it is nested deeper than %d levels", MaxDepth)
	errTrailing = errors.New("something follows the value")
)

func (p *parser) value() (any, error) {
	if p.dec.PeekKind() == '"' {
		return p.text()
	}
	token, err := p.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '0':
		return json.Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil
}

// text reads a text or a name, and adds a fault when it is invalid.
func (p *parser) text() (string, error) {
	raw, err := p.dec.ReadValue()
	if err != nil {
		return "", err
	}
	start := p.dec.InputOffset() - int64(len(raw))
	text, err := jsontext.AppendUnquote(nil, raw)
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		err = syntactic.Err // its offset is relative to raw
	}
	if err != nil && len(p.faults) < storage.MaxFaults {
		p.faults = append(p.faults, p.fault(err, start))
	}
	return string(text), nil
}

func (p *parser) object() (any, error) {
	if p.dec.StackDepth() > MaxDepth {
		return nil, errDepth
	}
	members := storage.Members{}
	for p.dec.PeekKind() != '}' {
		if p.dec.PeekKind() != '"' {
			_, err := p.dec.ReadToken() // returns the fault
			return nil, err
		}
		name, err := p.text()
		if err != nil {
			return nil, err
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		members = append(members, storage.Member{Name: name, Value: v})
	}
	_, err := p.dec.ReadToken()
	return members, err
}

func (p *parser) array() (any, error) {
	if p.dec.StackDepth() > MaxDepth {
		return nil, errDepth
	}
	items := []any{}
	for p.dec.PeekKind() != ']' {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	_, err := p.dec.ReadToken()
	return items, err
}

// end checks that nothing follows the value.
func (p *parser) end() error {
	_, err := p.dec.ReadToken()
	switch {
	case err == nil:
		return errTrailing
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}

// fault returns the decoder's error as a fault. at is the offset of an error without one.
func (p *parser) fault(err error, at int64) storage.Fault {
	pointer, what := string(p.dec.StackPointer()), err.Error()
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at, pointer = syntactic.ByteOffset, string(syntactic.JSONPointer)
		err, what = syntactic.Err, syntactic.Err.Error()
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		at, what = int64(len(p.data)), "it ends too early"
		if len(bytes.TrimSpace(p.data)) == 0 {
			what = "it is empty"
		}
	}
	if len(pointer) > maxPointer {
		pointer = ""
	}
	return storage.Fault{Pointer: pointer, Reason: fmt.Sprintf("is not JSON: %s (%s)", what, p.place(at))}
}

// place returns an offset as line and byte, both from 1 as in editors.
func (p *parser) place(offset int64) string {
	offset = min(max(offset, 0), int64(len(p.data)))
	before := p.data[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Sprintf("line %d, byte %d of it", line, int(offset)-bytes.LastIndexByte(before, '\n'))
}
