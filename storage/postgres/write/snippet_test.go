package write_test

import (
	"strings"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/dataset"
	"marquee/storage/dataset/ndjson"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/storetest"
)

// A release with other snippets does not change the stored ones. An object that is
// written back or imported again is unchanged, until an edit changes it.
func TestStoredSnippetsStay(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	id := storetest.Create(t, s, storage.Movie, `{"title": "Gilda", "description": "A gambler."}`).ID
	storetest.Exec(t, url, `UPDATE movies SET document = replace(document::text, 'Gilda – A gambler.', 'Gilda…')::json WHERE id = $1`, id)
	stored, err := s.Get(await.Context(t), storage.Movie, id, nil)
	if err != nil || !strings.Contains(string(stored.Body), `"snippet":"Gilda…"`) {
		t.Fatalf("%v: %s", err, stored.Body)
	}
	written, err := storetest.Update(t, s, storage.Movie, id, string(stored.Body))
	if err != nil || written.Version != 1 || string(written.Object.Body) != string(stored.Body) {
		t.Errorf("written back: %+v (%v), want it unchanged", written, err)
	}
	source, err := dataset.OpenExport("copy", ndjson.AppendLine(nil, storage.Movie, stored.Body, nil))
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.Import(await.Context(t), source.Records(await.Context(t)), importer.Options{Source: source.Name()})
	if err != nil || report.Total(incoming.Unchanged) != 1 {
		t.Errorf("imported again: %v, %+v", err, report)
	}
	written, err = storetest.Update(t, s, storage.Movie, id, `{"release_year": 1946}`)
	if err != nil || !strings.Contains(string(written.Object.Body), `"snippet":"Gilda – A gambler."`) {
		t.Errorf("after an edit: %+v (%v)", written, err)
	}
}
