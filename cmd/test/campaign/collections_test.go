package campaign_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// shownBy returns what a page says that a command prints.
func shownBy(t *testing.T, page, command string) string {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, shown, found := strings.Cut(string(content), "    $ "+command)
	if !found {
		t.Fatalf("%s does not run %s", page, command)
	}
	var lines []string
	for line := range strings.SplitSeq(shown[strings.IndexByte(shown, '\n')+1:], "\n") {
		line, indented := strings.CutPrefix(line, "    ")
		if !indented || strings.HasPrefix(line, "$ ") {
			break
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n") + "\n"
}

// The script makes its collections over all films, and prints what the page shows. A plan is the
// one that the page shows.
func TestCollectionsOfThePage(t *testing.T) {
	t.Parallel()
	e := fixture.Env{"MARQUEE_DATABASE_URL": devstack.FilmsCopy(t)}
	s := fixture.Serve(t, e, "--log-level", "error")
	page := filepath.Join(fixture.Root(t), "docs", "campaigns.md")
	script := filepath.Join(fixture.Root(t), "docs", "campaigns", "collections.sh")
	s.Token = fixture.NewToken(t, e)
	cmd := exec.CommandContext(t.Context(), script, s.Base, s.Token)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, out, problems.String())
	}
	if shown := shownBy(t, page, "docs/campaigns/collections.sh"); string(out) != shown {
		t.Errorf("%s shows\n%s\nbut the script prints\n%s", page, shown, out)
	}
	const plan = "/2.0/collections/casablanca/plan?at=2027-01-20T12-00"
	if got, shown := string(s.Get(t, plan).Body)+"\n", shownBy(t, page, "curl -s '"+site+plan); got != shown {
		t.Errorf("%s shows\n%s\nbut the program answers\n%s", page, shown, got)
	}
}

// site is the address of the catalogue on the page.
const site = "https://catalogue.example.com"
