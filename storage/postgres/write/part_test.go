package write_test

import (
	"strings"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/storetest"
)

// A fault of a parent is reported once.
func TestParentOfTheWrongType(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	_, err := s.Write(await.Context(t), &edit.Write{Operation: storage.Create, Noun: storage.Season, Edit: storetest.Edit(t, storage.Season, `{"serie_id": 1, "number": 1}`)})
	if faults := storetest.WantCode(t, err, storage.Invalid).Faults; len(faults) != 1 || faults[0].Reason != "must be a text" {
		t.Errorf("%+v", faults)
	}
}

// A refused deletion counts the children of all nouns.
func TestDeletionCountsAllChildren(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	serie := storetest.Create(t, s, storage.Serie, `{"title": "S"}`)
	season := storetest.Create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 1}`)
	storetest.Create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 2}`)
	storetest.Create(t, s, storage.Episode, `{"season_id": "`+season.ID+`", "number": 1}`)
	if e := storetest.WantCode(t, storetest.Delete(t, s, storage.Serie, serie.ID, false), storage.Conflict); !strings.Contains(e.Detail, "2 seasons and 1 episode:") {
		t.Error(e.Detail)
	}
}
