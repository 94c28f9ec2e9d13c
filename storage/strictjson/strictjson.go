// Package strictjson reads JSON from outside: request bodies and the lines and
// items of imported files. It is strict where encoding/json is lenient, and it
// keeps what a schema check has to see: the order of members, duplicates, and
// numbers as they were written.
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

// MaxDepth is how deep arrays and objects may be nested. The catalogue's
// deepest value, an audio track of a stream in a request, needs 7.
const MaxDepth = 32

// maxPointer bounds in bytes the pointer of a fault: member names come from
// outside, and one of a mebibyte must not fill the error message.
const maxPointer = 512

// maxFaults bounds the faults that are told of one value.
const maxFaults = 100

// Parse reads one JSON value (RFC 8259) strictly: valid UTF-8, no lone
// surrogates, nothing but white space behind it, nesting at most MaxDepth.
// Objects become storage.Members in source order with duplicates kept, arrays
// []any, numbers json.Number; the rest string, bool and nil. The fault says
// what is wrong and where: line and byte in Reason, the place in the value in
// Pointer when it is known. Memory is bounded by a multiple of len(data).
func Parse(data []byte) (any, *storage.Fault) {
	v, faults := ParseAll(data)
	if len(faults) > 0 {
		return nil, &faults[0]
	}
	return v, nil
}

// ParseAll is Parse for those who tell every fault at once. A text that is not
// valid does not end the reading: its invalid parts are U+FFFD in the value, which
// is nil only where something else is wrong (or it is null).
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
	faults []storage.Fault // of texts
}

// errDepth and errTrailing are the faults that the decoder itself does not see.
var (
	errDepth    = fmt.Errorf("it is nested deeper than %d levels", MaxDepth)
	errTrailing = errors.New("something follows behind the value")
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

// text reads a text or a name, and notes what is invalid in it.
func (p *parser) text() (string, error) {
	raw, err := p.dec.ReadValue()
	if err != nil {
		return "", err
	}
	start := p.dec.InputOffset() - int64(len(raw))
	text, err := jsontext.AppendUnquote(nil, raw)
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		err = syntactic.Err // its place is one in raw
	}
	if err != nil && len(p.faults) < maxFaults {
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
			_, err := p.dec.ReadToken() // says what is wrong
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

// end reads behind the value, where nothing may be.
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

// fault puts the decoder's error into words for the sender. It happened at an
// offset, if the error itself does not say where.
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

// place is an offset in words, both counted from 1 as editors do.
func (p *parser) place(offset int64) string {
	offset = min(max(offset, 0), int64(len(p.data)))
	before := p.data[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Sprintf("line %d, byte %d of it", line, int(offset)-bytes.LastIndexByte(before, '\n'))
}
