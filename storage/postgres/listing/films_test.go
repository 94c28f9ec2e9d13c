package listing_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"marquee/deploy/devstack"
	"marquee/storage/dataset"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/listing"
)

func TestMain(m *testing.M) { devstack.Main(m) }

func init() { listing.Films = films }

var shared struct {
	once sync.Once
	url  string
	done bool
}

// films returns the URL of a database with the films and series of shared/data,
// imported once for tests that only read them.
func films(t *testing.T) string {
	t.Helper()
	wikipedia, tvmaze := devstack.Data(t, "wikipedia"), devstack.Data(t, "tvmaze") // before once, since they may skip the test
	shared.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		shared.url = devstack.SharedPostgres(t)
		if _, err := postgres.Migrate(ctx, shared.url); err != nil {
			t.Fatal(err)
		}
		s, err := postgres.Open(ctx, shared.url)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		importFiles(ctx, t, s, "wikipedia", filepath.Join(wikipedia, "*.json.gz"))
		importFiles(ctx, t, s, "tvmaze", tvmaze)
		if err := s.Analyze(ctx); err != nil {
			t.Fatal(err)
		}
		shared.done = true
	})
	if !shared.done {
		t.Fatal("the films were not imported")
	}
	return shared.url
}

// importFiles imports the files that match a pattern.
func importFiles(ctx context.Context, t *testing.T, s *postgres.Store, format, pattern string) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	source, err := dataset.Open(format, paths)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := s.Import(ctx, source.Records(ctx), importer.Options{Source: source.Name(), Who: "test"}); err != nil {
		t.Fatal(err)
	}
}
