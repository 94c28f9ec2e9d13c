package importer_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/dataset"
	"marquee/storage/dataset/ndjson"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/storetest"
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
	report, err := s.Import(await.Context(t), source.Records(await.Context(t)), importer.Options{Source: source.Name(), Who: "test", DryRun: dryRun})
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

// A second import changes nothing, and a dry run reports the same outcomes as the
// real one.
func TestImportIsIdempotent(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	for _, set := range []struct{ format, folder string }{{"tmdb5000", "tmdb-5000"}, {"tvmaze", "tvmaze"}, {"imdb", "imdb-tsv-100"}, {"imdb", "imdb-tsv-2000"}} {
		paths := data(t, set.folder)
		foretold := importFiles(t, s, set.format, true, paths...)
		first := importFiles(t, s, set.format, false, paths...)
		if diff := cmp.Diff(foretold.Counts, first.Counts); diff != "" {
			t.Errorf("%s: the dry run reported other counts (-dry +real):\n%s", set.folder, diff)
		}
		if diff := cmp.Diff(foretold.Implied, first.Implied); diff != "" {
			t.Errorf("%s: the dry run reported other implied objects (-dry +real):\n%s", set.folder, diff)
		}
		version, _ := s.Version(await.Context(t))
		second := importFiles(t, s, set.format, false, paths...)
		if n := second.Total(incoming.Created); n > 0 {
			t.Errorf("%s: a second import created %d", set.folder, n)
		}
		if after, _ := s.Version(await.Context(t)); after != version {
			t.Errorf("%s: a second import moved the version from %d to %d", set.folder, version, after)
		}
		if n, m := second.Total(incoming.Unchanged)+second.Total(incoming.Linked), first.Total(incoming.Created)+first.Total(incoming.Unchanged)+first.Total(incoming.Linked); n != m {
			t.Errorf("%s: a second import found %d of %d records", set.folder, n, m)
		}
	}
	storetest.WantNoGaps(t, s)
}

// All films of the files are imported, but for rows that are refused or repeat a key.
func TestImportTakesEveryFilm(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Films(t))
	page, err := s.List(await.Context(t), &storage.Query{Noun: storage.Movie, Limit: 1, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}})
	if err != nil {
		t.Fatal(err)
	}
	if want := 36_157; page.Total != want {
		t.Errorf("got %d films of 36,273 rows, want %d", page.Total, want)
	}
}

// exported returns the export of a catalogue.
func exported(t testing.TB, s *postgres.Store) []byte {
	t.Helper()
	var out []byte
	err := s.Export(await.Context(t), func(o *storage.Object, sources map[string]string) error {
		out = ndjson.AppendLine(out, o.Noun, o.Body, sources)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// copied returns a copy of a catalogue. It was exported and imported into an empty
// database, and has the same export.
func copied(t testing.TB, one *postgres.Store) *postgres.Store {
	t.Helper()
	two, first := storetest.New(t, devstack.Postgres(t)), exported(t, one)
	lines := bytes.SplitAfter(first, []byte("\n"))
	slices.Reverse(lines) // lines may stand in any order
	source, err := dataset.OpenExport("copy", bytes.Join(lines, nil))
	if err != nil {
		t.Fatal(err)
	}
	report, err := two.Import(await.Context(t), source.Records(await.Context(t)), importer.Options{Source: source.Name()})
	if err != nil || report.Total(incoming.Refused) > 0 {
		t.Fatalf("%v, refused: %v", err, report.Refusals)
	}
	if second := exported(t, two); string(first) != string(second) {
		t.Error(cmp.Diff(string(first), string(second)))
	}
	return two
}

func TestExportIsTheIdentity(t *testing.T) {
	t.Parallel()
	one := storetest.New(t, devstack.Postgres(t))
	importFiles(t, one, "tvmaze", false, data(t, "tvmaze")...)
	importFiles(t, one, "imdb", false, data(t, "imdb-tsv-2000")...)
	storetest.Create(t, one, storage.Movie, `{"title": "<b>\u0026 \u2028 \"quotes\" 日本", "genres": [{"name": "Drama"}], "imdb_rating": 7.0, "web_links": {"a/b~c": "http://x.example/?a=1&b=2"}}`)
	o := storetest.Create(t, copied(t, one), storage.Movie, `{"title": "New"}`)
	if _, err := one.Get(await.Context(t), storage.Movie, o.ID, nil); err == nil {
		t.Errorf("a new movie got the id %s, which an imported one has", o.ID)
	}
}
