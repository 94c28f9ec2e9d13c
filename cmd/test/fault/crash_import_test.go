package fault_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"marquee/deploy/await"

	"github.com/jackc/pgx/v5"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
	"marquee/storage/embedded"
)

// After the program or PostgreSQL is killed during an import, and the import has run to
// its end, the catalogue is the same as after an undisturbed import.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	films := devstack.Data(t, "wikipedia", "movies-1910s.json.gz") // four batches
	whole := fixture.Catalogue(t)
	counts := movieCounts(t, fixture.Refuse(t, whole, "import", "wikipedia", films))
	want := essence(t, fixture.Run(t, whole, "export", "-"))

	t.Run("program", func(t *testing.T) {
		t.Parallel()
		dir := fixture.PrivateDir(t)
		e := fixture.Env{"MARQUEE_DATA_DIR": dir}
		c := fixture.StartChild(t, e, "import", "wikipedia", films)
		release := holdImport(t, c, dir)
		c.Kill(t)
		release()
		again := movieCounts(t, fixture.Refuse(t, e, "import", "wikipedia", films))                                         // at once, while the PostgreSQL of the killed run is still stopping
		if again.created == 0 || again.unchanged == 0 || again.created+again.unchanged != counts.created+counts.unchanged { // the file repeats films
			t.Errorf("the second run: got %d created and %d unchanged films, want both, together %d", again.created, again.unchanged, counts.created+counts.unchanged)
		}
		sameCatalogue(t, e, want)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		dir := fixture.PrivateDir(t)
		e := fixture.Env{"MARQUEE_DATA_DIR": dir}
		c := fixture.StartChild(t, e, "import", "wikipedia", films)
		release := holdImport(t, c, dir)
		fixture.KillPostgres(t, dir)
		release()
		if err := c.Wait(t); c.Cmd.ProcessState.ExitCode() != 3 { // the file repeats films
			t.Errorf("the import: got %v, want that it waits for PostgreSQL\n%s", err, c.Stderr.String())
		}
		sameCatalogue(t, e, want)
	})
}

// holdImport waits until the first batch of an import is committed, and blocks the next
// one until release is called.
func holdImport(t *testing.T, c *fixture.Child, dir string) (release func()) {
	t.Helper()
	var url string
	await.Nil(t, func() error {
		c.Running(t)
		found, running, err := embedded.Find(dir)
		if url = found; err == nil && !running {
			err = errors.New("PostgreSQL does not run yet")
		}
		return err
	})
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	await.Nil(t, func() error {
		c.Running(t)
		var any bool
		err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM movies)").Scan(&any)
		if err == nil && !any {
			err = errors.New("the catalogue has no films yet")
		}
		return err
	})
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE movies IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	return func() { _ = conn.Close(context.WithoutCancel(t.Context())) } // the server may be gone
}

// sameCatalogue compares the objects of a catalogue, and checks its change log.
func sameCatalogue(t *testing.T, e fixture.Env, want []string) {
	t.Helper()
	s := fixture.Serve(t, e)
	fixture.NoGaps(t, s.Changes(t))
	got := essence(t, fixture.Run(t, e, "export", "-"))
	if !slices.Equal(got, want) {
		t.Errorf("got %d objects, want %d; the first difference: %s", len(got), len(want), fixture.Difference(strings.Join(want, "\n"), strings.Join(got, "\n")))
	}
}

// essence returns the sorted lines of an export without ids and times, which differ
// between runs. References are names.
func essence(t *testing.T, export string) []string {
	t.Helper()
	var lines []string
	names := map[string]string{} // of persons, which an export has before the objects that refer to them
	for line := range strings.Lines(export) {
		var v struct {
			Noun    string
			Object  map[string]any
			Sources map[string]string
		}
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		if v.Noun == "person" {
			names[fmt.Sprint(v.Object["id"])] = fmt.Sprint(v.Object["name"])
		}
		for _, field := range []string{"starring", "directors"} {
			list, _ := v.Object[field].([]any)
			for i, id := range list {
				list[i] = names[fmt.Sprint(id)]
			}
		}
		for _, field := range []string{"id", "added", "modified"} {
			delete(v.Object, field)
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(b))
	}
	slices.Sort(lines)
	return lines
}

// imported has numbers of films from the report of an import.
type imported struct{ created, unchanged int }

var moviesRow = regexp.MustCompile(`(?m)^ *movies +(\d+) +\d+ +(\d+) `)

func movieCounts(t *testing.T, report string) imported {
	t.Helper()
	row := moviesRow.FindStringSubmatch(report)
	if row == nil {
		t.Fatalf("the report has no row of movies:\n%s", report)
	}
	created, err1 := strconv.Atoi(row[1])
	unchanged, err2 := strconv.Atoi(row[2])
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return imported{created, unchanged}
}
