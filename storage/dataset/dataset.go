// Package dataset reads films, series and persons from foreign file formats
// and from Marquee's own export, as records on their way into the catalogue.
//
// A format says only what its items mean (wikipedia.go, tmdb.go, imdb.go,
// tvmaze.go, ndjson.go). What files have in common is shared: opening, gzip
// and progress (file.go), cutting a file into items of bounded size with their
// line numbers (lines.go, array.go, table.go), building a record and putting
// it right (record.go, clean.go).
//
// Real data is dirty, and every piece of dirt has one of two ends: the record
// is taken with a note of what was mended, or it is refused with the reason.
// Both are worded so that they repeat and a report can count them. The title
// of a film and the name of a person are needed; any other field that breaks a
// rule is left out with a note.
package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/spelling"
)

// maxItem bounds in bytes one line, row or list item of a foreign file. The
// largest of the known data sets is a twelfth of it.
const maxItem = 1 << 20

// format describes a file format.
type format struct {
	// name is what the command line calls it, source what keys are kept under.
	name, source string
	// suffixes are how its files end, for a directory given as a path; ".gz"
	// may follow each.
	suffixes []string
	// prepare looks at the beginning of the files, sets how often each will be
	// read, and returns the function that reads them.
	prepare func(files []*file) (func(*output) error, error)
}

var formats = []format{
	{name: "wikipedia", source: "wikipedia", suffixes: []string{".json"}, prepare: prepareWikipedia},
	{name: "tmdb5000", source: "tmdb", suffixes: []string{".csv"}, prepare: prepareTMDB},
	{name: "imdb", source: "imdb", suffixes: []string{".tsv"}, prepare: prepareIMDB},
	{name: "tvmaze", source: "tvmaze", suffixes: []string{".json"}, prepare: prepareTVmaze},
	{name: "ndjson", source: "ndjson", suffixes: []string{".ndjson", ".jsonl"}, prepare: prepareNDJSON},
}

// Formats lists the names of the formats that Open takes.
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// Source is a set of files of one format, opened for reading.
type Source struct {
	format *format
	files  []*file
	run    func(*output) error
	read   atomic.Int64
}

// Open opens the files at the paths and looks at their beginnings, so that a
// missing file or one of another format is an error before anything is read.
// A file may be compressed with gzip, whatever its name; a directory stands for
// the files of the format in it. The order of the paths does not matter.
func Open(name string, paths []string) (*Source, error) {
	f, err := formatByName(name)
	if err != nil {
		return nil, err
	}
	s := &Source{format: f}
	s.files, err = openFiles(paths, f.suffixes, &s.read)
	if err == nil {
		s.run, err = f.prepare(s.files)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s files: %w", f.name, err), s.Close())
	}
	return s, nil
}

// OpenExport opens lines of Marquee's own format that the program brings along;
// name is the source that their keys belong to, and the file's in reports.
func OpenExport(name string, data []byte) (*Source, error) {
	f, err := formatByName("ndjson")
	if err != nil {
		return nil, err
	}
	own := *f
	own.source = name
	s := &Source{format: &own}
	s.files = []*file{{name: name, handle: memory{bytes.NewReader(data)}, size: int64(len(data)), passes: 1, read: &s.read}}
	s.run, err = own.prepare(s.files)
	return s, err
}

func formatByName(name string) (*format, error) {
	for i := range formats {
		if formats[i].name == name {
			return &formats[i], nil
		}
	}
	if near := spelling.Nearest(name, Formats()); near != "" {
		return nil, fmt.Errorf("there is no format %q, did you mean %s?", name, near)
	}
	return nil, fmt.Errorf("there is no format %q, only %s", name, strings.Join(Formats(), ", "))
}

// Name is the source that the records' keys belong to, such as "tmdb".
func (s *Source) Name() string { return s.format.source }

// Records reads the files and yields their records, refused ones included, in
// an order in which an object comes behind the ones that it is part of. An
// error (a file that cannot be read or decompressed, a cancelled context) ends
// the sequence; broken items do not. It may be called again, but not while an
// earlier sequence is being read.
func (s *Source) Records(ctx context.Context) iter.Seq2[*incoming.Record, error] {
	return func(yield func(*incoming.Record, error) bool) {
		s.read.Store(0)
		err := s.run(&output{ctx: ctx, yield: yield})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, fmt.Errorf("read %s files: %w", s.format.name, err))
		}
	}
}

// Progress tells how many bytes of the files, as they lie on disk, have been
// read and how many will be. A file that has to be read twice counts twice. It
// may be called from any goroutine.
func (s *Source) Progress() (read, total int64) {
	for _, f := range s.files {
		total += f.size * int64(f.passes)
	}
	return min(s.read.Load(), total), total
}

// Close closes the files.
func (s *Source) Close() error {
	var err error
	for _, f := range s.files {
		err = errors.Join(err, f.handle.Close())
	}
	return err
}

// output takes the records of a run.
type output struct {
	ctx   context.Context
	yield func(*incoming.Record, error) bool
}

// errStopped ends a run whose reader wants no more.
var errStopped = errors.New("stopped")

// emit hands a record on; an error ends the run.
func (o *output) emit(r *incoming.Record) error {
	if err := o.ctx.Err(); err != nil {
		return err
	}
	if !o.yield(r, nil) {
		return errStopped
	}
	return nil
}

// refuse hands on that an item cannot be taken.
func (o *output) refuse(f *file, line int, n *storage.Noun, reason string) error {
	return o.emit(&incoming.Record{File: f.name, Line: line, Noun: n, Refused: reason})
}
