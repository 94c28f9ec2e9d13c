package postgres_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/dataset"
	"marquee/storage/dataset/ndjson"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
)

// importFiles imports files of shared/data and returns the report.
func importFiles(t testing.TB, s *postgres.Store, format string, dryRun bool, paths ...string) *incoming.Report {
	t.Helper()
	source, err := dataset.Open(format, paths)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}()
	report, err := s.Import(deadline(t), source.Records(deadline(t)), importer.Options{Source: source.Name(), Who: "test", DryRun: dryRun})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// data lists the files of a folder of shared/data.
func data(t testing.TB, pattern ...string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(append([]string{devstack.Data(t, pattern[0])}, pattern[1:]...)...))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files match %v: %v", pattern, err)
	}
	return paths
}

// films imports the 36,273 films and the series once, for tests that only read
// them; it returns the database's URL.
func films(t *testing.T) string {
	t.Helper()
	wikipedia, tvmaze := data(t, "wikipedia", "*.json.gz"), data(t, "tvmaze") // before once, since they may skip the test
	real.once.Do(func() {
		real.url = devstack.SharedPostgres(t)
		if _, err := postgres.Migrate(deadline(t), real.url); err != nil {
			t.Fatal(err)
		}
		s, err := postgres.Open(deadline(t), real.url)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		real.films = importFiles(t, s, "wikipedia", false, wikipedia...)
		importFiles(t, s, "tvmaze", false, tvmaze...)
		if err := s.Analyze(deadline(t)); err != nil {
			t.Fatal(err)
		}
	})
	if real.films == nil {
		t.Fatal("the films could not be imported")
	}
	return real.url
}

var real struct {
	once  sync.Once
	url   string
	films *incoming.Report
}

// Every film of the files is taken or refused, a second import changes nothing,
// and a dry run foretells what a real one does.
func TestImportIsIdempotent(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, set := range []struct{ format, folder string }{{"tmdb5000", "tmdb-5000"}, {"tvmaze", "tvmaze"}, {"imdb", "imdb-tsv-100"}, {"imdb", "imdb-tsv-2000"}} {
		paths := data(t, set.folder)
		foretold := importFiles(t, s, set.format, true, paths...)
		first := importFiles(t, s, set.format, false, paths...)
		if diff := cmp.Diff(foretold.Counts, first.Counts); diff != "" {
			t.Errorf("%s: the dry run foretold other counts (-dry +real):\n%s", set.folder, diff)
		}
		if diff := cmp.Diff(foretold.Implied, first.Implied); diff != "" {
			t.Errorf("%s: the dry run foretold other implied objects (-dry +real):\n%s", set.folder, diff)
		}
		version, _ := s.Version(deadline(t))
		second := importFiles(t, s, set.format, false, paths...)
		if n := second.Total(incoming.Created); n > 0 {
			t.Errorf("%s: a second import created %d", set.folder, n)
		}
		if after, _ := s.Version(deadline(t)); after != version {
			t.Errorf("%s: a second import moved the version from %d to %d", set.folder, version, after)
		}
		if n, m := second.Total(incoming.Unchanged)+second.Total(incoming.Linked), first.Total(incoming.Created)+first.Total(incoming.Unchanged)+first.Total(incoming.Linked); n != m {
			t.Errorf("%s: %d of %d records are known the second time", set.folder, n, m)
		}
	}
	wantNoGaps(t, s)
}

func TestImportTakesEveryFilm(t *testing.T) {
	t.Parallel()
	films(t)
	const rows = 36273
	counts := real.films.Counts[storage.Movie]
	if got := counts[incoming.Created] + counts[incoming.Refused]; got != rows {
		t.Errorf("%d films were taken and %d refused, of %d", counts[incoming.Created], counts[incoming.Refused], rows)
	}
	if counts[incoming.Refused] > 150 {
		t.Errorf("%d films were refused: %v", counts[incoming.Refused], real.films.Reasons)
	}
}

// Exporting a catalogue, importing that into an empty one and exporting again
// gives the same bytes.
func TestExportIsTheIdentity(t *testing.T) {
	t.Parallel()
	one, two := open(t), open(t)
	importFiles(t, one, "tvmaze", false, data(t, "tvmaze")...)
	importFiles(t, one, "imdb", false, data(t, "imdb-tsv-2000")...)
	create(t, one, storage.Movie, `{"title": "<b>\u0026 \u2028 \"quotes\" 日本", "genres": [{"name": "Drama"}], "imdb_rating": 7.0, "web_links": {"a/b~c": "http://x.example/?a=1&b=2"}}`)
	export := func(s *postgres.Store) []byte {
		var out []byte
		err := s.Export(deadline(t), func(o *storage.Object, sources map[string]string) error {
			out = ndjson.AppendLine(out, o.Noun, o.Body, sources)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := export(one)
	source, err := dataset.OpenExport("copy", first)
	if err != nil {
		t.Fatal(err)
	}
	report, err := two.Import(deadline(t), source.Records(deadline(t)), importer.Options{Source: source.Name()})
	if err != nil || report.Total(incoming.Refused) > 0 {
		t.Fatalf("%v, refused: %v", err, report.Refusals)
	}
	if second := export(two); string(first) != string(second) {
		t.Error(cmp.Diff(string(first), string(second)))
	}
	o := create(t, two, storage.Movie, `{"title": "New"}`)
	if _, err := one.Get(deadline(t), storage.Movie, o.ID, nil); err == nil {
		t.Errorf("a new movie got the id %s, which an imported one has", o.ID)
	}
}
