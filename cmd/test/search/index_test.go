package search_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"marquee/cmd/program"
	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// The commands of the search index: it is built, found equal, followed by an
// indexer, and gone back from.
func TestIndexCommands(t *testing.T) {
	t.Parallel()
	e := fixture.Env{
		"MARQUEE_DATABASE_URL":        devstack.Postgres(t),
		"MARQUEE_ELASTICSEARCH_URL":   devstack.Elasticsearch(t),
		"MARQUEE_ELASTICSEARCH_INDEX": devstack.IndexPrefix(t) + "catalogue",
	}
	run := func(args ...string) string {
		t.Helper()
		stdout, stderr, err := fixture.Execute(t, e, args...)
		if err != nil {
			t.Fatalf("marquee %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr)
		}
		return stdout
	}
	run("migrate")
	run("import", "ndjson", fixture.FilmFile(t, "Laura", "Gilda"))
	if _, _, err := fixture.Execute(t, e, "verify"); err == nil {
		t.Error("an index that does not exist is found equal")
	}
	run("reindex")
	run("verify")

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- (&program.Program{Stdout: &fixture.Output{}, Stderr: &fixture.Output{}, Getenv: e.Get}).Run(ctx, []string{"indexer"})
	}()
	run("import", "ndjson", fixture.FilmFile(t, "Notorious"))
	for deadline := time.Now().Add(fixture.Patience); ; {
		stdout, _, err := fixture.Execute(t, e, "verify")
		if err == nil && strings.Contains(stdout, "holds 3 objects") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the indexer did not catch up: %v\n%s", err, stdout)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the interrupted indexer ended with %v", err)
	}
	run("reindex")
	run("reindex", "--rollback")
	run("verify")

	run("import", "ndjson", fixture.FilmFile(t, "Vertigo"))
	stdout, _, err := fixture.Execute(t, e, "verify")
	if err == nil || !strings.Contains(err.Error(), "start an indexer") || !strings.Contains(stdout, "1 unsettled, lagging by 1") || !strings.Contains(stdout, "movie 4 unsettled: version 3, not in the index") {
		t.Errorf("without an indexer: %v\n%s", err, stdout)
	}
}

func TestIndexCommandsNeedAnIndex(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"indexer", "reindex", "verify"} {
		_, _, err := fixture.Execute(t, fixture.Env{"MARQUEE_DATA_DIR": t.TempDir()}, command)
		if err == nil || !strings.Contains(err.Error(), "--elasticsearch-url") {
			t.Errorf("%s: %v", command, err)
		}
	}
}
