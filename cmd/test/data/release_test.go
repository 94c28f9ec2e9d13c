package data_test

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

	"marquee/deploy/await"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/devstack"
)

const migrationsFolder = "../../../storage/postgres/migration/sql"

// nextMigration returns the number after the last migration.
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
	root := fixture.Root(t)
	replace := map[string]string{}
	for path, text := range files {
		replace[filepath.Join(root, path)] = fixture.WriteFile(t, filepath.Base(path), text)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "marquee")
	run(t, "go", "build", "-overlay", fixture.WriteFile(t, "overlay.json", string(overlay)), "-o", program, "marquee/cmd/marquee")
	return program
}

// ended runs a command of another build to its end, and returns its output.
func ended(t *testing.T, program string, e fixture.Env, args ...string) (said string, err error) {
	t.Helper()
	c := fixture.StartProgram(t, program, e, args...)
	err = c.Wait(t)
	return c.Stdout.String() + c.Stderr.String(), err
}

// applyMigration applies a migration that is in no program.
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

// After the migrations of the newer release, two releases share a database and a Redis. Each
// shows the writes of the other, and neither uses cached answers of the other. A release
// that is older than the schema allows does not start.
func TestTwoReleasesAtOnce(t *testing.T) {
	t.Parallel()
	number := nextMigration(t)
	expand, contract := fmt.Sprintf("%05d_tagline.sql", number), fmt.Sprintf("%05d_indices.sql", number+1)
	newer := buildRelease(t, map[string]string{
		"storage/postgres/migration/sql/" + expand: "-- expand\n-- +goose Up\nALTER TABLE movies ADD tagline text;\n",
		"api/openapi/version.go":                   "package openapi\n\nconst (\n\tVersion = \"2.0.999\"\n\tnote = \"answers of another form\"\n)\n",
	})
	e := fixture.Env{"MARQUEE_DATABASE_URL": devstack.Postgres(t), "MARQUEE_REDIS_URL": devstack.Redis(t)}
	api := []string{"api", "--listen", "127.0.0.1:0"}
	fixture.Run(t, e, "migrate")
	if said, err := ended(t, newer, e, api...); err == nil || !strings.Contains(said, "run `marquee migrate`") {
		t.Errorf("the newer release before its migrations: %v\n%s", err, said)
	}
	before := fixture.Start(t, e, api...)
	before.Token = fixture.NewToken(t, e)
	if said, err := ended(t, newer, e, "migrate"); err != nil || !strings.Contains(said, "Applied "+expand) {
		t.Fatalf("%v\n%s", err, said)
	}
	if said := fixture.Run(t, e, "migrate"); strings.Contains(said, "Applied") {
		t.Error(said)
	}
	sites := []fixture.Site{before.Site, fixture.Start(t, e, api...).Site, fixture.StartProgram(t, newer, e, api...).Answers(t)}
	for i := range sites {
		sites[i].Token = before.Token
		readOnAll(t, sites, sites[i])
	}
	wantForms(t, e["MARQUEE_REDIS_URL"], 2)

	applyMigration(t, e["MARQUEE_DATABASE_URL"], contract,
		fmt.Sprintf("-- contract\n-- +goose Up\nDROP INDEX movies_added;\nUPDATE catalogue SET min_schema = %d;\n", number))
	fixture.Contains(t, fixture.Fail(t, e, api...), "the database has a newer schema", "for programs that know "+strconv.FormatInt(number, 10), "use a newer program")
	readOnAll(t, sites[2:], fixture.StartProgram(t, newer, e, api...).Answers(t).WithToken(before.Token))
}

// readOnAll writes to one site and reads the write on all sites, twice: the second answer
// comes from the cache.
func readOnAll(t *testing.T, all []fixture.Site, writer fixture.Site) {
	t.Helper()
	created := load.Done(t, writer, http.MethodPost, "/2.0/movies", `{"movie":{"title":"Written"}}`)
	updated := load.Done(t, writer, http.MethodPut, created.What, `{"movie":{"title":"Written on `+writer.Base+`"}}`)
	for _, s := range all {
		for _, target := range []string{created.What, "/2.0/movies?sort=-added&limit=1&ids=" + filepath.Base(created.What)} {
			for range 2 {
				a, err := s.Public().Send(t.Context(), http.MethodGet, target, "", "Min-Version", strconv.FormatInt(updated.Version, 10))
				if err != nil || a.Status != http.StatusOK || !strings.Contains(string(a.Body), "Written on "+writer.Base) {
					t.Errorf("%s of %s lacks the write on %s: got %+v, %v", target, s.Base, writer.Base, a, err)
				}
			}
		}
	}
}

// wantForms waits until a Redis has entries of n forms.
func wantForms(t *testing.T, address string, want int) {
	t.Helper()
	_, stored := fixture.OpenRedis(t, address)
	await.Nil(t, func() error {
		keys, err := stored()
		for i := range keys {
			keys[i], _, _ = strings.Cut(keys[i], "response:")
		}
		slices.Sort(keys)
		if keys = slices.Compact(keys); err == nil && len(keys) != want {
			err = fmt.Errorf("forms of entries: got %v", keys)
		}
		return err
	})
}
