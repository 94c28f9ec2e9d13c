package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/edit"
)

// A new name whose id is taken is a fault of the body, which says whose id it is.
func TestNewNamesWithTakenIDs(t *testing.T) {
	t.Parallel()
	s := open(t)
	create(t, s, storage.Genre, `{"name": "Science Fiction"}`)
	for _, c := range []struct{ genres, pointer, reason, nearest string }{
		{`["science-fiction", {"name": "Science-Fiction"}]`, "/genres/1", "would get the id science-fiction of genre Science Fiction: give that id", "science-fiction"},
		{`[{"name": "Foo Bar"}, {"name": "foo  bar"}, {"name": "Foo-Bar"}]`, "/genres/2", "would get the same id as Foo Bar, foo-bar", ""},
	} {
		_, err := s.Write(deadline(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie,
			Edit: parseEdit(t, storage.Movie, `{"title": "A", "genres": `+c.genres+`}`)})
		faults := wantCode(t, err, storage.Invalid).Faults
		if len(faults) != 1 || faults[0].Pointer != c.pointer || !strings.HasPrefix(faults[0].Reason, c.reason) || faults[0].Nearest != c.nearest {
			t.Errorf("%s: %+v, want one at %s that it %s", c.genres, faults, c.pointer, c.reason)
		}
	}
}

// Every reference that is wrong is told at the place where the body has it, behind
// duplicates and beside items that have no form of a reference. What is right is
// stored once.
func TestPlacesOfWrongReferences(t *testing.T) {
	t.Parallel()
	s := open(t)
	create(t, s, storage.Genre, `{"name": "Comedy"}`)
	known := create(t, s, storage.Person, `{"name": "Ann"}`).ID
	for range 2 {
		create(t, s, storage.Person, `{"name": "Dup Name"}`)
	}
	for body, want := range map[string][]string{
		`"genres": ["comedy", "comedy", "nope"]`:                                          {"/genres/2"},
		`"genres": ["nope", "comedy", "nope"]`:                                            {"/genres/0", "/genres/2"},
		`"genres": ["comedy", {"name": "Comedy"}, {"name": "Comedy"}, "nope"]`:            {"/genres/3"},
		`"starring": ["KNOWN", "KNOWN", {"name": "Ann"}, "999999"]`:                       {"/starring/3"},
		`"starring": ["999999", "abc"], "directors": ["888888", {"name": "Dup Name"}, 7]`: {"/directors/0", "/directors/1", "/directors/2", "/starring/0", "/starring/1"},
		`"genres": [{"name": "New"}, {"name": ""}, "nope"]`:                               {"/genres/1/name", "/genres/2"},
		`"title": 7, "starring": [null, "999999"]`:                                        {"/starring/0", "/starring/1", "/title"},
	} {
		body = strings.ReplaceAll(body, "KNOWN", known)
		if !strings.Contains(body, "title") {
			body = `"title": "A", ` + body
		}
		_, err := s.Write(deadline(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie, Edit: parseEdit(t, storage.Movie, "{"+body+"}")})
		var got []string
		for _, f := range wantCode(t, err, storage.Invalid).Faults {
			got = append(got, f.Pointer)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	d := create(t, s, storage.Movie, `{"title": "A", "genres": ["comedy", "comedy", {"name": "COMEDY"}], "starring": ["`+known+`", {"name": "ann"}, "`+known+`"]}`)
	if body := string(d.Body); !strings.Contains(body, `"genres":["comedy"]`) || !strings.Contains(body, `"starring":["`+known+`"]`) {
		t.Errorf("stored is %s", body)
	}
}

// A conflict names every value that is taken, at a place that the body has.
func TestEveryTakenValue(t *testing.T) {
	t.Parallel()
	s := open(t)
	create(t, s, storage.Genre, `{"name": "Science Fiction"}`)
	create(t, s, storage.Genre, `{"id": "war", "name": "War"}`)
	create(t, s, storage.Movie, `{"title": "A", "imdb_id": "tt0000001", "magnet_hash": "0123456789abcdef0123456789abcdef01234567"}`)
	free := create(t, s, storage.Movie, `{"title": "B"}`)
	serie := create(t, s, storage.Serie, `{"title": "S"}`)
	season := create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 1}`)
	first := `{"season_id": "` + season.ID + `", "number": 1, "imdb_id": "tt0000009"}`
	create(t, s, storage.Episode, first)
	both := `"imdb_id": "tt0000001", "magnet_hash": "0123456789ABCDEF0123456789ABCDEF01234567"`
	for _, c := range []struct {
		write edit.Write
		body  string
		want  []string
	}{
		{edit.Write{Operation: storage.Create, Noun: storage.Movie}, `{"title": "C", ` + both + `}`, []string{"/imdb_id", "/magnet_hash"}},
		{edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: free.ID}, `{` + both + `}`, []string{"/imdb_id", "/magnet_hash"}},
		{edit.Write{Operation: storage.Create, Noun: storage.Episode}, first, []string{"/imdb_id", "/number"}},
		{edit.Write{Operation: storage.Create, Noun: storage.Genre}, `{"id": "war", "name": "science  fiction"}`, []string{"/id", "/name"}},
		{edit.Write{Operation: storage.Create, Noun: storage.Genre}, `{"name": "Science Fiction"}`, []string{"/name"}},
		{edit.Write{Operation: storage.Create, Noun: storage.Genre}, `{"name": "Science-Fiction"}`, []string{"/name"}},
	} {
		w := c.write
		w.Edit = parseEdit(t, w.Noun, c.body)
		_, err := s.Write(deadline(t), &w)
		e := wantCode(t, err, storage.Conflict)
		var got []string
		for _, f := range e.Faults {
			got = append(got, f.Pointer)
			if !strings.Contains(e.Detail, f.Reason) {
				t.Errorf("%s: the detail %q lacks %q", c.body, e.Detail, f.Reason)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s: %s", w.Operation, c.body, diff)
		}
	}
}

// What is told of a parent is told once.
func TestParentOfTheWrongType(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, err := s.Write(deadline(t), &edit.Write{Operation: storage.Create, Noun: storage.Season, Edit: parseEdit(t, storage.Season, `{"serie_id": 1, "number": 1}`)})
	if faults := wantCode(t, err, storage.Invalid).Faults; len(faults) != 1 || faults[0].Reason != "must be a text" {
		t.Errorf("%+v", faults)
	}
}

// A refused deletion counts parts of all kinds.
func TestDeletionCountsAllParts(t *testing.T) {
	t.Parallel()
	s := open(t)
	serie := create(t, s, storage.Serie, `{"title": "S"}`)
	season := create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 1}`)
	create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 2}`)
	create(t, s, storage.Episode, `{"season_id": "`+season.ID+`", "number": 1}`)
	if e := wantCode(t, remove(t, s, storage.Serie, serie.ID, false), storage.Conflict); !strings.Contains(e.Detail, "2 seasons and 1 episode:") {
		t.Error(e.Detail)
	}
}
