package importer_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/dataset"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/storetest"
)

// importLines imports lines of the format ndjson.
func importLines(t *testing.T, s *postgres.Store, dryRun bool, lines ...string) *incoming.Report {
	t.Helper()
	source, err := dataset.OpenExport("lines", []byte(strings.Join(lines, "\n")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.Import(await.Context(t), source.Records(await.Context(t)), importer.Options{Source: source.Name(), Who: "test", DryRun: dryRun})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// Collections are restored as they were: the order of their films, their periods and times,
// and a query whose genre is gone. Films that were deleted are not in them again when an
// earlier export brings them back.
func TestCollectionsAreExported(t *testing.T) {
	t.Parallel()
	one := storetest.New(t, devstack.Postgres(t))
	for i := range 3 {
		storetest.Create(t, one, storage.Movie, fmt.Sprintf(`{"title": "Film %d"}`, i+1))
	}
	storetest.Create(t, one, storage.Genre, `{"name": "War"}`)
	storetest.Create(t, one, storage.Collection, `{"name": "Peace", "query": "genres=war&year=1900..", "pins": ["3", "1"], "hidden": ["2", "1"],
		"images": {"icon": {"16": {"url": "http://a.example/"}}},
		"periods": [{"from": "12-24T00-00", "to": "01-06T23-59", "every": "year", "zone": "Europe/Berlin"}, {"from": "2027-01-01T00-00", "to": "2027-01-01T00-00"}]}`)
	storetest.Create(t, one, storage.Collection, `{"name": "Always", "description": "<b> 日本", "id": "forever"}`)
	if err := storetest.Delete(t, one, storage.Genre, "war", false); err != nil {
		t.Fatal(err)
	}
	two := copied(t, one)
	lines := strings.Split(strings.TrimSpace(string(exported(t, one))), "\n")
	if again := importLines(t, two, false, lines...); again.Total(incoming.Unchanged) != len(lines) {
		t.Errorf("the same lines again: got %v, want %d unchanged", again.Counts, len(lines))
	}
	if err := storetest.Delete(t, two, storage.Movie, "3", true); err != nil {
		t.Fatal(err)
	}
	back := importLines(t, two, false, lines[:3]...)
	if back.Counts[storage.Movie][incoming.Created] != 1 || !bytes.Contains(exported(t, two), []byte(`"pins":["1"],"hidden":["2","1"]`)) {
		t.Errorf("the film was brought back: got %v\n%s", back.Counts, exported(t, two))
	}
	if changed := importLines(t, two, false, lines...); changed.Counts[storage.Collection][incoming.Refused] != 1 || !strings.Contains(changed.Refusals[0].Reason, "id is taken by another collection") {
		t.Errorf("a collection that was changed since: got %v, %+v", changed.Counts, changed.Refusals)
	}
}

// Lines of collections by hand are taken and refused as requests are, and a dry run says
// so.
func TestCollectionsByHand(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	lines := []string{
		`{"noun":"collection","object":{"name":"Summer vacation","pins":["7"],"periods":[{"from":"07-01T00-00","to":"08-31T23-59","every":"year"}]}}`,
		`{"noun":"collection","object":{"name":"SUMMER  VACATION","id":"other"}}`,
		`{"noun":"collection","object":{"name":"Halloween","pins":["7","7",{"name":"Heat"}],"periods":[{"from":"10-31T00-00","to":"10-31T23-59","every":"year","zone":"Europe/Berln"}]}}`,
		`{"noun":"collection","object":{"name":"Gone","hidden":["7","8"]}}`,
		`{"noun":"collection","object":{"name":"When","active":true,"added":"2027-01-01T00-00-00"}}`,
		`{"noun":"collection","object":{"name":"Без слов"}}`,
		`{"noun":"movie","object":{"id":"7","title":"Heat","description":null,"snippet":"Heat","likes":0,"dislikes":0,"views":0,"added":"2027-01-01T00-00-00","modified":"2027-01-01T00-00-00"}}`,
	}
	want := map[int]string{
		2: "", // linked to the first
		3: `object/pins/1 is in the list already: "7"; object/pins/2 must be a text, not "an object"; object/periods/0/zone must be the name of a time zone`,
		4: `hidden/1 is not the id of a movie`,
		5: "object/active is read-only",
		6: "id is required, because none can be made from the name",
	}
	dry := importLines(t, s, true, lines...)
	real := importLines(t, s, false, lines...)
	sameWhole(t, dry, real)
	refused := map[int]string{}
	for _, r := range real.Refusals {
		refused[r.Line] = r.Reason
	}
	for line, reason := range want {
		if got, ok := refused[line]; !strings.Contains(got, reason) || ok != (reason != "") {
			t.Errorf("line %d: refused %t because %q, want %q", line, ok, got, reason)
		}
	}
	if n := real.Counts[storage.Collection][incoming.Created]; n != 1 || len(refused) != 4 {
		t.Errorf("got %d collections and %d refusals, want 1 and 4: %v", n, len(refused), refused)
	}
	if again := importLines(t, s, false, lines...); again.Total(incoming.Created) > 0 {
		t.Errorf("the same lines again: got %v", again.Counts)
	}
}
