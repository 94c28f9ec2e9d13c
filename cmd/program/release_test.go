package program

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"marquee/deploy/devstack"
)

const migrationsFolder = "../../storage/postgres/migration/sql"

// nextMigration is the number of a migration that is not written yet.
func nextMigration(t *testing.T) int64 {
	t.Helper()
	files, err := filepath.Glob(migrationsFolder + "/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	last, err := goose.NumericComponent(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	return last + 1
}

// buildRelease builds the program with other files, by their paths from the root of
// the repository.
func buildRelease(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for path, text := range files {
		replace[filepath.Join(root, path)] = writeFile(t, filepath.Base(path), text)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "marquee")
	run(t, "go", "build", "-overlay", writeFile(t, "overlay.json", string(overlay)), "-o", program, ".")
	return program
}

// ended runs a command of another build to its end, and returns all that it said.
func ended(t *testing.T, program string, e environment, args ...string) (said string, err error) {
	t.Helper()
	c := startProgram(t, program, e, args...)
	err = c.wait(t)
	return c.stdout.String() + c.stderr.String(), err
}

// applyMigration applies one that no program has.
func applyMigration(t *testing.T, url, name, text string) {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(migrationsFolder)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDB(*config)
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Two releases serve one database and one Redis at the same time, after the
// migrations of the newer one: what is written on one is read on the other, and
// neither sends what the other made. A release that the schema has left behind
// refuses to start.
func TestTwoReleasesAtOnce(t *testing.T) {
	t.Parallel()
	number := nextMigration(t)
	expand, contract := fmt.Sprintf("%05d_tagline.sql", number), fmt.Sprintf("%05d_indices.sql", number+1)
	newer := buildRelease(t, map[string]string{
		"storage/postgres/migration/sql/" + expand: "-- expand\n-- +goose Up\nALTER TABLE movies ADD tagline text;\n",
		"api/openapi/version.go":                   "package openapi\n\nconst (\n\tVersion = \"2.0.999\"\n\tnote = \"answers of another form\"\n)\n",
	})
	e := environment{"MARQUEE_DATABASE_URL": devstack.Postgres(t), "MARQUEE_REDIS_URL": devstack.Redis(t)}
	api := []string{"api", "--listen", "127.0.0.1:0"}
	succeed(t, e, "migrate")
	if said, err := ended(t, newer, e, api...); err == nil || !strings.Contains(said, "run `marquee migrate`") {
		t.Errorf("the newer release before its migrations: %v\n%s", err, said)
	}
	before := startRole(t, e, api...)
	before.token = newToken(t, e)
	if said, err := ended(t, newer, e, "migrate"); err != nil || !strings.Contains(said, "Applied "+expand) {
		t.Fatalf("%v\n%s", err, said)
	}
	if said := succeed(t, e, "migrate"); strings.Contains(said, "Applied") {
		t.Error(said)
	}
	sites := []site{before.site, startRole(t, e, api...).site, startProgram(t, newer, e, api...).answers(t)}
	for i := range sites {
		sites[i].token = before.token
		readOnAll(t, sites, sites[i])
	}
	wantForms(t, e["MARQUEE_REDIS_URL"], 2)

	applyMigration(t, e["MARQUEE_DATABASE_URL"], contract,
		fmt.Sprintf("-- contract\n-- +goose Up\nDROP INDEX movies_added;\nUPDATE catalogue SET min_schema = %d;\n", number))
	contains(t, fail(t, e, api...), "the database has a newer schema", "for programs that know "+strconv.FormatInt(number, 10), "use a newer program")
	readOnAll(t, sites[2:], startProgram(t, newer, e, api...).answers(t).as(before.token))
}

// readOnAll writes to one site, and reads that on all, twice, so that the second
// answer is one that is kept.
func readOnAll(t *testing.T, all []site, writer site) {
	t.Helper()
	created := done(t, writer, http.MethodPost, "/2.0/movies", `{"movie":{"title":"Written"}}`)
	updated := done(t, writer, http.MethodPut, created.what, `{"movie":{"title":"Written on `+writer.base+`"}}`)
	for _, s := range all {
		for _, target := range []string{created.what, "/2.0/movies?sort=-added&limit=1&ids=" + filepath.Base(created.what)} {
			for range 2 {
				a, err := s.public().send(t.Context(), http.MethodGet, target, "", "Min-Version", strconv.FormatInt(updated.version, 10))
				if err != nil || a.status != http.StatusOK || !strings.Contains(string(a.body), "Written on "+writer.base) {
					t.Errorf("%s of %s does not show what was written on %s: %+v, %v", target, s.base, writer.base, a, err)
				}
			}
		}
	}
}

// wantForms waits until the answers in a Redis are of so many forms.
func wantForms(t *testing.T, address string, want int) {
	t.Helper()
	_, kept := answersIn(t, address)
	eventually(t, func() error {
		keys, err := kept()
		for i := range keys {
			keys[i], _, _ = strings.Cut(keys[i], "response:")
		}
		slices.Sort(keys)
		if keys = slices.Compact(keys); err == nil && len(keys) != want {
			err = fmt.Errorf("the forms of answers are %v", keys)
		}
		return err
	})
}
