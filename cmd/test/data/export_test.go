package data_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marquee/deploy/await"

	"github.com/jackc/pgx/v5"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
	"marquee/storage/sample"
)

// The export of an imported export has the same bytes, plain and compressed.
func TestExportRoundTrip(t *testing.T) {
	t.Parallel()
	from := fixture.Catalogue(t)
	// The sample has every noun, the list has source keys, and one film is written through
	// the API, with gaps in the ids before it.
	fixture.Run(t, from, "import", "ndjson", fixture.WriteFile(t, "sample.ndjson", string(sample.NDJSON)))
	fixture.Run(t, from, "import", "wikipedia", devstack.Data(t, "wikipedia", "movies-1900s.json.gz"))
	s := fixture.Serve(t, from)
	s.Token = fixture.NewToken(t, from)
	s.Do(t, "DELETE", s.Post(t, "/2.0/movies", `{"movie":{"title":"Gone"}}`).Header.Get("Location"), "", 204)
	s.Post(t, "/2.0/movies", `{"movie":{"title":"<Tea> & \"Milk\" \u2028 𝄞","genres":[{"name":"Tea"}],"web_links":{"home":"http://tea.example/?a=1&b=2"}}}`)

	dir := t.TempDir()
	plain, packed := export1(t, from, filepath.Join(dir, "films.ndjson")), export1(t, from, filepath.Join(dir, "films.ndjson.gz"))
	if printed := fixture.Run(t, from, "export", "-"); printed != plain {
		t.Errorf("standard output (%d bytes) and the file (%d bytes) differ", len(printed), len(plain))
	}
	if unpack(t, packed) != plain {
		t.Error("the compressed file has other content than the plain one")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("files in the folder: got %v (%v), want the two exports", entries, err)
	}

	to := fixture.Catalogue(t)
	fixture.Contains(t, fixture.Run(t, to, "import", "ndjson", filepath.Join(dir, "films.ndjson.gz")), "Created ")
	if again := export1(t, to, filepath.Join(dir, "again.ndjson")); again != plain {
		t.Errorf("the second export differs: %s", fixture.Difference(plain, again))
	}
	if again := export1(t, to, filepath.Join(dir, "again.ndjson.gz")); again != packed {
		t.Error("the second compressed export differs")
	}
	fixture.Contains(t, fixture.Run(t, to, "import", "ndjson", filepath.Join(dir, "films.ndjson")), "Nothing changed")
	fixture.Contains(t, fixture.Run(t, to, "import", "wikipedia", devstack.Data(t, "wikipedia", "movies-1900s.json.gz")), "Nothing changed")
	// New ids continue after the ids of the first catalogue.
	copied := fixture.Serve(t, to)
	copied.Token = fixture.NewToken(t, to)
	copied.Post(t, "/2.0/movies", `{"movie":{"title":"Next"}}`)
}

// export1 exports to a file and returns its content.
func export1(t *testing.T, e fixture.Env, path string) string {
	t.Helper()
	fixture.Contains(t, fixture.Run(t, e, "export", path), "Wrote ", filepath.Base(path))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func unpack(t *testing.T, packed string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	return string(fixture.ReadAll(t, z))
}

// An interrupted or killed export creates no file of the given name, and does not change an
// existing one.
func TestExportInterrupted(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	fixture.Run(t, e, "import", "wikipedia", fixture.WriteFile(t, "films.json", fixture.TwoFilms))
	hold(t, e["MARQUEE_DATABASE_URL"])
	dir := t.TempDir()
	path, old := filepath.Join(dir, "films.ndjson.gz"), filepath.Join(dir, "old.ndjson")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}

	killed := fixture.StartChild(t, e, "export", path)
	await.Nil(t, func() error { killed.Running(t); return begun(path) })
	killed.Kill(t)
	removeParts(t, path)

	for _, target := range []string{path, old} {
		c := fixture.StartChild(t, e, "export", target)
		await.Nil(t, func() error { c.Running(t); return begun(target) })
		if err := c.Cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(t); err == nil {
			t.Errorf("an interrupted export got no error: %s", c.Stdout.String())
		}
		fixture.Lacks(t, c.Stdout.String(), "Wrote")
		if begun(target) == nil {
			t.Errorf("an interrupted export has left %s", target)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a temporary file is left: %v", err)
	}
	if b, err := os.ReadFile(old); err != nil || !bytes.Equal(b, []byte("old")) {
		t.Errorf("the existing file: got %q, %v, want no change", b, err)
	}
}

// hold locks the table of movies, so that an export starts and waits.
func hold(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	for _, statement := range []string{"BEGIN", "LOCK TABLE movies IN ACCESS EXCLUSIVE MODE"} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// begun returns an error until a temporary file is beside the target.
func begun(path string) error {
	if parts, err := filepath.Glob(path + ".*"); err != nil || len(parts) == 0 {
		return errors.Join(errors.New("not begun"), err)
	}
	return nil
}

// removeParts removes the temporary files of a killed export.
func removeParts(t *testing.T, path string) {
	t.Helper()
	parts, err := filepath.Glob(path + ".*")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if err := os.Remove(part); err != nil {
			t.Fatal(err)
		}
	}
}

// An export to a place that cannot be written fails and leaves no file.
func TestExportToUnwritableFolder(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing", "films.ndjson")
	fixture.Contains(t, fixture.Fail(t, e, "export", missing), "missing")
	fixture.Contains(t, fixture.Fail(t, e, "export", dir), filepath.Base(dir))
	if parts, err := filepath.Glob(dir + "*.part"); err != nil || len(parts) > 0 {
		t.Errorf("temporary files: got %v, %v, want none", parts, err)
	}
}
