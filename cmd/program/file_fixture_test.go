package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// difference is the first line in which two texts differ.
func difference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return as[i] + "\n" + bs[i]
		}
	}
	return "one is longer"
}

func root(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "..", "..")
}

const (
	twoFilms = `[
  {"title": "The Glass Harbour", "year": 1931, "cast": ["Ina Test", "Odd Case"], "genres": ["Drama"], "href": "The_Glass_Harbour",
   "extract": "The Glass Harbour is a 1931 film about a town that is made of glass."},
  {"title": "Paper Moons", "year": 1932, "cast": ["Ina Test"], "genres": ["Drama", "Comedy"], "href": null}
]`
)

// writeFile writes a file of the test's own.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
