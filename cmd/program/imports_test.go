package program_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
)

// downward lists the folders that the packages of each folder may import: data flows
// downwards and never back. Only whole-program tests may import the servers of deploy,
// and nothing imports them. A folder that is not listed must not exist.
var downward = map[string][]string{
	wholeProgram: {"cmd", "api", "cache", "search", "storage", "indexer", "deploy"},
	"cmd":        {"api", "cache", "search", "storage", "indexer"},
	"api":        {"cache", "search", "storage"},
	"indexer":    {"search", "storage"},
	"search":     {"storage"},
	"cache":      nil,
	"storage":    nil,
	"deploy":     {"storage"},
	"docs":       nil,
}

// wholeProgram is the folder of the tests that run the whole program.
const wholeProgram = "cmd/test"

// driver says below which folders packages may import a driver, and which others
// may link it through them: what is above them speaks to interfaces, and tests
// can replace the servers.
type driver struct{ importers, linkers []string }

var drivers = map[string]driver{
	"github.com/jackc/pgx":                {importers: []string{"cmd", "storage/postgres", "storage/embedded", "search/postgres", "deploy"}},
	"github.com/redis/go-redis":           {importers: []string{"cmd", "cache", "deploy"}},
	"github.com/prometheus/client_golang": {importers: []string{"cmd"}},
	"github.com/elastic/go-elasticsearch": {importers: []string{"cmd", "search/elastic", "deploy"}},
}

func TestImportsPointDownwards(t *testing.T) {
	t.Parallel()
	for _, line := range goList(t, `{{.ImportPath}} {{join .Imports " "}}`, "./...") {
		from, imports, _ := strings.Cut(line, " ")
		folder := top(from)
		allowed, known := downward[folder]
		if !known {
			t.Errorf("%s is in a folder that the layout does not have", from)
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
	for name, d := range drivers {
		for from := range packagesWith(t, "Imports", name) {
			if !below(d.importers, from) {
				t.Errorf("%s imports %s, which only %v may", from, name, d.importers)
			}
		}
		for from := range packagesWith(t, "Deps", name) {
			if !below(append(d.importers, d.linkers...), from) {
				t.Errorf("%s depends on %s, which only %v and %v may", from, name, d.importers, d.linkers)
			}
		}
	}
}

// packagesWith are the packages that have a driver in a list of go list's.
func packagesWith(t *testing.T, list, driver string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, line := range goList(t, `{{.ImportPath}} {{join .`+list+` " "}}`, "./...") {
		from, names, _ := strings.Cut(line, " ")
		if slices.ContainsFunc(strings.Fields(names), func(name string) bool { return strings.HasPrefix(name, driver) }) {
			found[from] = true
		}
	}
	return found
}

func below(folders []string, path string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(path, "marquee/"+f) })
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
	out, err := exec.CommandContext(t.Context(), "git", "-C", fixture.Root(t), "ls-tree", "-d", "--name-only", "HEAD").Output()
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
	if strings.HasPrefix(path, wholeProgram+"/") {
		return wholeProgram
	}
	first, _, _ := strings.Cut(path, "/")
	return first
}

func goList(t *testing.T, format string, packages ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-f", format}, packages...)...)
	cmd.Dir = fixture.Root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
