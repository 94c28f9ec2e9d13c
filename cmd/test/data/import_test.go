package data_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// oneBroken is a file of films of which one has no title.
const oneBroken = `[
  {"title": "Brass Kites", "year": 1933, "cast": [], "genres": [], "href": null},
  {"title": "", "year": 1934,
   "cast": [], "genres": [], "href": null},
  7
]`

func TestImport(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	films := fixture.WriteFile(t, "films.json", fixture.TwoFilms)

	dry := fixture.Run(t, e, "import", "wikipedia", "--dry-run", films)
	fixture.Contains(t, dry, "dry run", "6 objects would be created", "nothing was written") // 2 films, 2 genres, 2 persons
	if v := fixture.VersionOf(t, e); v != 0 {
		t.Errorf("after a dry run: got version %d, want 0", v)
	}
	if out := fixture.Run(t, e, "export", "-"); out != "" {
		t.Errorf("a dry run has written objects:\n%s", out)
	}

	fixture.Contains(t, fixture.Run(t, e, "import", "wikipedia", films), "Created 6 objects", "version 1.")
	fixture.Contains(t, fixture.Run(t, e, "import", "wikipedia", films), "Nothing changed. The catalogue is at version 1.")
	fixture.Contains(t, fixture.Run(t, e, "import", "wikipedia", "--dry-run", films), "0 objects would be created")
	if v := fixture.VersionOf(t, e); v != 1 {
		t.Errorf("after the same import again: got version %d, want no new version", v)
	}
	s := fixture.Serve(t, e)
	if n := s.Total(t, "/2.0/movies?genres=drama&year=1930..1931"); n != 1 {
		t.Errorf("dramas of 1930 and 1931: got %d, want 1", n)
	}
	if n := s.Total(t, "/2.0/persons"); n != 2 {
		t.Errorf("persons: got %d, want 2", n)
	}
}

// An import reports refused records with their places, and imports the others.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	films := fixture.WriteFile(t, "broken.json", oneBroken)
	dry := fixture.Refuse(t, e, "import", "wikipedia", "--dry-run", films)
	fixture.Contains(t, dry, "broken.json item 2: title", "broken.json item 3: ")
	out := fixture.Refuse(t, e, "import", "wikipedia", films)
	fixture.Contains(t, out, "broken.json item 2: title", "broken.json item 3: ", "Created 1 objects")

	lines := fixture.WriteFile(t, "lines.ndjson", `{"noun":"genre","object":{"name":"Noir"}}`+"\n"+`{"noun":"genre","object":{"name":7}}`+"\n")
	fixture.Contains(t, fixture.Refuse(t, e, "import", "ndjson", lines), "lines.ndjson:2: ", "name", "Created 1 objects")

	// Every record is refused: the version does not change.
	fixture.Contains(t, fixture.Refuse(t, e, "import", "wikipedia", fixture.WriteFile(t, "debris.json", `[7, {"title": ""}]`)),
		"debris.json item 1: ", "Nothing changed. The catalogue is at version 2.")
}

// The query of an imported collection is checked as that of a request is. Each fault is named by
// its line, and by the parameter. A dry run says the same.
func TestImportChecksRules(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	lines := ""
	for i, query := range []string{"genres=drama&sort=-year", "year=x", "genre=drama", "limit=5", "?year=1950", ""} {
		lines += fmt.Sprintf(`{"noun":"collection","object":{"id":"c%d","name":"Name %d","query":%q}}`+"\n", i, i, query)
	}
	file := fixture.WriteFile(t, "rules.ndjson", lines)
	for _, flags := range [][]string{{"--dry-run"}, {}} {
		out := fixture.Refuse(t, e, slices.Concat([]string{"import", "ndjson"}, flags, []string{file})...)
		fixture.Contains(t, out, "rules.ndjson:2: ", `year`, "rules.ndjson:3: ", "genres", "rules.ndjson:4: ", "limit", "rules.ndjson:5: ", "must not begin with ?")
		fixture.Lacks(t, out, "rules.ndjson:1: ", "rules.ndjson:6: ")
	}
	exported := fixture.Run(t, e, "export", "-")
	fixture.Contains(t, exported, `"query":"genres=drama&sort=-year"`, `"name":"Name 5"`)
	fixture.Lacks(t, exported, "Name 1", "Name 2", "Name 3", "Name 4")
}

// The report shows 100 refused records. The file has all, and the repairs.
func TestImportListsEverything(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	var lines strings.Builder
	for range 120 {
		lines.WriteString("7,\n")
	}
	films := fixture.WriteFile(t, "many.json", "["+lines.String()+`{"title": "Brass Kites[1]", "year": 1933, "cast": [], "genres": [], "href": null}]`)
	fixture.Contains(t, fixture.Refuse(t, e, "import", "wikipedia", "--dry-run", films), "many.json item 100: ", "and 20 more; --report FILE lists all")
	list := filepath.Join(t.TempDir(), "refused.ndjson")
	out := fixture.Refuse(t, e, "import", "wikipedia", "--report", list, films)
	fixture.Contains(t, out, "many.json item 100: ", "and 20 more; "+list+" lists all", "Created 1 objects")
	fixture.Lacks(t, out, "many.json item 101: ")
	got, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	fixture.Contains(t, string(got), `{"file":"many.json","line":120,"item":120,"noun":"movie","reason":"is not a JSON object"}`+"\n",
		`{"file":"many.json","line":121,"item":121,"key":"1933/Brass Kites/","noun":"movie","repair":"removed marks from a title"}`+"\n")
	if n := bytes.Count(got, []byte("\n")); n != 121 {
		t.Errorf("the report has %d lines, want 121", n)
	}
	fixture.Contains(t, fixture.Fail(t, e, "import", "wikipedia", "--report", filepath.Join(list, "none"), films), "create the report")
	fixture.Contains(t, fixture.Fail(t, e, "import", "wikipedia", "--report", films, filepath.Dir(films)), "give it another name")
}

// An export can be piped into an import. The exit status of the process says whether
// records were refused.
func TestImportReadsStandardInput(t *testing.T) {
	t.Parallel()
	from, to := fixture.Catalogue(t), fixture.Catalogue(t)
	fixture.Run(t, from, "import", "wikipedia", fixture.WriteFile(t, "films.json", fixture.TwoFilms))
	marquee, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	pipe := func(script string) *fixture.Child {
		c := fixture.StartProgram(t, "/bin/sh", to, "-c", script, marquee, from["MARQUEE_DATABASE_URL"])
		_ = c.Wait(t)
		return c
	}
	c := pipe(`"$0" export - --database-url "$1" | "$0" import ndjson -`)
	fixture.Contains(t, c.Stdout.String(), "Created 6 objects")
	if a, b := fixture.Run(t, from, "export", "-"), fixture.Run(t, to, "export", "-"); a != b {
		t.Errorf("the exports differ: %s", fixture.Difference(a, b))
	}
	for script, want := range map[string]int{
		`"$0" export - | "$0" import ndjson - --dry-run`: 0,
		`echo '[7]' | "$0" import wikipedia -`:           3,
		`echo '{}' | "$0" import wikipedia -`:            1,
		`"$0" import wikipedia - - </dev/null`:           1,
	} {
		if c := pipe(script); c.Cmd.ProcessState.ExitCode() != want {
			t.Errorf("%s: got the exit status %d, want %d\n%s%s", script, c.Cmd.ProcessState.ExitCode(), want, c.Stdout.String(), c.Stderr.String())
		}
	}
}

// An import with wrong arguments fails before it creates a data directory.
func TestImportChecksArgumentsFirst(t *testing.T) {
	t.Parallel()
	films := fixture.WriteFile(t, "films.json", fixture.TwoFilms)
	folder := filepath.Dir(films)
	cut := fixture.WriteFile(t, "cut.json.gz", "\x1f\x8b\x08")
	for _, c := range []struct {
		args, named []string
	}{
		{[]string{"wikipeda", films}, []string{`"wikipeda"`, "did you mean wikipedia?"}},
		{[]string{"betamax", films}, []string{`"betamax"`, "wikipedia, tmdb, imdb, movielens, tvmaze, ndjson"}},
		{[]string{"wikipedia", films, filepath.Join(folder, "lost.json")}, []string{"lost.json", "no such file"}},
		{[]string{"ndjson", folder}, []string{folder, ".ndjson"}},
		{[]string{"tmdb5000", films}, []string{"films.json"}},
		{[]string{"wikipedia", films, cut}, []string{"cut.json.gz"}},
	} {
		dir := filepath.Join(t.TempDir(), "marquee-data")
		message := fixture.Fail(t, nil, append([]string{"import", "--data-dir", dir}, c.args...)...)
		fixture.Contains(t, message, c.named...)
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("import %s: a data directory was created, want none", strings.Join(c.args, " "))
		}
	}
}

// A gzip file that is cut off is imported up to there. The error names the file and the
// last line.
func TestImportTruncatedFile(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for _, line := range []string{`{"noun":"genre","object":{"name":"Noir"}}`, `{"noun":"genre","object":{"name":"War"}}`} {
		if _, err := z.Write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
		if err := z.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	cut := fixture.WriteFile(t, "cut.ndjson.gz", packed.String()) // never closed
	fixture.Contains(t, fixture.Fail(t, e, "import", "ndjson", cut), "cut.ndjson.gz", "after line 2", "unexpected EOF", "Created 2 objects")
	fixture.Contains(t, fixture.Run(t, e, "export", "-"), `"name":"Noir"`, `"name":"War"`)
}

// An import uses the PostgreSQL of a server on the same data directory, and the server shows
// its objects at once.
func TestImportBesideServer(t *testing.T) {
	t.Parallel()
	real := devstack.Data(t, "wikipedia", "movies-1900s.json.gz")
	dir := fixture.PrivateDir(t)
	e := fixture.Env{"MARQUEE_DATA_DIR": dir}
	_, s := fixture.ServeChild(t, e, "--sample=false")
	fixture.Contains(t, fixture.Run(t, e, "import", "wikipedia", fixture.WriteFile(t, "films.json", fixture.TwoFilms)), "Created 6 objects")
	if n := s.Total(t, "/2.0/movies"); n != 2 {
		t.Errorf("got %d movies, want 2", n)
	}
	out := fixture.Run(t, e, "import", "wikipedia", real)
	fixture.Contains(t, out, "Created", "version 2.")
	if n := s.Total(t, "/2.0/movies"); n < 300 {
		t.Errorf("got %d movies, want all of the file", n)
	}
	token := fixture.NewToken(t, e)
	created := fixture.Site{Base: s.Base, Token: token}.Post(t, "/2.0/movies", `{"movie":{"title":"After the import","genres":["drama"]}}`)
	if v := created.Header.Get("Catalogue-Version"); v != "3" {
		t.Errorf("the write after two imports: got version %s", v)
	}
	fixture.NoGaps(t, s.Changes(t))
	fixture.Contains(t, fixture.Run(t, e, "export", "-"), "After the import", "The Glass Harbour")
}
