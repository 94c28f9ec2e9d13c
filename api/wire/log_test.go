package wire_test

import (
	"testing"
	"time"

	"marquee/api/param"
	"marquee/api/wire"
	"marquee/storage"
)

var at = time.Date(2014, 12, 31, 23, 59, 7, 0, time.UTC)

// genre returns a document with text that JSON encoders treat differently.
func genre(name string) *storage.Document {
	d := storage.NewDocument(storage.Genre)
	d.ID = "film-noir"
	d.Fields["name"] = name
	return d
}

func TestChanges(t *testing.T) {
	t.Parallel()
	p, err := param.ParseChanges("/2.0/changes", "since=4&limit=3")
	if err != nil {
		t.Fatal(err)
	}
	log := &storage.Changes{Version: 9, Changes: []storage.Change{
		{Version: 5, Noun: storage.Genre, Operation: storage.Create, IDs: []string{"film-noir"}, At: at, After: genre("Film <noir> & \"é\"\u2028\t")},
		{Version: 6, Noun: storage.Genre, Operation: storage.Delete, IDs: []string{"film-noir"}, At: at, Before: genre("Film noir")},
		{Version: 7, Noun: storage.Movie, Operation: storage.Import, IDs: []string{"1", "2"}, At: at},
	}}
	got, err := wire.Changes(p, log, 7)
	want := `{"meta":{"since":4,"limit":3,"version":9,"next":7},"changes":[` +
		`{"version":5,"noun":"genre","operation":"create","ids":["film-noir"],"at":"2014-12-31T23-59-07","object":` +
		`{"id":"film-noir","name":"Film <noir> & \"é\"\u2028\t","description":null}},` +
		`{"version":6,"noun":"genre","operation":"delete","ids":["film-noir"],"at":"2014-12-31T23-59-07","object":null},` +
		`{"version":7,"noun":"movie","operation":"import","ids":["1","2"],"at":"2014-12-31T23-59-07","object":null}]}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	got, err = wire.Changes(p, &storage.Changes{Version: 4}, 4)
	if want := `{"meta":{"since":4,"limit":3,"version":4,"next":4},"changes":[]}`; err != nil || string(got) != want {
		t.Errorf("without changes: got %s, %v\nwant %s", got, err, want)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	p, err := param.ParseHistory("/2.0/genres/film-noir/history", "before=9&limit=7")
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.History(p, []storage.Event{
		{Version: 8, Operation: storage.Delete, At: at, Before: genre("b"), Replaced: 7},
		{Version: 7, Operation: storage.Update, Who: `ed "<x>"`, At: at, Fields: []string{"name"}, Replaced: 6},
		{Version: 6, Operation: storage.Update, Who: "ed", At: at, Fields: []string{"name", "gone", "description"}, Before: genre("a<"), After: genre("b\u2028"), Replaced: 5},
		{Version: 5, Operation: storage.Create, Who: "ed", At: at},
	})
	want := `{"meta":{"before":9,"limit":7},"history":[` +
		`{"version":8,"operation":"delete","who":null,"at":"2014-12-31T23-59-07","fields":[],"changes":[],"replaced":7},` +
		`{"version":7,"operation":"update","who":"ed \"<x>\"","at":"2014-12-31T23-59-07","fields":["name"],"changes":null,"replaced":6},` +
		`{"version":6,"operation":"update","who":"ed","at":"2014-12-31T23-59-07","fields":["name","gone","description"],"changes":[` +
		`{"field":"name","before":"a<","after":"b\u2028"},{"field":"description","before":null,"after":null}],"replaced":5},` +
		`{"version":5,"operation":"create","who":"ed","at":"2014-12-31T23-59-07","fields":[],"changes":[],"replaced":null}]}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	if p, err = param.ParseHistory("/2.0/genres/film-noir/history", ""); err != nil {
		t.Fatal(err)
	}
	got, err = wire.History(p, nil)
	if want := `{"meta":{"before":null,"limit":20},"history":[]}`; err != nil || string(got) != want {
		t.Errorf("without events: got %s, %v\nwant %s", got, err, want)
	}
}
