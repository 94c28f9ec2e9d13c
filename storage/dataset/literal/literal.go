// Package literal reads Python literals: lists, dictionaries and texts as Python's repr
// writes them. Tables made with pandas have them in their cells, where the files that
// they were made from had JSON.
package literal

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"marquee/storage"
)

// maxDepth is the maximum depth of nested lists and dictionaries.
const maxDepth = 32

// Parse reads one literal. Its values have the types that strictjson.Parse returns: a
// dictionary becomes storage.Members, a list, tuple or set []any, a number json.Number.
// None and nan become nil. The keys of dictionaries must be texts.
func Parse(source string) (any, error) {
	if !utf8.ValidString(source) {
		return nil, errors.New("is not valid UTF-8")
	}
	p := &parser{rest: source}
	v, err := p.value(0)
	if err == nil && p.peek() != 0 {
		err = p.unexpected()
	}
	if err != nil {
		return nil, fmt.Errorf("%w (byte %d of it)", err, len(source)-len(p.rest)+1)
	}
	return v, nil
}

// parser reads a literal from left to right.
type parser struct{ rest string }

// peek skips white space and returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// accept skips the byte c if it is the next one.
func (p *parser) accept(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *parser) unexpected() error {
	if p.rest == "" {
		return errors.New("it ends too early")
	}
	c, _ := utf8.DecodeRuneInString(p.rest)
	return fmt.Errorf("unexpected character %q", c)
}

// wordForm matches names and numbers. textForm matches the beginning of a text.
var (
	wordForm   = regexp.MustCompile(`^(?:-?[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)?[0-9A-Za-z_.]*`)
	numberForm = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)
	textForm   = regexp.MustCompile(`^[uU]?['"]`)
)

// words are the names that are values.
var words = map[string]any{"None": nil, "nan": nil, "True": true, "False": false}

func (p *parser) value(depth int) (any, error) {
	c := p.peek()
	switch {
	case depth > maxDepth:
		return nil, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	case textForm.MatchString(p.rest):
		return p.text()
	case c == '[':
		return p.list(']', depth)
	case c == '(':
		return p.list(')', depth)
	case c == '{':
		return p.braces(depth)
	}
	word := wordForm.FindString(p.rest)
	v, known := words[word]
	switch {
	case known:
	case numberForm.MatchString(word):
		v = json.Number(word)
	default:
		return nil, p.unexpected()
	}
	p.rest = p.rest[len(word):]
	return v, nil
}

// list reads the items up to the closing bracket. A comma may follow the last item.
func (p *parser) list(closing byte, depth int) ([]any, error) {
	p.rest = p.rest[1:]
	items := []any{}
	for !p.accept(closing) {
		if len(items) > 0 {
			if !p.accept(',') {
				return nil, p.unexpected()
			}
			if p.accept(closing) {
				return items, nil
			}
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	return items, nil
}

// braces reads a dictionary, or a set if no colon follows the first item.
func (p *parser) braces(depth int) (any, error) {
	start := p.rest
	p.rest = p.rest[1:]
	members := storage.Members{}
	for !p.accept('}') {
		if len(members) > 0 {
			if !p.accept(',') {
				return nil, p.unexpected()
			}
			if p.accept('}') {
				return members, nil
			}
		}
		key, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		name, isText := key.(string)
		switch {
		case len(members) == 0 && p.peek() != ':':
			p.rest = start
			return p.list('}', depth)
		case !isText:
			return nil, errors.New("a key is not a text")
		case !p.accept(':'):
			return nil, p.unexpected()
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		members = append(members, storage.Member{Name: name, Value: v})
	}
	return members, nil
}
