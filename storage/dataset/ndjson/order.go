package ndjson

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/dataset/record"
)

// rank is the place of a line in an import. An object comes after those that it may refer
// to, which is the order of storage.Nouns. Within a noun, restored objects come first,
// because new ones must not get their ids. A line that cannot be read has rank 0.
type rank int

// ranks is the number of ranks.
var ranks = rank(2 * (len(storage.Nouns) + 1))

// rankOf finds the rank of a line without parsing its object.
func rankOf(line []byte) rank {
	var noun *storage.Noun
	var given []string
	dec := jsontext.NewDecoder(bytes.NewBuffer(line), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := members(dec, func(name string) error {
		switch {
		case name == "noun" && dec.PeekKind() == '"':
			t, err := dec.ReadToken()
			noun = storage.NounByName(t.String())
			return err
		case name == "object" && dec.PeekKind() == '{':
			return members(dec, func(name string) error {
				if (name == "id" || name == "added" || name == "modified") && dec.PeekKind() == '"' {
					given = append(given, name)
				}
				return dec.SkipValue()
			})
		}
		return dec.SkipValue()
	})
	if err != nil || noun == nil {
		return 0
	}
	r := rank(2 * (1 + slices.Index(storage.Nouns, noun)))
	if !restores(noun, func(field string) bool { return slices.Contains(given, field) }) {
		r++
	}
	return r
}

// members calls visit for each member of an object. visit reads the value.
func members(dec *jsontext.Decoder, visit func(name string) error) error {
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return err
	}
	for dec.PeekKind() == '"' {
		t, err := dec.ReadToken()
		if err == nil {
			err = visit(t.String())
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// ranksOf returns the ranks of the lines of the files, the lowest first, or nil if the
// lines are in the order of their ranks, as those of an export are.
func ranksOf(out *record.Output, files []*file.File) ([]rank, error) {
	found := make([]bool, ranks)
	last, ordered := rank(0), true
	for _, f := range files {
		err := file.Each(f, newLines, func(it file.Item) error {
			r := rankOf(it.Data)
			if r > 0 {
				ordered = ordered && r >= last
				last = r
			}
			found[r] = true
			return out.Context.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	if ordered {
		return nil, nil
	}
	var present []rank
	for r, some := range found {
		if some {
			present = append(present, rank(r))
		}
	}
	return present, nil
}
