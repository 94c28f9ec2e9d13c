package conflict_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/storetest"
)

// A conflict reports every taken value, with a pointer into the body.
func TestEveryTakenValue(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Genre, `{"name": "Science Fiction"}`)
	storetest.Create(t, s, storage.Genre, `{"id": "war", "name": "War"}`)
	storetest.Create(t, s, storage.Movie, `{"title": "A", "imdb_id": "tt0000001", "magnet_hash": "0123456789abcdef0123456789abcdef01234567"}`)
	free := storetest.Create(t, s, storage.Movie, `{"title": "B"}`)
	serie := storetest.Create(t, s, storage.Serie, `{"title": "S"}`)
	season := storetest.Create(t, s, storage.Season, `{"serie_id": "`+serie.ID+`", "number": 1}`)
	first := `{"season_id": "` + season.ID + `", "number": 1, "imdb_id": "tt0000009"}`
	storetest.Create(t, s, storage.Episode, first)
	both := `"imdb_id": "tt0000001", "magnet_hash": "0123456789ABCDEF0123456789ABCDEF01234567"`
	for _, c := range []struct {
		write edit.Write
		body  string
		want  []string
	}{
		{edit.Write{Operation: storage.Create, Noun: storage.Movie}, `{"title": "C", ` + both + `}`, []string{"/imdb_id", "/magnet_hash"}},
		{edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: free.ID}, `{` + both + `}`, []string{"/imdb_id", "/magnet_hash"}},
		{edit.Write{Operation: storage.Create, Noun: storage.Movie}, `{"title": "C", "imdb_id": "tt0000001", "magnet_hash": "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH"}`, []string{"/imdb_id", "/magnet_hash"}},
		{edit.Write{Operation: storage.Create, Noun: storage.Episode}, first, []string{"/imdb_id", "/number"}},
		{edit.Write{Operation: storage.Create, Noun: storage.Genre}, `{"id": "war", "name": "science  fiction"}`, []string{"/id", "/name"}},
		{edit.Write{Operation: storage.Create, Noun: storage.Genre}, `{"name": "Science Fiction"}`, []string{"/name"}},
		{edit.Write{Operation: storage.Create, Noun: storage.Genre}, `{"name": "Science-Fiction"}`, []string{"/name"}},
	} {
		w := c.write
		w.Edit = storetest.Edit(t, w.Noun, c.body)
		_, err := s.Write(await.Context(t), &w)
		e := storetest.WantCode(t, err, storage.Conflict)
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
