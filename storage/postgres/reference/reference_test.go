package reference_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/storetest"
)

// A new name whose id is taken is a fault, which names the owner of the id.
func TestNewNamesWithTakenIDs(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Genre, `{"name": "Science Fiction"}`)
	for _, c := range []struct{ genres, pointer, reason, nearest string }{
		{`["science-fiction", {"name": "Science + Fiction"}]`, "/genres/1", "would get the id science-fiction of genre Science Fiction: give that id", "science-fiction"},
		{`[{"name": "Foo Bar"}, {"name": "foo  bar"}, {"name": "Foo + Bar"}]`, "/genres/2", "would get the same id as Foo Bar, foo-bar", ""},
		{`[{"name": "Драма"}]`, "/genres/0", "is new and no id can be made from it", ""},
	} {
		_, err := s.Write(await.Context(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie,
			Edit: storetest.Edit(t, storage.Movie, `{"title": "A", "genres": `+c.genres+`}`)})
		faults := storetest.WantCode(t, err, storage.Invalid).Faults
		if len(faults) != 1 || faults[0].Pointer != c.pointer || !strings.HasPrefix(faults[0].Reason, c.reason) || faults[0].Nearest != c.nearest {
			t.Errorf("%s: %+v, want one at %s that it %s", c.genres, faults, c.pointer, c.reason)
		}
	}
}

// Names that differ only in case, accents and punctuation are one genre, new or not.
func TestNamesOfTheSameLetters(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Genre, `{"name": "Science Fiction"}`)
	o := storetest.Create(t, s, storage.Movie, `{"title": "A", "genres": [{"name": "Science-Fiction"}, {"name": "Sci-Fi"}, {"name": "Sci Fi"}]}`)
	if !strings.Contains(string(o.Body), `"genres":["science-fiction","sci-fi"]`) {
		t.Errorf("stored is %s", o.Body)
	}
}

// The id of a renamed genre stays one of its names. An id that was made from a name says
// nothing about other names.
func TestNamesThatAreIDs(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Genre, `{"name": "Drama"}`)
	if _, err := storetest.Update(t, s, storage.Genre, "drama", `{"name": "Dramatic"}`); err != nil {
		t.Fatal(err)
	}
	o := storetest.Create(t, s, storage.Movie, `{"title": "A", "genres": [{"name": "Drama"}, {"name": "dramatic"}]}`)
	if !strings.Contains(string(o.Body), `"genres":["drama"]`) {
		t.Errorf("stored is %s", o.Body)
	}
	storetest.Create(t, s, storage.Genre, `{"name": "A+"}`)
	_, err := s.Write(await.Context(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie, Edit: storetest.Edit(t, storage.Movie, `{"title": "B", "genres": [{"name": "A!"}]}`)})
	if faults := storetest.WantCode(t, err, storage.Invalid).Faults; len(faults) != 1 || faults[0].Nearest != "a" {
		t.Errorf("a name whose id another genre has: got %+v", faults)
	}
}

// Every wrong reference is reported with its pointer in the body, after duplicates and
// beside malformed items. Correct references are stored once.
func TestPointersOfWrongReferences(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Genre, `{"name": "Comedy"}`)
	known := storetest.Create(t, s, storage.Person, `{"name": "Ann"}`).ID
	for range 2 {
		storetest.Create(t, s, storage.Person, `{"name": "Dup Name"}`)
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
		_, err := s.Write(await.Context(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie, Edit: storetest.Edit(t, storage.Movie, "{"+body+"}")})
		var got []string
		for _, f := range storetest.WantCode(t, err, storage.Invalid).Faults {
			got = append(got, f.Pointer)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	d := storetest.Create(t, s, storage.Movie, `{"title": "A", "genres": ["comedy", "comedy", {"name": "COMEDY"}], "starring": ["`+known+`", {"name": "ann"}, "`+known+`"]}`)
	if body := string(d.Body); !strings.Contains(body, `"genres":["comedy"]`) || !strings.Contains(body, `"starring":["`+known+`"]`) {
		t.Errorf("stored is %s", body)
	}
}
