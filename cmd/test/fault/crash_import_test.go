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

	"github.com/jackc/pgx/v5"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
	"marquee/storage/embedded"
)

// Whatever is killed during an import, in the end the catalogue is that of one
// which went through.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	films := devstack.Data(t, "wikipedia", "movies-1910s.json.gz") // four batches
	whole := fixture.Catalogue(t)
	counts := movieCounts(t, fixture.Run(t, whole, "import", "wikipedia", films))
	want := essence(t, fixture.Run(t, whole, "export", "-"))

	t.Run("program", func(t *testing.T) {
		t.Parallel()
		dir := fixture.PrivateDir(t)
		e := fixture.Env{"MARQUEE_DATA_DIR": dir}
		c := fixture.StartChild(t, e, "import", "wikipedia", films)
		release := holdImport(t, c, dir)
		c.Kill(t)
		release()
		again := movieCounts(t, fixture.Run(t, e, "import", "wikipedia", films)) // at once: the other's PostgreSQL still stops
		if again.created == 0 || again.unchanged == 0 || again.created+again.unchanged != counts.created {
			t.Errorf("the second run has created %d films and found %d, of %d", again.created, again.unchanged, counts.created)
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
		if err := c.Wait(t); err != nil {
			t.Errorf("the import did not wait for PostgreSQL: %v\n%s", err, c.Stderr.String())
		}
		sameCatalogue(t, e, want)
	})
}

// holdImport waits until the first batch of an import is committed, and holds up the
// next one until it is released.
func holdImport(t *testing.T, c *fixture.Child, dir string) (release func()) {
	t.Helper()
	var url string
	fixture.Eventually(t, func() error {
		c.Running(t)
		found, running, err := embedded.Find(dir)
		if url = found; err == nil && !running {
			err = errors.New("there is no server yet")
		}
		return err
	})
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, func() error {
		c.Running(t)
		var any bool
		err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM movies)").Scan(&any)
		if err == nil && !any {
			err = errors.New("there are no films yet")
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
	return func() { _ = conn.Close(context.WithoutCancel(t.Context())) } // whose server may be gone
}

// sameCatalogue compares what a catalogue holds, and checks its log.
func sameCatalogue(t *testing.T, e fixture.Env, want []string) {
	t.Helper()
	s := fixture.Serve(t, e)
	fixture.NoGaps(t, s.Changes(t))
	got := essence(t, fixture.Run(t, e, "export", "-"))
	if !slices.Equal(got, want) {
		t.Errorf("%d objects instead of %d, or they differ: %s", len(got), len(want), fixture.Difference(strings.Join(want, "\n"), strings.Join(got, "\n")))
	}
}

// essence is what an export says apart from the numbers and times that another
// run may give: references by name, lines sorted.
func essence(t *testing.T, export string) []string {
	t.Helper()
	var lines []string
	names := map[string]string{} // of persons, who come before what refers to them
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

// imported are numbers of films of an import's report.
type imported struct{ created, unchanged int }

var moviesRow = regexp.MustCompile(`(?m)^ *movies +(\d+) +\d+ +(\d+) `)

func movieCounts(t *testing.T, report string) imported {
	t.Helper()
	row := moviesRow.FindStringSubmatch(report)
	if row == nil {
		t.Fatalf("no movies in the report:\n%s", report)
	}
	created, err1 := strconv.Atoi(row[1])
	unchanged, err2 := strconv.Atoi(row[2])
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return imported{created, unchanged}
}
