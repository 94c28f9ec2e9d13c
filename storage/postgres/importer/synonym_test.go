package importer_test

import (
	"bytes"
	"strings"
	"testing"

	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/storetest"
)

// Synonyms are exported and restored as they were, and lines by hand are taken and refused
// as requests are.
func TestSynonymsAreExportedAndImported(t *testing.T) {
	t.Parallel()
	one := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, one, storage.Synonym, `{"words": ["New York", "nyc"], "from": "nyc"}`)
	storetest.Create(t, one, storage.Synonym, `{"id": "summer", "words": ["Лето", "summer", "\"été\""]}`)
	two := copied(t, one)
	lines := strings.Split(strings.TrimSpace(string(exported(t, one))), "\n")
	if !bytes.Equal(exported(t, one), exported(t, two)) || len(lines) != 2 {
		t.Errorf("exported %s\nwhich became\n%s", exported(t, one), exported(t, two))
	}
	if again := importLines(t, two, false, lines...); again.Total(incoming.Unchanged) != len(lines) {
		t.Errorf("the same lines again: got %v, want %d unchanged", again.Counts, len(lines))
	}
	hand := []string{
		`{"noun":"synonym","object":{"words":["car","automobile"]}}`,
		`{"noun":"synonym","object":{"words":["car"]}}`,
		`{"noun":"synonym","object":{"words":["bus","coach"],"from":"train"}}`,
		`{"noun":"synonym","object":{"words":["Осень","autumn"]}}`,
		`{"noun":"synonym","object":{"id":"autumn","words":["Осень","autumn"]}}`,
		`{"noun":"synonym","object":{"words":["Autumn","fall"]}}`,
	}
	for _, dryRun := range []bool{true, false} {
		report := importLines(t, two, dryRun, hand...)
		var refused []string
		for _, r := range report.Refusals {
			refused = append(refused, r.Reason)
		}
		want := []string{"words must have 2 to 20 items", "from must be null or one of words", "id is required, because none can be made from the words", "differs from an earlier record of the same id: lines:5"}
		if report.Counts[storage.Synonym][incoming.Created] != 2 || len(refused) != len(want) {
			t.Fatalf("dry run %t: got %v, refused %q", dryRun, report.Counts, refused)
		}
		for i := range want {
			if !strings.Contains(refused[i], want[i]) {
				t.Errorf("dry run %t: refusal %d: got %q, want %q", dryRun, i, refused[i], want[i])
			}
		}
	}
	if linked := importLines(t, two, false, `{"noun":"synonym","object":{"words":["CAR","cab"]}}`); linked.Counts[storage.Synonym][incoming.Linked] != 1 {
		t.Errorf("a synonym whose first word makes the id of an existing one: got %v", linked.Counts)
	}
}
