package write_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// films creates n films, whose ids are 1 to n.
func films(t *testing.T, s *postgres.Store, n int) {
	t.Helper()
	for i := range n {
		storetest.Create(t, s, storage.Movie, fmt.Sprintf(`{"title": "Film %d"}`, i+1))
	}
}

func collection(t *testing.T, s *postgres.Store, id string) (*storage.Object, string) {
	t.Helper()
	o, err := s.Get(await.Context(t), storage.Collection, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := storetest.Fields(t, o)
	return o, fmt.Sprint(f["pins"], f["hidden"])
}

// A film that collections pin or hide is deleted only with cascade. Then it is taken out
// of them by the same write, which is an update of each of them.
func TestDeletionsOfPinnedFilms(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s, conn := storetest.Open(t, url, storetest.Key), storetest.Dial(t, url)
	storetest.Issue(t, s, credential.User{Name: "ann", Role: credential.Editor})
	films(t, s, 4)
	for _, body := range []string{`{"name": "A", "pins": ["3", "2", "1"]}`, `{"name": "B", "pins": ["2"], "hidden": ["4", "2"]}`, `{"name": "C", "pins": ["1"], "hidden": ["3"]}`} {
		if _, err := storetest.WriteAs(t, s, "ann", edit.Write{Operation: storage.Create, Noun: storage.Collection}, body); err != nil {
			t.Fatal(err)
		}
	}
	untouched, _ := collection(t, s, "c")
	film, err := s.Get(await.Context(t), storage.Movie, "2", nil)
	if err != nil {
		t.Fatal(err)
	}
	since, _ := s.Version(await.Context(t))
	e := storetest.WantCode(t, storetest.Delete(t, s, storage.Movie, "2", false), storage.Conflict)
	if !strings.Contains(e.Detail, "by 2 collections") || !strings.Contains(e.Detail, "?cascade=true") {
		t.Error(e.Detail)
	}
	deletion := edit.Write{Operation: storage.Delete, Noun: storage.Movie, ID: "2", Cascade: true, Condition: edit.Condition{Match: []int64{film.Version + 1}}}
	_, err = storetest.WriteAs(t, s, "ben", deletion, "")
	_ = storetest.WantCode(t, err, storage.PreconditionFailed)
	if v, _ := s.Version(await.Context(t)); v != since {
		t.Errorf("refused deletions moved the version from %d to %d", since, v)
	}
	deletion.Condition.Match = []int64{film.Version}
	out, err := storetest.WriteAs(t, s, "ben", deletion, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"update collection [a]", "update collection [b]", "delete movie [2]"}
	for i := range want {
		want[i] = fmt.Sprint(since+1, " ", want[i])
	}
	if diff := cmp.Diff(want, storetest.Changes(t, s, since)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	for id, want := range map[string]struct {
		lists  string
		fields []string
	}{"a": {"[3 1] []", []string{"pins"}}, "b": {"[] [4]", []string{"pins", "hidden"}}} {
		o, lists := collection(t, s, id)
		if lists != want.lists || o.Version != out.Version {
			t.Errorf("%s at version %d: got %s, want %s", id, o.Version, lists, want.lists)
		}
		events, err := s.History(await.Context(t), storage.Collection, id, 0, 10)
		if err != nil || len(events) != 2 || events[0].Who != "ben" || events[0].Operation != storage.Update || events[0].Version != out.Version || !slices.Equal(events[0].Fields, want.fields) {
			t.Errorf("history of %s: got %+v, %v", id, events, err)
		}
	}
	if o, lists := collection(t, s, "c"); o.Version != untouched.Version || lists != "[1] [3]" {
		t.Errorf("a collection without the film: got version %d and %s", o.Version, lists)
	}
	if used := storetest.WantUsed(t, conn, s); used["ann"] == 0 || used["ben"] != 0 {
		t.Errorf("got the used bytes %v", used)
	}
	for _, w := range []edit.Write{
		{Operation: storage.Update, Noun: storage.Collection, ID: "a"},
		{Operation: storage.Create, Noun: storage.Collection},
	} {
		_, err = storetest.WriteAs(t, s, "ann", w, `{"name": "New", "pins": ["3", "2"], "hidden": ["77"]}`)
		e := storetest.WantCode(t, err, storage.Invalid)
		if len(e.Faults) != 2 || e.Faults[0].Pointer != "/pins/1" || e.Faults[0].Value != "2" || e.Faults[1].Pointer != "/hidden/0" {
			t.Errorf("%s with films that are gone: got %+v", w.Operation, e.Faults)
		}
	}
	// Film 4 is only in the hidden films of b. After these deletes every collection is empty.
	for _, id := range []string{"4", "3", "1"} {
		if err := storetest.Delete(t, s, storage.Movie, id, true); err != nil {
			t.Errorf("delete film %s: %v", id, err)
		}
	}
	for _, id := range []string{"a", "b", "c"} {
		if _, lists := collection(t, s, id); lists != "[] []" {
			t.Errorf("%s: got %s after all films are gone", id, lists)
		}
	}
	_ = storetest.WantCode(t, storetest.Delete(t, s, storage.Movie, "4", true), storage.NotFound)
	storetest.WantUsed(t, conn, s)
}

// A genre that a film has cannot be deleted, even with cascade.
func TestCascadeKeepsGenres(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Movie, `{"title": "A", "genres": [{"name": "Drama"}]}`)
	e := storetest.WantCode(t, storetest.Delete(t, s, storage.Genre, "drama", true), storage.Conflict)
	if strings.Contains(e.Detail, "cascade") {
		t.Error(e.Detail)
	}
}

// When one writer pins a film and another deletes it, the later one is refused. No collection
// has a film that does not exist.
func TestPinningWhileDeleting(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	const rounds = 12
	films(t, s, rounds)
	storetest.Create(t, s, storage.Collection, `{"name": "All", "query": "year=1950"}`)
	since, _ := s.Version(await.Context(t))
	var wg sync.WaitGroup
	write := func(w edit.Write, body string, allowed ...storage.Code) {
		wg.Go(func() {
			if _, err := storetest.WriteAs(t, s, "test", w, body); err != nil && !slices.Contains(allowed, storage.CodeOf(err)) {
				t.Errorf("%s %s %s: %v", w.Operation, w.Noun.Name, body, err)
			}
		})
	}
	for i := range rounds {
		id := fmt.Sprint(i + 1)
		write(edit.Write{Operation: storage.Update, Noun: storage.Collection, ID: "all"}, `{"pins": ["`+id+`"]}`, storage.Invalid)
		write(edit.Write{Operation: storage.Create, Noun: storage.Collection}, `{"name": "Own `+id+`", "pins": ["`+id+`"]}`, storage.Invalid)
		write(edit.Write{Operation: storage.Delete, Noun: storage.Movie, ID: id, Cascade: i%2 == 0}, "", storage.Conflict)
	}
	wg.Wait()
	there := map[string]bool{}
	for _, d := range storetest.Documents(t, s, storage.Movie) {
		there[d.ID] = true
	}
	if len(there) == rounds {
		t.Error("no film was deleted")
	}
	for _, d := range storetest.Documents(t, s, storage.Collection) {
		for _, id := range d.Fields["pins"].([]any) {
			if !there[id.(string)] {
				t.Errorf("%s pins film %s, which is gone", d.ID, id)
			}
		}
	}
	storetest.WantNoGaps(t, s)
	if v, _ := s.Version(await.Context(t)); v == since {
		t.Error("nothing was written")
	}
}

// The names of collections are distinct, whatever their case, and so are the slugs that
// are made of them.
func TestNamesOfCollections(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	if o := storetest.Create(t, s, storage.Collection, `{"name": "Été à la mer"}`); o.ID != "ete-a-la-mer" || time.Since(o.Modified) > time.Hour {
		t.Errorf("got %s, modified %s", o.ID, o.Modified)
	}
	storetest.Create(t, s, storage.Collection, `{"name": "Summer", "id": "holidays"}`)
	for body, pointer := range map[string]string{`{"name": "ÉTÉ à la mer", "id": "other"}`: "/name", `{"name": "Été a la mer!"}`: "/name", `{"name": "Other", "id": "holidays"}`: "/id"} {
		_, err := s.Write(await.Context(t), &edit.Write{Operation: storage.Create, Noun: storage.Collection, Edit: storetest.Edit(t, storage.Collection, body)})
		if e := storetest.WantCode(t, err, storage.Conflict); len(e.Faults) != 1 || e.Faults[0].Pointer != pointer {
			t.Errorf("%s: faults %+v, want one at %s", body, e.Faults, pointer)
		}
	}
	_, err := storetest.Update(t, s, storage.Collection, "holidays", `{"name": "été À la mer"}`)
	_ = storetest.WantCode(t, err, storage.Conflict)
	_, err = storetest.WriteAs(t, s, "ann", edit.Write{Operation: storage.Create, Noun: storage.Collection}, `{"name": "Лето"}`)
	if e := storetest.WantCode(t, err, storage.Invalid); len(e.Faults) != 1 || e.Faults[0].Pointer != "/id" {
		t.Errorf("a name without a slug: got %+v", e.Faults)
	}
}
