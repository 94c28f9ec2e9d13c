package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// downward lists, for each top-level folder, which others its packages may
// import: data flows downwards and never back. Folders that are not listed do
// not exist.
var downward = map[string][]string{
	"cmd":     {"api", "cache", "search", "storage", "indexer"},
	"api":     {"cache", "search", "storage"},
	"indexer": {"search", "storage"},
	"search":  {"storage"},
	"cache":   nil,
	"storage": nil,
	"deploy":  {"storage"},
	"docs":    nil,
}

// drivers may be linked only into the packages below these folders: what is
// above them speaks to interfaces, and tests can replace the servers.
var drivers = map[string][]string{
	"github.com/jackc/pgx":                {"cmd", "storage/postgres", "storage/embedded", "search/postgres", "deploy"},
	"github.com/redis/go-redis":           {"cmd", "cache", "deploy"},
	"github.com/elastic/go-elasticsearch": {"cmd", "search/elastic", "deploy"},
}

func TestImportsPointDownwards(t *testing.T) {
	t.Parallel()
	for _, line := range goList(t, `{{.ImportPath}} {{join .Imports " "}}`, "./...") {
		from, imports, _ := strings.Cut(line, " ")
		folder := top(from)
		allowed, known := downward[folder]
		if !known {
			t.Errorf("%s lies in a folder that the layout does not have", from)
		}
		for _, to := range strings.Fields(imports) {
			if strings.HasPrefix(to, "marquee/") && top(to) != folder && !slices.Contains(allowed, top(to)) {
				t.Errorf("%s imports %s: %s may import only %v", from, to, folder, allowed)
			}
		}
	}
}

func TestDriversStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	for _, line := range goList(t, `{{.ImportPath}} {{join .Deps " "}}`, "./...") {
		from, deps, _ := strings.Cut(line, " ")
		for _, dep := range strings.Fields(deps) {
			for driver, folders := range drivers {
				if strings.HasPrefix(dep, driver) && !slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(from, "marquee/"+f) }) {
					t.Errorf("%s depends on %s, which only %v may", from, driver, folders)
				}
			}
		}
	}
}

// The vocabulary is a leaf: the standard library and golang.org/x/text.
func TestVocabularyIsALeaf(t *testing.T) {
	t.Parallel()
	for _, line := range goList(t, `{{join .Imports "\n"}}`, "marquee/storage") {
		if strings.Contains(line, ".") && !strings.HasPrefix(line, "golang.org/x/text/") {
			t.Errorf("storage imports %s", line)
		}
	}
}

func TestTopLevelFolders(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "git", "-C", root(t), "ls-tree", "-d", "--name-only", "HEAD").Output()
	if err != nil {
		t.Skip("not a checkout:", err)
	}
	for folder := range strings.FieldsSeq(string(out)) {
		if _, known := downward[folder]; !known && !strings.HasPrefix(folder, ".") {
			t.Errorf("the folder %s is not of the layout", folder)
		}
	}
}

func top(path string) string {
	path = strings.TrimPrefix(path, "marquee/")
	first, _, _ := strings.Cut(path, "/")
	return first
}

func root(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "..", "..")
}

func goList(t *testing.T, format string, packages ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-f", format}, packages...)...)
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
