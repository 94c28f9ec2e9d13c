package schema

import (
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/textform"
)

// Distinction is a value that no two objects of a noun share.
type Distinction struct {
	// Name is the field.
	Name string
	// Column is the SQL expression of a value, in one of its spellings.
	Column string
	// Value returns the value of a document, in the spelling that stands for all of them.
	// It is "" if the document has none.
	Value func(d *storage.Document) string
	// Spellings returns the spellings of a value in Column, and Spelled the value of one.
	Spellings func(value string) []string
	Spelled   func(spelling string) string
}

// Respelled reports whether a value has several spellings. A unique index compares one.
func (u Distinction) Respelled() bool { return u.Name == "magnet_hash" }

// Distinctions returns the noun's distinct values, other than the id.
func (t *Table) Distinctions() []Distinction {
	var out []Distinction
	for _, f := range t.Noun.Fields {
		u := Distinction{Name: f.Name, Column: f.Name, Spellings: one, Spelled: same}
		switch {
		case !f.Distinct:
			continue
		case f.Name == t.Noun.Label:
			u.Column, u.Spelled = "folded", textform.Fold
		case u.Respelled():
			u.Column, u.Spellings, u.Spelled = "lower("+f.Name+")", hashSpellings, hash
		}
		u.Value = func(d *storage.Document) string {
			s, _ := d.Fields[f.Name].(string)
			return u.Spelled(s)
		}
		out = append(out, u)
	}
	if p := t.Noun.Parent(); p != nil {
		field := p.IDName()
		out = append(out, Distinction{Name: "number", Column: field + "::text || '/' || number::text", Spellings: one, Spelled: same,
			Value: func(d *storage.Document) string { return fmt.Sprintf("%v/%v", d.Fields[field], d.Fields["number"]) }})
	}
	return out
}

func one(value string) []string { return []string{value} }

func same(spelling string) string { return spelling }

// hash returns a hash of 20 bytes in hexadecimal digits, from hexadecimal or base32 digits.
func hash(s string) string {
	if b, err := base32.StdEncoding.DecodeString(strings.ToUpper(s)); err == nil && len(b) == 20 {
		return hex.EncodeToString(b)
	}
	return strings.ToLower(s)
}

// hashSpellings returns the spellings of a hash in lower case.
func hashSpellings(digits string) []string {
	b, err := hex.DecodeString(digits)
	if err != nil {
		return []string{digits}
	}
	return []string{digits, strings.ToLower(base32.StdEncoding.EncodeToString(b))}
}
