// Package document describes the documents that Elasticsearch stores of objects.
package document

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"marquee/search"
	"marquee/search/elastic/query"
	"marquee/search/text"
	"marquee/storage"
)

// Encode makes the document that Elasticsearch stores of an object:
//
//	object       the public JSON, verbatim: answers are made of it. The mapping
//	             indexes most filters from it.
//	noun, id     the object's noun and id; number is the id as a number, for ties
//	version      the object's own version, which its ETag shows
//	modified     the time of that version, in Unix seconds; not for every noun
//	checksum     search.Checksum
//	names        the names of its persons
//	sort         the keys of every order by column; bytes in sortable base64
//	exact        a digest of each searched value after textform.Fold
//	grams, cased the trigrams of the searched values, in canon form and as they are
//	rank         see rank
//	movie, serie, person   the terms of an object of that noun, see terms
//
// Elasticsearch keeps only what is read back; see _source in the mapping.
func Encode(op *search.Operation) []byte {
	d := op.Document
	s := make(members, 0, 4096)
	s = append(s, `{"object":`...)
	s = members(d.AppendJSON(s))
	s = s.text("noun", d.Noun.Name).text("id", d.ID)
	if Numbered(d.Noun) {
		s = append(s.key("number"), d.ID...)
	}
	s = s.number("version", op.ObjectVersion)
	if at, ok := d.Fields["modified"].(time.Time); ok {
		s = s.number("modified", at.Unix())
	}
	s = s.text("checksum", search.Checksum(op))
	s = s.texts("names", d.Names[storage.Person.Plural])
	s = s.sortKeys(d)
	s = s.texts("exact", digests(d)).grams(d)
	if len(d.Noun.Searched) > 0 {
		s = strconv.AppendFloat(s.key("rank"), rank(d), 'g', -1, 32)
		s = s.terms(d.Noun, text.Terms(d))
	}
	return append(s, '}')
}

// members is a JSON object that is being written.
type members []byte

var textType = &storage.Type{Kind: storage.Text}

func (m members) key(name string) members {
	return append(append(append(m, `,"`...), name...), `":`...)
}

func (m members) text(name, value string) members {
	if value == "" {
		return m
	}
	return storage.AppendJSON(m.key(name), textType, value)
}

func (m members) texts(name string, values []string) members {
	if len(values) == 0 {
		return m
	}
	m = append(m.key(name), '[')
	for i, v := range values {
		if i > 0 {
			m = append(m, ',')
		}
		m = storage.AppendJSON(m, textType, v)
	}
	return append(m, ']')
}

func (m members) number(name string, value int64) members {
	return strconv.AppendInt(m.key(name), value, 10)
}

func (m members) sortKeys(d *storage.Document) members {
	keys := d.SortKeys()
	m = append(m.key("sort"), '{')
	for i, column := range slices.Sorted(maps.Keys(keys)) {
		if i > 0 {
			m = append(m, ',')
		}
		m = append(append(append(m, '"'), column...), `":`...)
		if text, ok := keys[column].([]byte); ok {
			m = append(append(append(m, '"'), sortable.EncodeToString(text)...), '"')
		} else {
			m = fmt.Append(m, keys[column])
		}
	}
	return append(m, '}')
}

// sortable is base64 whose alphabet is in ASCII order, without padding: texts compare
// as the bytes that they encode, in two thirds of the length of hex.
var sortable = base64.NewEncoding("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz").WithPadding(base64.NoPadding)

func digests(d *storage.Document) []string {
	values := d.SearchedValues()
	for i, v := range values {
		values[i] = query.Digest(v)
	}
	return values
}

// Key returns a document's id in the index.
func Key(n *storage.Noun, id string) string { return n.Name + ":" + id }

// FromKey returns the name of the noun, and the id, of a Key.
func FromKey(key string) (noun, id string) {
	noun, id, _ = strings.Cut(key, ":")
	return noun, id
}

// Numbered reports whether the noun's ids are numbers, which order by value.
func Numbered(n *storage.Noun) bool { return !n.Slug }

// EncodeText writes the sort key of a text.
func EncodeText(key string) string { return sortable.EncodeToString([]byte(key)) }

// DecodeText reads a sort key that EncodeText wrote.
func DecodeText(key string) (string, error) {
	text, err := sortable.DecodeString(key)
	return string(text), err
}
