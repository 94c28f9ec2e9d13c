// Package dataset reads films, series and persons from foreign file formats and from
// Marquee's own export, as records on their way into the catalogue.
//
// A format has a package of its own: wikipedia, tmdb, imdb, movielens, tvmaze, ndjson. They share
// the reading of files in items of bounded size (file, table) and the building of
// records (record).
//
// Real data is dirty. A dirty item becomes either a record with notes of what was
// repaired, or a refused record with the reason. Notes and reasons repeat, so that a
// report can count them. A film must have a title and a person a name; any other field
// that breaks a rule is left out with a note.
package dataset

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"marquee/storage/dataset/file"
	"marquee/storage/dataset/imdb"
	"marquee/storage/dataset/movielens"
	"marquee/storage/dataset/ndjson"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/tmdb"
	"marquee/storage/dataset/tvmaze"
	"marquee/storage/dataset/wikipedia"
	"marquee/storage/incoming"
	"marquee/storage/spelling"
)

// format describes a file format.
type format struct {
	// name is the name on the command line, and other a second one. source is the source
	// that keys belong to.
	name, other, source string
	// suffixes are the endings of its files in a directory; ".gz" may follow each.
	suffixes []string
	// prepare checks the beginning of each file, sets the number of passes over it, and
	// returns the function that reads them all.
	prepare func(files []*file.File) (func(*record.Output) error, error)
}

var formats = []format{
	{name: "wikipedia", source: "wikipedia", suffixes: []string{".json"}, prepare: wikipedia.Prepare},
	{name: "tmdb", other: "tmdb5000", source: "tmdb", suffixes: []string{".csv"}, prepare: tmdb.Prepare},
	{name: "imdb", source: "imdb", suffixes: []string{".tsv"}, prepare: imdb.Prepare},
	{name: "movielens", source: "movielens", suffixes: []string{".csv"}, prepare: movielens.Prepare},
	{name: "tvmaze", source: "tvmaze", suffixes: []string{".json"}, prepare: tvmaze.Prepare},
	{name: "ndjson", source: "ndjson", suffixes: []string{".ndjson", ".jsonl"}, prepare: ndjson.Prepare},
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
	files  []*file.File
	run    func(*record.Output) error
	read   atomic.Int64
}

// Open opens the files at the paths and checks their beginnings, so that a missing file
// or one of another format is an error before any record is read. A file may be
// compressed with gzip, whatever its name. A directory stands for the files of the format
// in it. The order of the paths does not matter.
func Open(name string, paths []string) (*Source, error) {
	f, err := formatByName(name)
	if err != nil {
		return nil, err
	}
	s := &Source{format: f}
	s.files, err = file.Open(paths, f.suffixes, &s.read)
	if err == nil {
		s.run, err = f.prepare(s.files)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s files: %w", f.name, err), s.Close())
	}
	return s, nil
}

// OpenExport opens lines of Marquee's own format in memory. name is the source that their
// keys belong to, and the name of the file in reports.
func OpenExport(name string, data []byte) (*Source, error) {
	f, err := formatByName("ndjson")
	if err != nil {
		return nil, err
	}
	own := *f
	own.source = name
	s := &Source{format: &own}
	s.files = []*file.File{file.Memory(name, data, &s.read)}
	s.run, err = own.prepare(s.files)
	return s, err
}

func formatByName(name string) (*format, error) {
	for i := range formats {
		if name != "" && (formats[i].name == name || formats[i].other == name) {
			return &formats[i], nil
		}
	}
	if near := spelling.Nearest(name, Formats()); near != "" {
		return nil, fmt.Errorf("there is no format %q, did you mean %s?", name, near)
	}
	return nil, fmt.Errorf("there is no format %q, only %s", name, strings.Join(Formats(), ", "))
}

// Name returns the source that the keys of the records belong to, such as "tmdb".
func (s *Source) Name() string { return s.format.source }

// Records reads the files and yields their records, refused ones included. An object
// comes after the objects that it is part of. An error (a file that cannot be read or
// decompressed, a cancelled context) ends the sequence; a broken item does not. A file that
// is cut off is read up to there, and the other files too; then the error ends the sequence.
// Records may be called again, but not while an earlier sequence is being read.
func (s *Source) Records(ctx context.Context) iter.Seq2[*incoming.Record, error] {
	return func(yield func(*incoming.Record, error) bool) {
		s.read.Store(0)
		err := s.run(&record.Output{Context: ctx, Yield: yield})
		if err == nil {
			err = s.damage()
		}
		if err != nil && !errors.Is(err, record.ErrStopped) {
			yield(nil, fmt.Errorf("read %s files: %w", s.format.name, err))
		}
	}
}

// damage returns an error that names the files that are cut off or damaged.
func (s *Source) damage() error {
	var err error
	for _, f := range s.files {
		err = errors.Join(err, f.Damage())
	}
	return err
}

// Progress returns how many bytes of the files on disk have been read and how many will
// be. A file that is read twice counts twice. Progress may be called from any goroutine.
func (s *Source) Progress() (read, total int64) {
	for _, f := range s.files {
		total += f.Size * int64(f.Passes)
	}
	return min(s.read.Load(), total), total
}

// Reads reports whether info describes one of the files.
func (s *Source) Reads(info os.FileInfo) bool {
	return slices.ContainsFunc(s.files, func(f *file.File) bool { return f.Is(info) })
}

// Close closes the files.
func (s *Source) Close() error {
	var err error
	for _, f := range s.files {
		err = errors.Join(err, f.Close())
	}
	return err
}
