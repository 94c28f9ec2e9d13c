package dirty

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marquee/storage/sample"
)

// Kind is the form of a file.
type Kind int

// The forms of files.
const (
	// CSV is a table with commas and quotes.
	CSV Kind = iota
	// TSV is a table with tabs.
	TSV
	// List is a JSON list.
	List
	// Lines are lines of JSON.
	Lines
)

// Set is the files of a format, without damage.
type Set struct {
	clean []*clean
	// size is the number of rows of the longest file.
	size int
}

type clean struct {
	name string
	kind Kind
	head string
	rows []string
}

// folders has the folder of real data for each format, and the form of its files.
var folders = map[string]struct {
	folder string
	kind   Kind
}{
	"wikipedia": {"wikipedia", List},
	"tmdb":      {"tmdb-5000", CSV},
	"imdb":      {"imdb-tsv-100", TSV},
	"movielens": {"movielens-small", CSV},
	"tvmaze":    {"tvmaze", List},
}

// Formats are the formats that Open knows.
var Formats = []string{"wikipedia", "tmdb", "imdb", "movielens", "tvmaze", "ndjson"}

// maxClean bounds the rows that are read of a file.
const maxClean = 200

// Open reads the real files of a format, the first rows of each. data returns the path of
// a folder of real data, as devstack.Data does.
func Open(t testing.TB, format string, data func(t testing.TB, elem ...string) string) *Set {
	t.Helper()
	s := &Set{}
	if format == "ndjson" {
		s.add(t, "sample.ndjson", Lines, sample.NDJSON)
		return s
	}
	of, known := folders[format]
	if !known {
		t.Fatalf("there is no real data of the format %q", format)
	}
	paths, err := filepath.Glob(filepath.Join(data(t, of.folder), "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in %s: %v", of.folder, err)
	}
	if format == "wikipedia" {
		paths = paths[len(paths)-2:] // of texts and pictures; the older lists have titles only
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s.add(t, strings.TrimSuffix(filepath.Base(path), ".gz"), of.kind, unpack(t, data))
	}
	return s
}

func (s *Set) add(t testing.TB, name string, kind Kind, data []byte) {
	t.Helper()
	c := &clean{name: name, kind: kind}
	switch kind {
	case CSV:
		c.rows = csvTexts(t, data)
	case List:
		c.rows = items(t, data)
	default:
		c.rows = strings.SplitN(strings.TrimSuffix(string(data), "\n"), "\n", maxClean+1)
	}
	if kind == CSV || kind == TSV {
		c.head, c.rows = c.rows[0], c.rows[1:]
	}
	c.rows = c.rows[:min(len(c.rows), maxClean-1)] // the last may be the rest of the file
	s.clean = append(s.clean, c)
	s.size = max(s.size, len(c.rows))
}

// unpack returns the beginning of a text that may be compressed.
func unpack(t testing.TB, data []byte) []byte {
	t.Helper()
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// csvTexts returns the first rows of a table as they are written.
func csvTexts(t testing.TB, data []byte) (texts []string) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(data))
	for from := int64(0); len(texts) <= maxClean; from = r.InputOffset() {
		_, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, strings.TrimRight(string(data[from:r.InputOffset()]), "\r\n"))
	}
	return texts
}

// items returns the first items of a list.
func items(t testing.TB, data []byte) (texts []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() && len(texts) <= maxClean {
		var item json.RawMessage
		if err := d.Decode(&item); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(item))
	}
	return texts
}
