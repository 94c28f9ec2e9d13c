package program

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marquee/deploy/devstack"
)

// Two films in the form of the Wikipedia lists, and below one that has no title.
const (
	oneBroken = `[
  {"title": "Brass Kites", "year": 1933, "cast": [], "genres": [], "href": null},
  {"title": "", "year": 1934,
   "cast": [], "genres": [], "href": null},
  7
]`
)

func TestImport(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	films := writeFile(t, "films.json", twoFilms)

	dry := succeed(t, e, "import", "wikipedia", "--dry-run", films)
	contains(t, dry, "dry run", "6 objects would be created", "nothing was written") // 2 films, 2 genres, 2 persons
	if v := versionOf(t, e); v != 0 {
		t.Errorf("a dry run has made version %d", v)
	}
	if out := succeed(t, e, "export", "-"); out != "" {
		t.Errorf("a dry run has written:\n%s", out)
	}

	contains(t, succeed(t, e, "import", "wikipedia", films), "Created 6 objects", "version 1.")
	contains(t, succeed(t, e, "import", "wikipedia", films), "Nothing changed. The catalogue is at version 1.")
	contains(t, succeed(t, e, "import", "wikipedia", "--dry-run", films), "0 objects would be created")
	if v := versionOf(t, e); v != 1 {
		t.Errorf("importing again has made version %d", v)
	}
	s := startServing(t, e)
	if n := s.total(t, "/2.0/movies?genres=drama&year=1930..1931"); n != 1 {
		t.Errorf("%d dramas of 1930 and 1931, want 1", n)
	}
	if n := s.total(t, "/2.0/persons"); n != 2 {
		t.Errorf("%d persons, want 2", n)
	}
}

// What cannot be taken is told with its place; the rest is taken.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	films := writeFile(t, "broken.json", oneBroken)
	out := succeed(t, e, "import", "wikipedia", films)
	contains(t, out, "broken.json:3: title", "broken.json:5: ", "Created 1 objects")

	lines := writeFile(t, "lines.ndjson", `{"noun":"genre","object":{"name":"Noir"}}`+"\n"+`{"noun":"genre","object":{"name":7}}`+"\n")
	contains(t, succeed(t, e, "import", "ndjson", lines), "lines.ndjson:2: ", "name", "Created 1 objects")

	// Nothing at all is taken: the catalogue stays at the version that it has.
	contains(t, succeed(t, e, "import", "wikipedia", writeFile(t, "debris.json", `[7, {"title": ""}]`)),
		"debris.json:1: ", "Nothing changed. The catalogue is at version 2.")
}

// Errors that can be seen before anything is imported come before it: a data
// directory is not even made.
func TestImportStartsWithNothingMissing(t *testing.T) {
	t.Parallel()
	films := writeFile(t, "films.json", twoFilms)
	folder := filepath.Dir(films)
	cut := writeFile(t, "cut.json.gz", "\x1f\x8b\x08")
	for _, c := range []struct {
		args, named []string
	}{
		{[]string{"wikipeda", films}, []string{`"wikipeda"`, "did you mean wikipedia?"}},
		{[]string{"betamax", films}, []string{`"betamax"`, "wikipedia, tmdb5000, imdb, tvmaze, ndjson"}},
		{[]string{"wikipedia", films, filepath.Join(folder, "lost.json")}, []string{"lost.json", "no such file"}},
		{[]string{"ndjson", folder}, []string{folder, ".ndjson"}},
		{[]string{"tmdb5000", films}, []string{"films.json"}},
		{[]string{"wikipedia", films, cut}, []string{"cut.json.gz"}},
	} {
		dir := filepath.Join(t.TempDir(), "marquee-data")
		message := fail(t, nil, append([]string{"import", "--data-dir", dir}, c.args...)...)
		contains(t, message, c.named...)
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("import %s: a data directory was made for nothing", strings.Join(c.args, " "))
		}
	}
}

// A gzip file that ends early is an error that names it.
func TestImportCutFile(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
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
	cut := writeFile(t, "cut.ndjson.gz", packed.String()) // never closed
	contains(t, fail(t, e, "import", "ndjson", cut), "cut.ndjson.gz", "unexpected EOF")
}

// An import finds the PostgreSQL of a server that runs on the same data
// directory, and what it brings is served at once.
func TestImportBesideServer(t *testing.T) {
	t.Parallel()
	real := devstack.Data(t, "wikipedia", "movies-1900s.json.gz")
	dir := private(t)
	e := environment{"MARQUEE_DATA_DIR": dir}
	_, s := startServer(t, e, "--sample=false")
	contains(t, succeed(t, e, "import", "wikipedia", writeFile(t, "films.json", twoFilms)), "Created 6 objects")
	if n := s.total(t, "/2.0/movies"); n != 2 {
		t.Errorf("%d movies are served, want 2", n)
	}
	out := succeed(t, e, "import", "wikipedia", real)
	contains(t, out, "Created", "version 2.")
	if n := s.total(t, "/2.0/movies"); n < 300 {
		t.Errorf("%d movies are served, want all of the file", n)
	}
	token := newToken(t, e)
	created := site{s.base, token}.post(t, "/2.0/movies", `{"movie":{"title":"After the import","genres":["drama"]}}`)
	if v := created.header.Get("Catalogue-Version"); v != "3" {
		t.Errorf("the write behind two imports has version %s", v)
	}
	noGaps(t, s.changes(t))
	contains(t, succeed(t, e, "export", "-"), "After the import", "The Glass Harbour")
}
