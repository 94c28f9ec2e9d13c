package regex

import (
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain is an expression that is a text, with or without anchors. A value matches exactly
// if its form in an index contains Needle.
type Plain struct {
	// Text is in NFC, not empty, and has no Edge.
	Text string
	// Start and End report whether the text is at the start, or the end, of the value.
	Start, End bool
	// Fold reports whether case is ignored as by (?i). Texts without case never fold.
	Fold bool
}

// Needle returns the substring that identifies matches: of textform.Raw or, for Fold, of
// Canon of it.
func (p *Plain) Needle() string {
	needle := p.Text
	if p.Fold {
		needle = Canon(needle)
	}
	if p.Start {
		needle = Edge + needle
	}
	if p.End {
		needle += Edge
	}
	return needle
}

// Plain returns the text that the expression is, if it is one. A text with an Edge, with
// the character that replaces it in indexes, or with NUL is none.
func (r *Regex) Plain() (*Plain, bool) { return r.plain, r.plain != nil }

// plainOf returns the text that a tree is, nil if it is none.
func plainOf(re *syntax.Regexp) *Plain {
	var l plainReader
	if !l.read(re) || l.text == "" || strings.ContainsAny(l.text, Edge+"\x00"+string(utf8.RuneError)) || l.fold && l.exact {
		return nil
	}
	return &Plain{Text: l.text, Start: l.start, End: l.end, Fold: l.fold}
}

// plainReader collects the parts of a plain expression from left to right.
type plainReader struct {
	text       string
	start, end bool
	// fold and exact report whether a part with letters ignores case, or does not.
	fold, exact bool
}

// read adds a part. It reports whether the expression still is plain.
func (l *plainReader) read(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return true
	case syntax.OpBeginText:
		l.start = true
		return l.text == ""
	case syntax.OpEndText:
		l.end = true
		return true
	case syntax.OpLiteral:
		l.add(re)
		return !l.end
	case syntax.OpCapture:
		return l.read(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !l.read(sub) {
				return false
			}
		}
		return true
	}
	return false
}

func (l *plainReader) add(re *syntax.Regexp) {
	text := string(re.Rune)
	l.text += text
	if !strings.ContainsFunc(text, hasCase) {
		return
	}
	if re.Flags&syntax.FoldCase != 0 {
		l.fold = true
	} else {
		l.exact = true
	}
}

// hasCase reports whether (?i) treats another rune as equal.
func hasCase(r rune) bool { return unicode.SimpleFold(r) != r }
