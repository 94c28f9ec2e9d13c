package write_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/storetest"
)

// A created object has every field of its noun, but those that the API computes when it
// shows the object.
func TestCreateShowsEveryField(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	for _, n := range storage.Nouns {
		if n.Parent() != nil {
			continue
		}
		label := `"Night Train"`
		if n.Field(n.Label).Type.Kind == storage.List {
			label = `["Night Train", "sleeper"]`
		}
		o := storetest.Create(t, s, n, `{"`+n.Label+`": `+label+`}`)
		got := storetest.Fields(t, o)
		for _, f := range n.Fields {
			if _, ok := got[f.Name]; ok == (f.Source == storage.Scheduled) {
				t.Errorf("%s has %s: %t: %s", n.Name, f.Name, ok, o.Body)
			}
		}
		read, err := s.Get(await.Context(t), n, o.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(o.Body), string(read.Body)); diff != "" {
			t.Errorf("%s: the object read differs from the created one:\n%s", n.Name, diff)
		}
	}
}

// References by name find existing objects, or create new ones.
func TestReferencesByName(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	o := storetest.Create(t, s, storage.Movie, `{"title": "Gilda", "genres": [{"name": "Film Noir"}, {"name": "film  noir"}], "starring": [{"name": "Rita Hayworth"}], "directors": [{"name": "Rita Hayworth"}]}`)
	got := storetest.Fields(t, o)
	if diff := cmp.Diff([]any{"film-noir"}, got["genres"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(got["starring"], got["directors"]); diff != "" {
		t.Error("one name became two persons:", diff)
	}
	want := []string{"1 create genre [film-noir]", "1 create person [1]", "1 create movie [1]"}
	if diff := cmp.Diff(want, storetest.Changes(t, s, 0)); diff != "" {
		t.Error(diff)
	}
	again := storetest.Create(t, s, storage.Movie, `{"title": "Cover Girl", "starring": [{"name": "RITA HAYWORTH"}]}`)
	if diff := cmp.Diff(got["starring"], storetest.Fields(t, again)["starring"]); diff != "" {
		t.Error("the name was not found again:", diff)
	}
	storetest.Create(t, s, storage.Person, `{"name": "Rita Hayworth"}`)
	_, err := s.Write(await.Context(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie, Edit: storetest.Edit(t, storage.Movie, `{"title": "Salome", "starring": [{"name": "Rita Hayworth"}]}`)})
	e := storetest.WantCode(t, err, storage.Invalid)
	if !strings.Contains(e.Faults[0].Reason, "1 or 2") {
		t.Errorf("the fault does not list both persons: %+v", e.Faults)
	}
}

// A refused body gets all its faults at once.
func TestEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Genre, `{"name": "Drama"}`)
	before, _ := s.Version(await.Context(t))
	_, err := s.Write(await.Context(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie,
		Edit: storetest.Edit(t, storage.Movie, `{"titel": "x", "genres": ["dramma", "drama"], "starring": ["77"], "release_month": 13, "likes": 3}`)})
	e := storetest.WantCode(t, err, storage.Invalid)
	var got []string
	for _, f := range e.Faults {
		got = append(got, f.Pointer+" "+f.Nearest)
	}
	slices.Sort(got)
	want := []string{"/genres/0 drama", "/likes ", "/release_month ", "/starring/0 ", "/titel title", "/title "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if after, _ := s.Version(await.Context(t)); after != before {
		t.Errorf("a refused write moved the version from %d to %d", before, after)
	}
}

// An update merges members, and honors If-Match.
func TestUpdateMergesAndChecksTheVersion(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	o := storetest.Create(t, s, storage.Movie, `{"title": "Laura", "description": "A portrait.", "images": {"poster": {"342": {"url": "http://a.example/1", "width": 342}}}}`)
	w := &edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: o.ID, Condition: edit.Condition{Match: []int64{o.Version + 1}},
		Edit: storetest.Edit(t, storage.Movie, `{"description": null}`)}
	_, err := s.Write(await.Context(t), w)
	_ = storetest.WantCode(t, err, storage.PreconditionFailed)

	w.Condition.Match = []int64{o.Version}
	w.Edit = storetest.Edit(t, storage.Movie, `{"description": null, "images": {"poster": {"342": {"height": 480}, "92": {"url": "http://a.example/2"}}}}`)
	out, err := s.Write(await.Context(t), w)
	if err != nil {
		t.Fatal(err)
	}
	got := storetest.Fields(t, out.Object)
	if got["description"] != nil || got["snippet"] != "Laura" {
		t.Errorf("cleared description: %v, snippet %v", got["description"], got["snippet"])
	}
	want := map[string]any{"poster": map[string]any{
		"342": map[string]any{"width": 342.0, "height": 480.0, "url": "http://a.example/1"},
		"92":  map[string]any{"width": nil, "height": nil, "url": "http://a.example/2"}}}
	if diff := cmp.Diff(want, got["images"]); diff != "" {
		t.Error(diff)
	}
	version := out.Version
	out, err = storetest.Update(t, s, storage.Movie, o.ID, `{"title": "Laura"}`)
	if err != nil || out.Version != version || out.Object.Version != version {
		t.Errorf("an update without a change made version %+v, %v; want %d", out, err, version)
	}
}

// A change, a change of nothing, and a deletion are refused unless their condition holds.
func TestConditionsOfWrites(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	o := storetest.Create(t, s, storage.Movie, `{"title": "Laura"}`)
	genre := storetest.Create(t, s, storage.Genre, `{"name": "Noir"}`)
	hour := time.Hour
	for name, failing := range map[string]edit.Condition{
		"another version": {Match: []int64{o.Version + 1}}, "no version": {Match: []int64{}}, "not this version": {NoneMatch: []int64{o.Version}},
		"modified since": {UnmodifiedSince: time.Now().Add(-hour)}, "one of two": {Match: []int64{o.Version}, UnmodifiedSince: time.Now().Add(-hour)},
	} {
		for _, body := range []string{`{"title": "Gilda"}`, `{"title": "Laura"}`} {
			_, err := storetest.WriteAs(t, s, "ann", edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: o.ID, Condition: failing}, body)
			if storage.CodeOf(err) != storage.PreconditionFailed {
				t.Errorf("%s: the update %s: got %v", name, body, err)
			}
		}
		_, err := storetest.WriteAs(t, s, "ann", edit.Write{Operation: storage.Delete, Noun: storage.Movie, ID: o.ID, Condition: failing}, "")
		if storage.CodeOf(err) != storage.PreconditionFailed {
			t.Errorf("%s: the deletion: got %v", name, err)
		}
	}
	holding := edit.Condition{NoneMatch: []int64{o.Version + 100}, UnmodifiedSince: time.Now().Add(hour)}
	for _, w := range []struct {
		edit.Write
		body string
	}{
		{edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: o.ID, Condition: holding}, `{"title": "Gilda"}`},
		{edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: o.ID, Condition: holding}, `{"title": "Gilda"}`},
		{edit.Write{Operation: storage.Delete, Noun: storage.Movie, ID: o.ID, Condition: holding}, ""},
		{edit.Write{Operation: storage.Delete, Noun: storage.Genre, ID: genre.ID, Condition: edit.Condition{UnmodifiedSince: time.Now().Add(-hour)}}, ""}, // it has no date
	} {
		if _, err := storetest.WriteAs(t, s, "ann", w.Write, w.body); err != nil {
			t.Errorf("%v of the %s: %v", w.Operation, w.Noun.Name, err)
		}
	}
}

// A value that another object has is a conflict.
func TestUniqueValuesConflict(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Movie, `{"title": "A", "imdb_id": "tt0000001", "magnet_hash": "0123456789abcdef0123456789abcdef01234567"}`)
	storetest.Create(t, s, storage.Genre, `{"name": "Drama"}`)
	serie := storetest.Create(t, s, storage.Serie, `{"title": "S"}`)
	storetest.Create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 1}`)
	for _, c := range []struct {
		noun          *storage.Noun
		body, pointer string
	}{
		{storage.Movie, `{"title": "B", "imdb_id": "tt0000001"}`, "/imdb_id"},
		{storage.Movie, `{"title": "B", "magnet_hash": "0123456789ABCDEF0123456789ABCDEF01234567"}`, "/magnet_hash"},
		{storage.Movie, `{"title": "B", "magnet_hash": "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH"}`, "/magnet_hash"},
		{storage.Movie, `{"title": "B", "magnet_hash": "aerukz4jvpg66ajdivtytk6n54asgrlh"}`, "/magnet_hash"},
		{storage.Genre, `{"name": "DRAMA", "id": "other"}`, "/name"},
		{storage.Genre, `{"name": "Other", "id": "drama"}`, "/id"},
		{storage.Season, `{"serie_id": "` + serie.ID + `", "number": 1}`, "/number"},
	} {
		_, err := s.Write(await.Context(t), &edit.Write{Operation: storage.Create, Noun: c.noun, Edit: storetest.Edit(t, c.noun, c.body)})
		if e := storetest.WantCode(t, err, storage.Conflict); len(e.Faults) != 1 || e.Faults[0].Pointer != c.pointer {
			t.Errorf("%s: faults %+v, want one at %s", c.body, e.Faults, c.pointer)
		}
	}
	hash := `{"magnet_hash": "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH"}`
	if _, err := storetest.Update(t, s, storage.Movie, "1", hash); err != nil {
		t.Errorf("the object's own hash in another spelling: %v", err)
	}
	other := storetest.Create(t, s, storage.Movie, `{"title": "C"}`)
	_, err := storetest.Update(t, s, storage.Movie, other.ID, hash)
	_ = storetest.WantCode(t, err, storage.Conflict)
}

// A rename touches the objects that show the name.
func TestRenameTouchesReferrers(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	p := storetest.Create(t, s, storage.Person, `{"name": "Mary Shelly"}`)
	m := storetest.Create(t, s, storage.Movie, `{"title": "Frankenstein", "starring": ["`+p.ID+`"]}`)
	since, _ := s.Version(await.Context(t))
	if _, err := storetest.Update(t, s, storage.Person, p.ID, `{"name": "Mary Shelley"}`); err != nil {
		t.Fatal(err)
	}
	c, err := s.Changes(await.Context(t), since, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Changes) != 2 {
		t.Fatalf("%d changes, want the person and the movie", len(c.Changes))
	}
	movie := c.Changes[1]
	if movie.Operation != storage.Touch || movie.IDs[0] != m.ID || movie.Version != since+1 {
		t.Errorf("got %+v", movie)
	}
	if movie.Before.Names["persons"][0] != "Mary Shelly" || movie.After.Names["persons"][0] != "Mary Shelley" {
		t.Errorf("names before %v, after %v", movie.Before.Names, movie.After.Names)
	}
	read, _ := s.Get(await.Context(t), storage.Movie, m.ID, nil)
	if read.Version != m.Version {
		t.Errorf("the rename gave the movie version %d; its own write was %d", read.Version, m.Version)
	}
}

// An object with references to it, or with children, is not deleted.
func TestDeleteRules(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	m := storetest.Create(t, s, storage.Movie, `{"title": "A", "genres": [{"name": "Drama"}], "starring": [{"name": "P"}]}`)
	storetest.Create(t, s, storage.Serie, `{"title": "B", "genres": ["drama"]}`)
	e := storetest.WantCode(t, storetest.Delete(t, s, storage.Genre, "drama", false), storage.Conflict)
	if !strings.Contains(e.Detail, "1 movie and 1 serie") {
		t.Error(e.Detail)
	}
	if err := storetest.Delete(t, s, storage.Movie, m.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Delete(t, s, storage.Person, storetest.Fields(t, m)["starring"].([]any)[0].(string), false); err != nil {
		t.Error("delete the person without references:", err)
	}
	_ = storetest.WantCode(t, storetest.Delete(t, s, storage.Movie, m.ID, false), storage.NotFound)
}

// The counts of a series follow its seasons and episodes.
func TestChildrenAreCounted(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	serie := storetest.Create(t, s, storage.Serie, `{"title": "Night Shift"}`)
	counts := func(wantSeasons, wantEpisodes float64) {
		t.Helper()
		o, err := s.Get(await.Context(t), storage.Serie, serie.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := storetest.Fields(t, o); got["seasons_count"] != wantSeasons || got["episodes_count"] != wantEpisodes {
			t.Errorf("counts %v and %v, want %v and %v", got["seasons_count"], got["episodes_count"], wantSeasons, wantEpisodes)
		}
	}
	season := storetest.Create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 1}`)
	episode := storetest.Create(t, s, storage.Episode, `{"season_id": "`+season.ID+`", "number": 1, "title": "Pilot"}`)
	storetest.Create(t, s, storage.Episode, `{"season_id": "`+season.ID+`", "number": 2}`)
	if got := storetest.Fields(t, episode)["serie_id"]; got != serie.ID {
		t.Errorf("the episode's series is %v", got)
	}
	counts(1, 2)
	if err := storetest.Delete(t, s, storage.Episode, episode.ID, false); err != nil {
		t.Fatal(err)
	}
	counts(1, 1)
	_ = storetest.WantCode(t, storetest.Delete(t, s, storage.Serie, serie.ID, false), storage.Conflict)
	_ = storetest.WantCode(t, storetest.Delete(t, s, storage.Season, season.ID, false), storage.Conflict)
	if err := storetest.Delete(t, s, storage.Season, season.ID, true); err != nil {
		t.Fatal(err)
	}
	counts(0, 0)
	storetest.Create(t, s, storage.Episode, `{"season_id": "`+storetest.Create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 2}`).ID+`", "number": 1}`)
	since, _ := s.Version(await.Context(t))
	if err := storetest.Delete(t, s, storage.Serie, serie.ID, true); err != nil {
		t.Fatal(err)
	}
	want := []string{"12 delete episode [3]", "12 delete season [2]", "12 delete serie [1]"}
	got := storetest.Changes(t, s, since)
	for i := range got {
		_, got[i], _ = strings.Cut(got[i], " ")
		_, want[i], _ = strings.Cut(want[i], " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
