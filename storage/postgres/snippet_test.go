package postgres_test

import (
	"strings"
	"testing"

	"marquee/storage"
	"marquee/storage/dataset"
	"marquee/storage/dataset/ndjson"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importer"
)

// A release that makes snippets in another way leaves those that are stored: an
// object that is sent back or imported again is as it was, until it is changed.
func TestStoredSnippetsStay(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s := openWith(t, url, firstKey)
	id := create(t, s, storage.Movie, `{"title": "Gilda", "description": "A gambler."}`).ID
	exec(t, url, `UPDATE movies SET document = replace(document::text, 'Gilda – A gambler.', 'Gilda…')::json WHERE id = $1`, id)
	stored, err := s.Get(deadline(t), storage.Movie, id, nil)
	if err != nil || !strings.Contains(string(stored.Body), `"snippet":"Gilda…"`) {
		t.Fatalf("%v: %s", err, stored.Body)
	}
	written, err := update(t, s, storage.Movie, id, string(stored.Body))
	if err != nil || written.Version != 1 || string(written.Object.Body) != string(stored.Body) {
		t.Errorf("sent back it is %+v (%v), want it as it was", written, err)
	}
	source, err := dataset.OpenExport("copy", ndjson.AppendLine(nil, storage.Movie, stored.Body, nil))
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.Import(deadline(t), source.Records(deadline(t)), importer.Options{Source: source.Name()})
	if err != nil || report.Total(incoming.Unchanged) != 1 {
		t.Errorf("imported again: %v, %+v", err, report)
	}
	written, err = update(t, s, storage.Movie, id, `{"release_year": 1946}`)
	if err != nil || !strings.Contains(string(written.Object.Body), `"snippet":"Gilda – A gambler."`) {
		t.Errorf("changed it is %+v (%v)", written, err)
	}
}
