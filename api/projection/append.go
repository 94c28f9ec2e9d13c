package projection

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Append appends the wanted part of an object's body, in the body's order. The
// decoder skips checks that the store's own bodies do not need.
func (p *Fields) Append(dst, body []byte) ([]byte, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return p.object(dst, d, p.include, true)
}

// value appends the wanted part of the next value. included reports whether an
// ancestor includes it.
func (p *Fields) value(dst []byte, d *jsontext.Decoder, included bool) ([]byte, error) {
	switch {
	case p == nil || len(p.children) == 0:
	case d.PeekKind() == '{':
		return p.object(dst, d, included, false)
	case d.PeekKind() == '[':
		return p.array(dst, d, included)
	}
	raw, err := d.ReadValue()
	return append(dst, raw...), err
}

func (p *Fields) object(dst []byte, d *jsontext.Decoder, included, top bool) ([]byte, error) {
	if _, err := d.ReadToken(); err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	separator := ""
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return dst, err
		}
		text := name.String()
		child := p.children[text]
		within := included || child != nil && child.include
		wanted := within || child != nil && child.narrows
		if child != nil && child.exclude {
			wanted = false
		}
		if isID := top && text == "id"; !wanted && !isID {
			if err := d.SkipValue(); err != nil {
				return dst, err
			}
			continue
		}
		if dst, err = jsontext.AppendQuote(append(dst, separator...), text); err != nil {
			return dst, err
		}
		separator = ","
		if dst, err = child.value(append(dst, ':'), d, within); err != nil {
			return dst, err
		}
	}
	_, err := d.ReadToken()
	return append(dst, '}'), err
}

func (p *Fields) array(dst []byte, d *jsontext.Decoder, included bool) ([]byte, error) {
	if _, err := d.ReadToken(); err != nil {
		return dst, err
	}
	dst = append(dst, '[')
	separator := ""
	for d.PeekKind() != ']' && d.PeekKind() != 0 {
		var err error
		if dst, err = p.value(append(dst, separator...), d, included); err != nil {
			return dst, err
		}
		separator = ","
	}
	_, err := d.ReadToken()
	return append(dst, ']'), err
}
