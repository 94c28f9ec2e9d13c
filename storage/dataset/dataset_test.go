package dataset_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marquee/storage/dataset"
)

const twoFilms = "[\n{\"title\":\"One\",\"year\":1950},\n\n  {\"title\":\"Two\",\"year\":1951}\n]\n"

func TestFormats(t *testing.T) {
	t.Parallel()
	want := []string{"wikipedia", "tmdb", "imdb", "movielens", "tvmaze", "ndjson"}
	if got := dataset.Formats(); !slices.Equal(got, want) {
		t.Errorf("Formats() = %q, want %q", got, want)
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	films := write(t, "films.json", twoFilms)
	empty := t.TempDir()
	text := write(t, "text.txt", "no JSON")
	broken := write(t, "broken.json.gz", compress(t, twoFilms)[:5])
	episodes := write(t, "title.episode.tsv", "tconst\tparentTconst\tseasonNumber\tepisodeNumber\n")
	names := "nconst\tprimaryName\n"
	credits := write(t, "credits.csv", "movie_id,title,cast,crew\n")
	tests := []struct {
		name, format string
		paths        []string
		want         string
	}{
		{"format without name", "", []string{films}, "there is no format"},
		{"unknown format", "wikipidia", []string{films}, "did you mean wikipedia?"},
		{"very unknown format", "xml", []string{films}, "only wikipedia, tmdb"},
		{"no file", "wikipedia", nil, "no file is given"},
		{"missing file", "wikipedia", []string{films, films + ".gone"}, "films.json.gone: no such file"},
		{"empty directory", "wikipedia", []string{empty}, "has no .json file"},
		{"device", "ndjson", []string{os.DevNull}, "neither a regular file nor a directory"},
		{"not a list", "wikipedia", []string{text}, "text.txt is not a JSON list"},
		{"empty file", "tvmaze", []string{write(t, "e.json", "")}, "is empty, not a JSON list"},
		{"broken gzip", "wikipedia", []string{broken}, "broken.json.gz: unexpected EOF"},
		{"other table", "tmdb5000", []string{episodes}, "neither a table of TMDB's movies nor of their credits"},
		{"credits alone", "tmdb5000", []string{credits}, "table of movies"},
		{"not IMDb's", "imdb", []string{credits}, "none of IMDb's tables"},
		{"without title.basics and name.basics", "imdb", []string{episodes}, "give one of them"},
		{"a table twice", "imdb", []string{write(t, "a.tsv", names), write(t, "b.tsv", names)}, "a.tsv and b.tsv are both"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := dataset.Open(tt.format, tt.paths)
			if err == nil {
				_ = s.Close()
				t.Fatal("Open returned no error")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got the error %q, want one with %q", err, tt.want)
			}
		})
	}
}

func TestPlainGzipAndMarkedFilesReadTheSame(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"plain.json":    twoFilms,
		"gzip.json.gz":  compress(t, twoFilms),
		"no-suffix":     compress(t, twoFilms), // told by its bytes
		"parts.json.gz": compress(t, twoFilms[:20]) + compress(t, twoFilms[20:]),
		"marked.json":   "\ufeff" + twoFilms,
	} {
		records := read(t, "wikipedia", write(t, name, content))
		if len(records) != 2 {
			t.Fatalf("%s: got %d records, want 2", name, len(records))
		}
		if got := records[1].Place(); got != name+" item 2" || records[1].Line != 4 {
			t.Errorf("got the second film at %s, line %d; want %s item 2, line 4", got, records[1].Line, name)
		}
	}
}

func TestDirectoriesStandForTheirFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{"a.json": twoFilms, "b.json.gz": compress(t, `[{"title":"Three","year":1}]`), "notes.txt": "-"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(read(t, "wikipedia", dir)); n != 3 {
		t.Errorf("got %d records, want 3", n)
	}
}

func TestProgressEndsAtTheTotalAndStartsAgain(t *testing.T) {
	t.Parallel()
	s := open(t, "wikipedia", write(t, "a.json", twoFilms), write(t, "b.json.gz", compress(t, twoFilms)))
	if got, total := s.Progress(); got != 0 || total == 0 {
		t.Errorf("before reading: got progress %d of %d", got, total)
	}
	for range 2 {
		for _, err := range s.Records(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if got, total := s.Progress(); got == 0 || got > total {
				t.Errorf("while reading: got progress %d of %d", got, total)
			}
		}
		if got, total := s.Progress(); got != total {
			t.Errorf("after reading: got progress %d of %d", got, total)
		}
	}
}

func TestRecordsEndWithAnErrorOfTheFile(t *testing.T) {
	t.Parallel()
	long := "[" + strings.Repeat(`{"title":"A film","year":1950},`, 20_000) + "{}]"
	data := compress(t, long)
	tests := map[string]string{
		"cut":       data[:len(data)-20],
		"corrupted": data[:len(data)-8] + "\x00\x00\x00\x00" + data[len(data)-4:],
	}
	for name, content := range tests {
		s := open(t, "wikipedia", write(t, name+".json.gz", content))
		var last error
		for in, err := range s.Records(t.Context()) {
			if last != nil {
				t.Fatalf("%s: got a record after the error", name)
			}
			if last = err; err != nil && in != nil {
				t.Errorf("%s: got a record with the error", name)
			}
		}
		if last == nil || !strings.Contains(last.Error(), name+".json.gz") {
			t.Errorf("%s: got the last error %v, want one with the file name", name, last)
		}
	}
}

func TestRecordsEndWithTheContextAndTheReader(t *testing.T) {
	t.Parallel()
	s := open(t, "wikipedia", write(t, "films.json", twoFilms))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	var last error
	for _, err := range s.Records(ctx) {
		seen++
		last = err
		cancel()
	}
	if seen != 2 || !errors.Is(last, context.Canceled) {
		t.Errorf("got %d steps, the last with %v; want one record and the cancellation", seen, last)
	}
	for _, err := range s.Records(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		break
	}
}

func TestCloseEndsReading(t *testing.T) {
	t.Parallel()
	s, err := dataset.Open("wikipedia", []string{write(t, "films.json", twoFilms)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, err := range s.Records(t.Context()) {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("Records of a closed source: got the error %v", err)
		}
	}
}

func TestOpenExportReadsMemory(t *testing.T) {
	t.Parallel()
	s, err := dataset.OpenExport("sample", []byte(`{"noun":"movie","key":"a","object":{"title":"A"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for in, err := range s.Records(t.Context()) {
			if err != nil || in.Key != "a" || in.Place() != "sample:1" {
				t.Errorf("got the record %+v, error %v", in, err)
			}
		}
	}
	if read, total := s.Progress(); s.Name() != "sample" || read != total {
		t.Errorf("got the name %q, progress %d of %d", s.Name(), read, total)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	if got := open(t, "tmdb5000", write(t, "m.csv", tmdbHead)).Name(); got != "tmdb" {
		t.Errorf("Name of tmdb5000: got %q", got)
	}
	if got := open(t, "wikipedia", write(t, "films.json", twoFilms)).Name(); got != "wikipedia" {
		t.Errorf("Name of wikipedia: got %q", got)
	}
}
