// Package document describes the documents that Elasticsearch stores of objects.
package document

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
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
	j := query.JSON(d.AppendJSON(append(make([]byte, 0, 4096), `{"object":`...))).Open(`,"noun":`).Text(d.Noun.Name).Open(`"id":`).Text(d.ID)
	if Numbered(d.Noun) {
		j = j.Open(`"number":`, d.ID, ",")
	}
	j = j.Open(`"version":`).Int(op.ObjectVersion)
	if at, ok := d.Fields["modified"].(time.Time); ok {
		j = j.Open(`"modified":`).Int(at.Unix())
	}
	j = j.Open(`"checksum":`).Text(search.Checksum(op)).Open(`"names":`).Texts(d.Names[storage.Person.Plural])
	j = grams(sortKeys(j, d).Open(`"exact":`).Texts(digests(d)), d)
	if len(d.Noun.Searched) > 0 {
		j = terms(j.Open(`"rank":`).Float(rank(d)), d.Noun, text.Terms(d))
	}
	return j.Close("}").Complete()
}

func sortKeys(j query.JSON, d *storage.Document) query.JSON {
	keys := d.SortKeys()
	j = j.Open(`"sort":{`)
	for _, column := range slices.Sorted(maps.Keys(keys)) {
		j = j.Open(`"`, column, `":`)
		if text, ok := keys[column].([]byte); ok {
			j = j.Text(EncodeText(string(text)))
		} else {
			j = append(fmt.Append(j, keys[column]), ',')
		}
	}
	return j.Close("}")
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
