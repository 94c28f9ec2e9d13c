package history_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/storetest"
)

func history(t testing.TB, s *postgres.Store, n *storage.Noun, id string, before int64, limit int) []storage.Event {
	t.Helper()
	events, err := s.History(await.Context(t), n, id, before, limit)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// revision returns the title of a film at a version.
func revision(t testing.TB, s *postgres.Store, id string, version int64) string {
	t.Helper()
	d, err := s.Revision(await.Context(t), storage.Movie, id, version)
	if err != nil {
		t.Fatalf("version %d: %v", version, err)
	}
	return d.Label()
}

// describe returns events as text, with the titles before and after.
func describe(events []storage.Event) []string {
	out := make([]string, len(events))
	label := func(d *storage.Document) string {
		if d == nil {
			return ""
		}
		return d.Label()
	}
	for i, e := range events {
		out[i] = fmt.Sprintf("%d %s %s → %s", e.Version, e.Operation, label(e.Before), label(e.After))
	}
	return out
}

// The history of a film has its creation, updates and deletion, with both states.
func TestHistory(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	film := edit.Write{Operation: storage.Create, Noun: storage.Movie}
	o, err := storetest.WriteAs(t, s, "ann", film, `{"title": "One", "starring": [{"name": "Rita"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	id := o.Object.ID
	film.ID, film.Operation = id, storage.Update
	if _, err := storetest.WriteAs(t, s, "", film, `{"title": "One"}`); err != nil { // changes nothing
		t.Fatal(err)
	}
	if _, err := storetest.WriteAs(t, s, "ben", film, `{"title": "Two", "duration": 90}`); err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.Update(t, s, storage.Person, "1", `{"name": "Margarita"}`); err != nil { // touches the film
		t.Fatal(err)
	}
	if _, err := storetest.WriteAs(t, s, "cyd", film, `{"title": "Three"}`); err != nil {
		t.Fatal(err)
	}
	film.Operation = storage.Delete
	if _, err := storetest.WriteAs(t, s, "dan", film, ""); err != nil {
		t.Fatal(err)
	}
	want := []storage.Event{
		{Version: 5, Operation: storage.Delete, Who: "dan", Fields: []string{}, Replaced: 4},
		{Version: 4, Operation: storage.Update, Who: "cyd", Fields: []string{"title"}, Replaced: 2},
		{Version: 2, Operation: storage.Update, Who: "ben", Fields: []string{"title", "duration"}, Replaced: 1},
		{Version: 1, Operation: storage.Create, Who: "ann", Fields: []string{}},
	}
	all := history(t, s, storage.Movie, id, 0, 10)
	if diff := cmp.Diff(want, all, cmpopts.IgnoreFields(storage.Event{}, "At", "Before", "After")); diff != "" {
		t.Error(diff)
	}
	var paged []storage.Event
	if late := history(t, s, storage.Movie, id, 1<<53-1, 3); len(late) != 3 {
		t.Errorf("before the highest version: got %d events, want 3", len(late))
	}
	for before := int64(0); len(paged) < len(all); before = paged[len(paged)-1].Version {
		page := history(t, s, storage.Movie, id, before, 3)
		if len(page) == 0 {
			break
		}
		paged = append(paged, page...)
	}
	if diff := cmp.Diff(describe(all), describe(paged)); diff != "" {
		t.Error("page by page:", diff)
	}
	wantTold := []string{"5 delete Three → ", "4 update Two → Three", "2 update One → Two", "1 create  → "}
	if diff := cmp.Diff(wantTold, describe(all)); diff != "" {
		t.Error(diff)
	}
	for version, title := range map[int64]string{1: "One", 2: "Two", 4: "Three"} {
		if got := revision(t, s, id, version); got != title {
			t.Errorf("version %d is %q, want %q", version, got, title)
		}
	}
	for _, none := range []int64{0, 3, 5, 99} {
		_, err := s.Revision(await.Context(t), storage.Movie, id, none)
		_ = storetest.WantCode(t, err, storage.NotFound)
	}
}

// An import makes no events. The imported state can be read before and after an edit
// replaces it.
func TestHistoryOfImports(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	in := &incoming.Record{Noun: storage.Movie, Key: "1", Edit: storetest.Edit(t, storage.Movie, `{"title": "Imported"}`)}
	if _, err := s.Import(await.Context(t), func(yield func(*incoming.Record, error) bool) { yield(in, nil) }, importer.Options{Source: "test"}); err != nil {
		t.Fatal(err)
	}
	if events := history(t, s, storage.Movie, "1", 0, 10); len(events) != 0 {
		t.Errorf("an import has events: %+v", events)
	}
	for range 2 {
		if got := revision(t, s, "1", 1); got != "Imported" {
			t.Errorf("version 1 is %q", got)
		}
		if _, err := storetest.Update(t, s, storage.Movie, "1", `{"title": "Edited"}`); err != nil {
			t.Fatal(err)
		}
	}
	if events := history(t, s, storage.Movie, "1", 0, 10); len(events) != 1 || events[0].Replaced != 1 {
		t.Errorf("events %+v", events)
	}
}

// The deletion of a series is an event of each of its children.
func TestHistoryOfCascades(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	serie := storetest.Create(t, s, storage.Serie, `{"title": "S"}`)
	season := storetest.Create(t, s, storage.Season, fmt.Sprintf(`{"serie_id": %q, "number": 1}`, serie.ID))
	episode := storetest.Create(t, s, storage.Episode, fmt.Sprintf(`{"season_id": %q, "number": 1, "title": "E"}`, season.ID))
	if err := storetest.Delete(t, s, storage.Serie, serie.ID, true); err != nil {
		t.Fatal(err)
	}
	for _, o := range []*storage.Object{serie, season, episode} {
		events := history(t, s, o.Noun, o.ID, 0, 10)
		if len(events) != 2 || events[0].Operation != storage.Delete || events[0].Replaced != o.Version {
			t.Errorf("%s: %+v", o.Noun.Name, events)
		}
		if _, err := s.Revision(await.Context(t), o.Noun, o.ID, o.Version); err != nil {
			t.Errorf("%s: %v", o.Noun.Name, err)
		}
	}
}

// An object has at most 100 events.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	o := storetest.Create(t, s, storage.Movie, `{"title": "0"}`)
	for i := range 105 {
		if _, err := storetest.Update(t, s, storage.Movie, o.ID, fmt.Sprintf(`{"title": "%d"}`, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	events := history(t, s, storage.Movie, o.ID, 0, 1000)
	if len(events) != 100 || events[0].Version != 106 || events[99].Version != 7 {
		t.Errorf("%d events are stored, from %d to %d", len(events), events[len(events)-1].Version, events[0].Version)
	}
}

// An id that is created and deleted repeatedly has one bounded history.
func TestHistoryOfOneIDIsBounded(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	for range 60 {
		storetest.Create(t, s, storage.Genre, `{"name": "Again"}`)
		if err := storetest.Delete(t, s, storage.Genre, "again", false); err != nil {
			t.Fatal(err)
		}
	}
	if events := history(t, s, storage.Genre, "again", 0, 1000); len(events) != 100 || events[0].Version != 120 {
		t.Errorf("%d events are stored", len(events))
	}
}

// large returns a film of about 200 KB that PostgreSQL cannot compress.
func large() string {
	links := make([]string, 100)
	text := make([]byte, 1500)
	for i := range links {
		_, _ = rand.Read(text) // never fails
		links[i] = fmt.Sprintf(`"%d": "https://films.example/%s"`, i, base64.RawURLEncoding.EncodeToString(text))
	}
	return `{"title": "Large", "web_links": {` + strings.Join(links, ", ") + `}}`
}

// The states of an object have at most 4 MiB.
func TestHistoryBytesAreBounded(t *testing.T) {
	devstack.SkipShort(t, "large histories")
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	o := storetest.Create(t, s, storage.Movie, large())
	for range 25 {
		if _, err := storetest.Update(t, s, storage.Movie, o.ID, large()); err != nil {
			t.Fatal(err)
		}
	}
	if events := history(t, s, storage.Movie, o.ID, 0, 1000); len(events) != 20 || events[0].Version != 26 { // 4 MiB
		t.Errorf("%d events of 0.2 MB are stored, want 20", len(events))
	}
}

// If a user creates and deletes objects in a loop, the latest histories are stored.
// Others lose none, and each deletion returns the quota.
func TestHistoryOfDeletedObjectsIsBounded(t *testing.T) {
	devstack.SkipShort(t, "histories of many objects")
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s, conn := storetest.Open(t, url, storetest.Key, postgres.WithQuota(500_000)), storetest.Dial(t, url)
	for _, name := range []string{"ann", "ben"} {
		storetest.Issue(t, s, credential.User{Name: name, Role: credential.Editor})
	}
	film := edit.Write{Operation: storage.Create, Noun: storage.Movie}
	owners := append([]string{"ben"}, slices.Repeat([]string{"ann"}, 90)...)
	var ids []string
	for _, owner := range owners {
		made, err := storetest.WriteAs(t, s, owner, film, large())
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.Object.ID)
		// It counts for the owner, even if somebody else deletes.
		if _, err := storetest.WriteAs(t, s, "cyd", edit.Write{Operation: storage.Delete, Noun: storage.Movie, ID: made.Object.ID}, ""); err != nil {
			t.Fatal(err)
		}
	}
	stored := map[string]int{}
	for i, id := range ids {
		events := history(t, s, storage.Movie, id, 0, 10)
		if len(events) == 2 {
			stored[owners[i]]++
		}
		if oldest := i == 1; oldest && len(events) > 0 || i == len(ids)-1 && len(events) == 0 {
			t.Errorf("%d events of film %d are stored", len(events), i)
		}
	}
	if stored["ben"] != 1 || stored["ann"] < 75 || stored["ann"] > 83 { // 16 MiB
		t.Errorf("histories of deleted films by owner: %v", stored)
	}
	if used := storetest.WantUsed(t, conn, s); used["ann"] != 0 {
		t.Errorf("used %v", used)
	}
}

// A long history omits states beyond 1 MiB, the oldest first. An event read by itself
// has its state.
func TestHistoryReadsBoundedStates(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	o := storetest.Create(t, s, storage.Movie, large())
	for range 8 {
		if _, err := storetest.Update(t, s, storage.Movie, o.ID, large()); err != nil {
			t.Fatal(err)
		}
	}
	events := history(t, s, storage.Movie, o.ID, 0, 100)
	known := 0
	for i, e := range events[:8] {
		if e.Before != nil && e.After != nil && i == known {
			known++
		}
		alone := history(t, s, storage.Movie, o.ID, e.Version+1, 1)
		if alone[0].Before == nil || alone[0].After == nil || len(storage.Changed(alone[0].Before, alone[0].After)) != 1 {
			t.Errorf("version %d read by itself: %v", e.Version, describe(alone))
		}
	}
	if known != 5 || events[7].Before != nil { // five of 0.2 MB
		t.Errorf("%d of 8 events have their states, want 5", known)
	}
}

// A restoration has both states, as every update.
func TestHistoryOfRestorations(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	o := storetest.Create(t, s, storage.Genre, `{"name": "One"}`)
	for _, name := range []string{"Two", "One"} {
		if _, err := storetest.Update(t, s, storage.Genre, o.ID, `{"name": "`+name+`"}`); err != nil {
			t.Fatal(err)
		}
	}
	if err := storetest.Delete(t, s, storage.Genre, o.ID, false); err != nil {
		t.Fatal(err)
	}
	storetest.Create(t, s, storage.Genre, `{"id": "one", "name": "Again"}`)
	want := []string{"5 create  → ", "4 delete One → ", "3 update Two → One", "2 update One → Two", "1 create  → "}
	if diff := cmp.Diff(want, describe(history(t, s, storage.Genre, "one", 0, 10))); diff != "" {
		t.Error(diff)
	}
}
