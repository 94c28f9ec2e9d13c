package literal

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a text in single or double quotes.
func (p *parser) text() (string, error) {
	p.rest = strings.TrimLeft(p.rest, "uU")
	quote := p.rest[0]
	p.rest = p.rest[1:]
	var b strings.Builder
	for {
		at := strings.IndexAny(p.rest, "\\\n"+string(quote))
		if at < 0 {
			p.rest = ""
			return "", p.unexpected()
		}
		b.WriteString(p.rest[:at])
		c := p.rest[at]
		p.rest = p.rest[at:]
		switch c {
		case quote:
			p.rest = p.rest[1:]
			return b.String(), nil
		case '\n':
			return "", p.unexpected()
		}
		if err := p.escape(&b); err != nil {
			return "", err
		}
	}
}

// escapes are the escapes of one letter.
var escapes = map[byte]string{
	'\\': "\\", '\'': "'", '"': `"`, 'n': "\n", 'r': "\r", 't': "\t", 'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v", '\n': "",
}

// digits are the numbers of hexadecimal digits of an escape.
var digits = map[byte]int{'x': 2, 'u': 4, 'U': 8}

var errEscape = errors.New("an escape stands for no character")

// escape reads an escape. Python leaves an unknown one as it is written.
func (p *parser) escape(b *strings.Builder) error {
	if len(p.rest) < 2 {
		p.rest = ""
		return p.unexpected()
	}
	c := p.rest[1]
	plain, known := escapes[c]
	switch {
	case known:
		b.WriteString(plain)
		p.rest = p.rest[2:]
	case digits[c] > 0:
		return p.codePoint(b, digits[c])
	case c >= '0' && c <= '7':
		return p.octal(b)
	default:
		b.WriteByte('\\')
		p.rest = p.rest[1:]
	}
	return nil
}

// octal reads an escape of one to three octal digits.
func (p *parser) octal(b *strings.Builder) error {
	end := 2
	for end < min(4, len(p.rest)) && p.rest[end] >= '0' && p.rest[end] <= '7' {
		end++
	}
	n, err := strconv.ParseUint(p.rest[1:end], 8, 16)
	if err != nil {
		return errEscape
	}
	b.WriteRune(rune(n))
	p.rest = p.rest[end:]
	return nil
}

// codePoint reads an escape of n hexadecimal digits, or two that are a surrogate pair.
func (p *parser) codePoint(b *strings.Builder, n int) error {
	r, ok := hexadecimal(p.rest, n)
	if !ok {
		return errEscape
	}
	p.rest = p.rest[2+n:]
	if utf16.IsSurrogate(r) {
		low, _ := hexadecimal(p.rest, n)
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return errEscape
		}
		p.rest = p.rest[2+n:]
	}
	b.WriteRune(r)
	return nil
}

// hexadecimal returns the number of the escape of n digits at the beginning of s.
func hexadecimal(s string, n int) (rune, bool) {
	if len(s) < 2+n || s[0] != '\\' || digits[s[1]] != n {
		return 0, false
	}
	v, err := strconv.ParseUint(s[2:2+n], 16, 32)
	return rune(v), err == nil && v <= utf8.MaxRune
}
