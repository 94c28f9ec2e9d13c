// Package regex plans searches by a user's regular expression.
//
// Go's own engine compiles a pattern and alone decides what matches. For the
// indexes, the pattern is reduced to a formula over literals that every matching
// value contains. An index may return too much, never too little. No other engine
// reads the user's text as an expression.
package regex

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// MaxBytes is the longest pattern that Parse takes, in bytes.
	MaxBytes = 256
	// maxInstructions is the largest program that Parse takes. It also stays
	// within what the standard library runs with its fast bit-state matcher.
	maxInstructions = 500
)

// Regex is a compiled pattern and its plan. It is immutable and safe for
// concurrent use.
type Regex struct {
	pattern      string
	compiled     *regexp.Regexp
	required     Formula
	instructions int
	reach        int  // the most runes that one run reads, or unbounded
	width        int  // the length in runes of the longest match, or unbounded
	literal      bool // the pattern is plain text; a substring search finds it
	plain        *Plain
}

// Parse checks the limits, compiles the pattern and plans it. Every error is a fault
// of the pattern, in words for the client; syntax errors are the parser's.
func Parse(pattern string) (*Regex, error) {
	if err := checkText(pattern); err != nil {
		return nil, err
	}
	source := norm.NFC.String(pattern) // as values are
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, simple, err := assemble(tree)
	if err != nil {
		return nil, err
	}
	compiled, err := regexp.Compile(source)
	if err != nil {
		return nil, err
	}
	_, literal := compiled.LiteralPrefix()
	return &Regex{
		pattern:      pattern,
		compiled:     compiled,
		required:     anchored(simple).formula(),
		instructions: len(prog.Inst),
		reach:        reach(simple, prog),
		width:        width(simple),
		literal:      literal,
		plain:        plainOf(tree),
	}, nil
}

// String returns the pattern.
func (r *Regex) String() string { return r.pattern }

// MatchString reports whether the pattern matches somewhere in the value's NFC.
func (r *Regex) MatchString(value string) bool {
	return r.compiled.MatchString(norm.NFC.String(value))
}

// Required returns a formula that Canon(textform.Raw(value)) satisfies for every
// matching value. It is All if the pattern has no usable literal, and None if nothing
// can match. The result is shared: do not change it.
func (r *Regex) Required() Formula { return r.required }

func checkText(pattern string) error {
	switch {
	case len(pattern) > MaxBytes:
		return fmt.Errorf("error parsing regexp: the expression has %d bytes, at most %d are allowed", len(pattern), MaxBytes)
	case !utf8.ValidString(pattern):
		return errors.New("error parsing regexp: invalid UTF-8")
	case strings.ContainsRune(pattern, 0):
		return errors.New("error parsing regexp: the expression contains a NUL character")
	}
	return nil
}

// assemble compiles the tree to count its instructions. The size is estimated
// first, because (a*b|a*b|…){1000} fits 256 bytes but takes 90 ms to compile.
func assemble(tree *syntax.Regexp) (*syntax.Prog, *syntax.Regexp, error) {
	if estimate(tree) > 4*maxInstructions {
		return nil, nil, tooLarge("far more than")
	}
	simple := tree.Simplify()
	prog, err := syntax.Compile(simple)
	if err != nil {
		return nil, nil, err
	}
	if n := len(prog.Inst); n > maxInstructions {
		return nil, nil, tooLarge(fmt.Sprintf("%d instructions, more than", n))
	}
	return prog, simple, nil
}

func tooLarge(how string) error {
	return fmt.Errorf("error parsing regexp: the expression compiles to %s the %d instructions allowed; "+
		"shorten its repeat counts or alternatives", how, maxInstructions)
}
