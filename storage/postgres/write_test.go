package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/edit"
)

func TestCreateShowsEveryField(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, n := range storage.Nouns {
		if n.Parent() != nil {
			continue
		}
		o := create(t, s, n, `{"`+n.Label+`": "Night Train"}`)
		got := fields(t, o)
		for _, f := range n.FieldNames() {
			if _, ok := got[f]; !ok {
				t.Errorf("%s lacks %s: %s", n.Name, f, o.Body)
			}
		}
		read, err := s.Get(deadline(t), n, o.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(o.Body), string(read.Body)); diff != "" {
			t.Errorf("%s: read differs from what was created:\n%s", n.Name, diff)
		}
	}
}

func TestReferencesByName(t *testing.T) {
	t.Parallel()
	s := open(t)
	o := create(t, s, storage.Movie, `{"title": "Gilda", "genres": [{"name": "Film Noir"}, {"name": "film  noir"}], "starring": [{"name": "Rita Hayworth"}], "directors": [{"name": "Rita Hayworth"}]}`)
	got := fields(t, o)
	if diff := cmp.Diff([]any{"film-noir"}, got["genres"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(got["starring"], got["directors"]); diff != "" {
		t.Error("one name became two persons:", diff)
	}
	want := []string{"1 create genre [film-noir]", "1 create person [1]", "1 create movie [1]"}
	if diff := cmp.Diff(want, log(t, s, 0)); diff != "" {
		t.Error(diff)
	}
	again := create(t, s, storage.Movie, `{"title": "Cover Girl", "starring": [{"name": "RITA HAYWORTH"}]}`)
	if diff := cmp.Diff(got["starring"], fields(t, again)["starring"]); diff != "" {
		t.Error("the name was not found again:", diff)
	}
	create(t, s, storage.Person, `{"name": "Rita Hayworth"}`)
	_, err := s.Write(deadline(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie, Edit: parseEdit(t, storage.Movie, `{"title": "Salome", "starring": [{"name": "Rita Hayworth"}]}`)})
	e := wantCode(t, err, storage.Invalid)
	if !strings.Contains(e.Faults[0].Reason, "1 or 2") {
		t.Errorf("the fault does not list both persons: %+v", e.Faults)
	}
}

func TestEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	create(t, s, storage.Genre, `{"name": "Drama"}`)
	before, _ := s.Version(deadline(t))
	_, err := s.Write(deadline(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie,
		Edit: parseEdit(t, storage.Movie, `{"titel": "x", "genres": ["dramma", "drama"], "starring": ["77"], "release_month": 13, "likes": 3}`)})
	e := wantCode(t, err, storage.Invalid)
	var got []string
	for _, f := range e.Faults {
		got = append(got, f.Pointer+" "+f.Nearest)
	}
	slices.Sort(got)
	want := []string{"/genres/0 drama", "/likes ", "/release_month ", "/starring/0 ", "/titel title", "/title "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if after, _ := s.Version(deadline(t)); after != before {
		t.Errorf("a refused write moved the version from %d to %d", before, after)
	}
}

func TestUpdateMergesAndChecksTheVersion(t *testing.T) {
	t.Parallel()
	s := open(t)
	o := create(t, s, storage.Movie, `{"title": "Laura", "description": "A portrait.", "images": {"poster": {"342": {"url": "http://a.example/1", "width": 342}}}}`)
	w := &edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: o.ID, IfMatch: []int64{o.Version + 1},
		Edit: parseEdit(t, storage.Movie, `{"description": null}`)}
	_, err := s.Write(deadline(t), w)
	_ = wantCode(t, err, storage.PreconditionFailed)

	w.IfMatch = []int64{o.Version}
	w.Edit = parseEdit(t, storage.Movie, `{"description": null, "images": {"poster": {"342": {"height": 480}, "92": {"url": "http://a.example/2"}}}}`)
	out, err := s.Write(deadline(t), w)
	if err != nil {
		t.Fatal(err)
	}
	got := fields(t, out.Object)
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
	out, err = update(t, s, storage.Movie, o.ID, `{"title": "Laura"}`)
	if err != nil || out.Version != version || out.Object.Version != version {
		t.Errorf("writing what is there made version %+v, %v; want %d", out, err, version)
	}
}

func TestUniqueValuesConflict(t *testing.T) {
	t.Parallel()
	s := open(t)
	create(t, s, storage.Movie, `{"title": "A", "imdb_id": "tt0000001", "magnet_hash": "0123456789abcdef0123456789abcdef01234567"}`)
	create(t, s, storage.Genre, `{"name": "Drama"}`)
	serie := create(t, s, storage.Serie, `{"title": "S"}`)
	create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 1}`)
	for _, c := range []struct {
		noun          *storage.Noun
		body, pointer string
	}{
		{storage.Movie, `{"title": "B", "imdb_id": "tt0000001"}`, "/imdb_id"},
		{storage.Movie, `{"title": "B", "magnet_hash": "0123456789ABCDEF0123456789ABCDEF01234567"}`, "/magnet_hash"},
		{storage.Genre, `{"name": "DRAMA", "id": "other"}`, "/name"},
		{storage.Genre, `{"name": "Other", "id": "drama"}`, "/id"},
		{storage.Season, `{"serie_id": "` + serie.ID + `", "number": 1}`, "/number"},
	} {
		_, err := s.Write(deadline(t), &edit.Write{Operation: storage.Create, Noun: c.noun, Edit: parseEdit(t, c.noun, c.body)})
		if e := wantCode(t, err, storage.Conflict); len(e.Faults) != 1 || e.Faults[0].Pointer != c.pointer {
			t.Errorf("%s: faults %+v, want one at %s", c.body, e.Faults, c.pointer)
		}
	}
}

func TestRenameTouchesWhatShowsTheName(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := create(t, s, storage.Person, `{"name": "Mary Shelly"}`)
	m := create(t, s, storage.Movie, `{"title": "Frankenstein", "starring": ["`+p.ID+`"]}`)
	since, _ := s.Version(deadline(t))
	if _, err := update(t, s, storage.Person, p.ID, `{"name": "Mary Shelley"}`); err != nil {
		t.Fatal(err)
	}
	c, err := s.Changes(deadline(t), since, 10)
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
	read, _ := s.Get(deadline(t), storage.Movie, m.ID, nil)
	if read.Version != m.Version {
		t.Errorf("the rename gave the movie version %d; its own write was %d", read.Version, m.Version)
	}
}

func TestDeleteRules(t *testing.T) {
	t.Parallel()
	s := open(t)
	m := create(t, s, storage.Movie, `{"title": "A", "genres": [{"name": "Drama"}], "starring": [{"name": "P"}]}`)
	create(t, s, storage.Serie, `{"title": "B", "genres": ["drama"]}`)
	e := wantCode(t, remove(t, s, storage.Genre, "drama", false), storage.Conflict)
	if !strings.Contains(e.Detail, "1 movie and 1 serie") {
		t.Error(e.Detail)
	}
	if err := remove(t, s, storage.Movie, m.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := remove(t, s, storage.Person, fields(t, m)["starring"].([]any)[0].(string), false); err != nil {
		t.Error("nothing refers to the person any more:", err)
	}
	_ = wantCode(t, remove(t, s, storage.Movie, m.ID, false), storage.NotFound)
}

func TestPartsAreCounted(t *testing.T) {
	t.Parallel()
	s := open(t)
	serie := create(t, s, storage.Serie, `{"title": "Night Shift"}`)
	counts := func(wantSeasons, wantEpisodes float64) {
		t.Helper()
		o, err := s.Get(deadline(t), storage.Serie, serie.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := fields(t, o); got["seasons_count"] != wantSeasons || got["episodes_count"] != wantEpisodes {
			t.Errorf("counts %v and %v, want %v and %v", got["seasons_count"], got["episodes_count"], wantSeasons, wantEpisodes)
		}
	}
	season := create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 1}`)
	episode := create(t, s, storage.Episode, `{"season_id": "`+season.ID+`", "number": 1, "title": "Pilot"}`)
	create(t, s, storage.Episode, `{"season_id": "`+season.ID+`", "number": 2}`)
	if got := fields(t, episode)["serie_id"]; got != serie.ID {
		t.Errorf("the episode's series is %v", got)
	}
	counts(1, 2)
	if err := remove(t, s, storage.Episode, episode.ID, false); err != nil {
		t.Fatal(err)
	}
	counts(1, 1)
	_ = wantCode(t, remove(t, s, storage.Serie, serie.ID, false), storage.Conflict)
	_ = wantCode(t, remove(t, s, storage.Season, season.ID, false), storage.Conflict)
	if err := remove(t, s, storage.Season, season.ID, true); err != nil {
		t.Fatal(err)
	}
	counts(0, 0)
	create(t, s, storage.Episode, `{"season_id": "`+create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 2}`).ID+`", "number": 1}`)
	since, _ := s.Version(deadline(t))
	if err := remove(t, s, storage.Serie, serie.ID, true); err != nil {
		t.Fatal(err)
	}
	want := []string{"12 delete episode [3]", "12 delete season [2]", "12 delete serie [1]"}
	got := log(t, s, since)
	for i := range got {
		_, got[i], _ = strings.Cut(got[i], " ")
		_, want[i], _ = strings.Cut(want[i], " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// While a creation with a key waits for other writers, the same one again is told
// so at once; afterwards it is answered as the first was.
func TestIdempotencyKeyInFlight(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s := openWith(t, url, firstKey)
	writer, watcher := dial(t, url), dial(t, url)
	held, err := writer.Begin(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.Exec(deadline(t), `UPDATE catalogue SET version = version`); err != nil {
		t.Fatal(err)
	}
	w := &edit.Write{Operation: storage.Create, Noun: storage.Movie, Who: "anna", Edit: parseEdit(t, storage.Movie, `{"title": "Once"}`),
		Idempotency: &edit.Idempotency{Key: "k", Digest: []byte("one")}}
	var first *edit.Written
	done := make(chan error, 1)
	go func() {
		out, err := s.Write(deadline(t), w)
		first = out
		done <- err
	}()
	for waiting := 0; waiting == 0; {
		err := watcher.QueryRow(deadline(t), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Write(deadline(t), w)
	if e := wantCode(t, err, storage.Conflict); e != nil && !strings.Contains(e.Detail, "in flight") {
		t.Error(e.Detail)
	}
	if err := held.Rollback(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	again, err := s.Write(deadline(t), w)
	if err != nil || !again.Replayed || again.Object.ID != first.Object.ID {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := &edit.Write{Operation: storage.Create, Noun: storage.Movie, Who: "anna", Edit: parseEdit(t, storage.Movie, `{"title": "Once"}`),
		Idempotency: &edit.Idempotency{Key: "k", Digest: []byte("one")}}
	first, err := s.Write(deadline(t), w)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := update(t, s, storage.Movie, first.Object.ID, `{"title": "Changed since"}`); err != nil {
		t.Fatal(err)
	}
	again, err := s.Write(deadline(t), w)
	if err != nil {
		t.Fatal(err)
	}
	if !again.Replayed || string(again.Object.Body) != string(first.Object.Body) || again.Object.Version != first.Object.Version {
		t.Errorf("replayed %+v, first %+v", again.Object, first.Object)
	}
	w.Idempotency.Digest = []byte("two")
	_, err = s.Write(deadline(t), w)
	_ = wantCode(t, err, storage.KeyReused)
	w.Who = "bert"
	if other, err := s.Write(deadline(t), w); err != nil || other.Replayed {
		t.Errorf("another writer met the key: %+v, %v", other, err)
	}
}
