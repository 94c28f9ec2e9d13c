package program_test

import (
	_ "embed"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
)

// module is the prefix of our packages' import paths.
const module = "marquee/"

// wholeProgram is the folder of the tests that run the whole program.
const wholeProgram = "cmd/test"

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

// leaves lists the packages of a lower folder that a folder may import, where it may
// not import all of them: api knows the contract of the cache and its rules of conditions,
// not the cache.
var leaves = map[string][]string{
	"api": {"cache/condition", "cache/plan", "cache/rate"},
}

// driver lists the packages and folders ("storage/postgres/") that may import a library,
// and further ones that may depend on it through them. All others use interfaces, so
// that tests can replace the servers.
type driver struct{ importers, dependents []string }

var drivers = map[string]driver{
	"github.com/jackc/pgx/": {
		importers: []string{"storage/postgres/", "storage/embedded", "search/postgres", "cmd/", "deploy/"},
	},
	"github.com/redis/go-redis/": {
		importers:  []string{"cache/shared", "cache/limit", "cache/nonce", "cmd/", "deploy/devstack"},
		dependents: []string{"cache", "deploy/"},
	},
	"github.com/elastic/go-elasticsearch/": {
		importers: []string{"search/elastic/", "cmd/", "deploy/"},
	},
	"github.com/maypok86/otter/": {
		importers:  []string{"cache/memory", "search"},
		dependents: []string{"cache", "search/", "indexer/", "api/", "cmd/"},
	},
	"github.com/andybalholm/brotli": {
		importers:  []string{"cache/encoding"},
		dependents: []string{"cache/", "cmd/"},
	},
	"github.com/prometheus/client_golang/": {importers: []string{"cmd/observe/metric"}, dependents: []string{"cmd/"}},
	"github.com/gorilla/mux":               {importers: []string{"api"}, dependents: []string{"api/openapi/", "cmd/"}},
}

func TestImportsPointDownwards(t *testing.T) {
	t.Parallel()
	for from, imports := range ours(t) {
		folder := top(from)
		allowed, known := downward[folder]
		if !known {
			t.Errorf("%s is in the folder %s, which the layout does not have", from, folder)
		}
		for _, to := range imports {
			switch {
			case top(to) == folder:
			case !slices.Contains(allowed, top(to)):
				t.Errorf("%s imports %s; packages of %s may import only those of %v", from, to, folder, allowed)
			case leaves[folder] != nil && top(to) == top(leaves[folder][0]) && !slices.Contains(leaves[folder], to):
				t.Errorf("%s imports %s; of that folder %s may import only %v", from, to, folder, leaves[folder])
			}
		}
	}
}

//go:embed testdata/imports.txt
var allowedImports string

// TestImportsAreListed compares every import between our packages with
// testdata/imports.txt. That file is the map of the house: each new line in it is a
// decision about the design.
func TestImportsAreListed(t *testing.T) {
	t.Parallel()
	listed := map[string][]string{}
	for line := range strings.Lines(allowedImports) {
		if from, imports, ok := strings.Cut(line, ":"); ok {
			listed[from] = strings.Fields(imports)
		}
	}
	for from, imports := range ours(t) {
		allowed, ok := listed[from]
		if !ok {
			t.Errorf("testdata/imports.txt has no line for %s; if the package belongs there, add %q", from, from+": "+strings.Join(imports, " "))
			continue
		}
		for _, to := range imports {
			if !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s, which testdata/imports.txt does not allow", from, to)
			}
		}
		for _, to := range allowed {
			if !slices.Contains(imports, to) {
				t.Errorf("testdata/imports.txt allows %s to import %s, which it does not; remove it there", from, to)
			}
		}
		delete(listed, from)
	}
	for from := range listed {
		t.Errorf("testdata/imports.txt has a line for %s, which does not exist", from)
	}
}

func TestDriversStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	imports, deps := goList(t, "Imports"), goList(t, "Deps")
	for name, d := range drivers {
		uses := func(path string) bool { return strings.HasPrefix(path, name) }
		for from := range imports {
			switch {
			case within(d.importers, from):
			case slices.ContainsFunc(imports[from], uses):
				t.Errorf("%s imports %s; only %v may", from, name, d.importers)
			case slices.ContainsFunc(deps[from], uses) && !within(d.dependents, from):
				t.Errorf("%s depends on %s; only %v and %v may", from, name, d.importers, d.dependents)
			}
		}
	}
}

// within reports whether a package is in the list, or is or is below a folder of the
// list, which ends in a slash.
func within(list []string, path string) bool {
	return slices.ContainsFunc(list, func(item string) bool {
		return item == path || strings.HasSuffix(item, "/") && strings.HasPrefix(path+"/", item)
	})
}

// TestVocabularyIsALeaf holds the root of storage to the standard library,
// golang.org/x/text and its own leaves.
func TestVocabularyIsALeaf(t *testing.T) {
	t.Parallel()
	for _, to := range goList(t, "Imports")["storage"] {
		external := strings.Contains(to, ".") && !strings.HasPrefix(to, "golang.org/x/text/")
		if path, own := strings.CutPrefix(to, module); external || own && !strings.HasPrefix(path, "storage/") {
			t.Errorf("storage imports %s", to)
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
			t.Errorf("the folder %s is not part of the layout", folder)
		}
	}
}

// top returns the folder of the layout that a package is in.
func top(path string) string {
	if strings.HasPrefix(path, wholeProgram+"/") {
		return wholeProgram
	}
	first, _, _ := strings.Cut(path, "/")
	return first
}

// ours returns which of our packages each of our packages imports.
func ours(t *testing.T) map[string][]string {
	t.Helper()
	all := goList(t, "Imports")
	for from, paths := range all {
		var own []string
		for _, path := range paths {
			if path, ok := strings.CutPrefix(path, module); ok {
				own = append(own, path)
			}
		}
		all[from] = own
	}
	return all
}

// goList returns a list of import paths, such as Imports or Deps, for each of our
// packages. The keys are paths without the module's name.
func goList(t *testing.T, list string) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .`+list+` " "}}`, "./...")
	cmd.Dir = fixture.Root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		from, paths, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[strings.TrimPrefix(from, module)] = strings.Fields(paths)
	}
	return all
}
