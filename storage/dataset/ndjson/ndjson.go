// Package ndjson reads and writes Marquee's own format: one JSON object a line,
//
//	{"noun":"movie","object":{…},"sources":{"tmdb":"603"}}
//	{"noun":"season","key":"dark/1","parent":"dark","object":{"number":1}}
//
// The first is a line of an export. Its object has its id and every field, and is
// restored as it was, counters and times included. Its sources are the keys under which
// it was imported.
//
// The second is written by hand. Its object has no id and any of the fields. key, by
// default a digest of the line, keeps the line from being imported twice; parent is the
// key of the line that the object is part of. The id of a genre or a
// collection is a slug, which both kinds may give; a collection is restored if the line
// has its times, added and modified. References are ids. Genres and persons may also be
// {"name": …} in a line by hand. A part names its
// parent by parent, or by the parent's id in its object.
//
// Lines may stand in any order. Files in another order than that of an export are read
// once for each kind of line.
package ndjson

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"

	"marquee/storage"
	"marquee/storage/dataset/file"
	"marquee/storage/dataset/record"
	"marquee/storage/incoming"
	"marquee/storage/strictjson"
)

// Prepare returns the function that reads the files.
func Prepare(files []*file.File) (func(*record.Output) error, error) {
	for _, f := range files {
		f.Passes = 2
	}
	return func(out *record.Output) error {
		order, err := ranksOf(out, files)
		if err != nil {
			return err
		}
		if order == nil {
			return takeLines(out, files, func([]byte) bool { return true })
		}
		for _, r := range order {
			if err := takeLines(out, files, func(line []byte) bool { return rankOf(line) == r }); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// takeLines takes the lines that are wanted.
func takeLines(out *record.Output, files []*file.File, wanted func(line []byte) bool) error {
	for _, f := range files {
		err := file.Each(f, newLines, func(it file.Item) error {
			if !wanted(it.Data) {
				return out.Context.Err()
			}
			return takeLine(out, it)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maxLine bounds a line in bytes. It is larger than file.MaxItem because every export
// must be importable, and merged edits can make an object larger than one request: the
// limits of its fields add up to about 6 MiB.
const maxLine = 8 << 20

func newLines(r *bufio.Reader) file.Items { return file.NewLinesOf(r, maxLine) }

// takeLine emits the record of a line, or refuses the line.
func takeLine(out *record.Output, it file.Item) error {
	data := bytes.TrimSpace(it.Data)
	switch {
	case it.Fault != "":
		return out.Refuse(it.Position, unknownNoun, "", it.Fault)
	case len(data) == 0:
		return out.Context.Err()
	}
	v, fault := strictjson.Parse(data)
	if fault != nil {
		return out.Refuse(it.Position, unknownNoun, "", fault.Reason)
	}
	members, ok := v.(storage.Members)
	if !ok {
		return out.Refuse(it.Position, unknownNoun, "", "is not a JSON object")
	}
	l := &line{}
	l.read(members)
	in := &incoming.Record{Position: it.Position, Noun: l.noun, Sources: l.sources}
	l.fill(in)
	if len(l.faults) > 0 {
		return out.Refuse(it.Position, cmp.Or(l.noun, unknownNoun), l.key, storage.DescribeFaults(l.faults))
	}
	if in.Key == "" && in.Exact == nil && !l.noun.Slug {
		digest := sha256.Sum256(data)
		in.Key = hex.EncodeToString(digest[:])
	}
	return out.Emit(in)
}

// unknownNoun is the noun under which a report counts a line without a noun.
var unknownNoun = storage.Movie
