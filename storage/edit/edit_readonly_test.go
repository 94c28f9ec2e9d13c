package edit_test

import (
	"strings"
	"testing"

	"marquee/storage"
	"marquee/storage/textform"
)

// stored returns an episode from a store: it has fields of every source.
func stored(t testing.TB) *storage.Document {
	t.Helper()
	d := create(t, storage.Episode, `{"number":1,"title":"Pilot","description":"It begins."}`)
	d.ID = "9"
	d.Fields["serie_id"], d.Fields["season_id"], d.Fields["views"] = "3", "4", int64(12)
	d.Fields["added"], d.Fields["modified"] = at("2024-01-02T03-04-05"), at("2024-06-07T08-09-00")
	return d
}

func TestApplyAcceptsReadOnlyFieldsThatAreEqual(t *testing.T) {
	t.Parallel()
	d := stored(t)
	for _, json := range []string{
		`{"id":"9"}`, `{"serie_id":"3","season_id":"4"}`, `{"snippet":"Pilot – It begins."}`, `{"views":12}`,
		`{"added":"2024-01-02T03-04-05"}`, `{"modified":"2024-06-07T08-09-00"}`, `{"modified":"2024-06-07T08-09"}`,
	} {
		if after := update(t, d, json); !storage.SameStored(d, after) {
			t.Errorf("Apply of %s: got another document", json)
		}
	}
	if after := update(t, d, string(d.AppendJSON(nil))); string(after.AppendJSON(nil)) != string(d.AppendJSON(nil)) {
		t.Error("Apply of the public JSON: got another document")
	}
	wantFields(t, update(t, d, `{"title":"New","snippet":"Pilot – It begins."}`), object{"snippet": "New – It begins."})
}

func TestApplyRefusesReadOnlyFieldsThatDiffer(t *testing.T) {
	t.Parallel()
	d := stored(t)
	tests := map[string]string{
		`{"id":"10"}`:                        "/id is read-only",
		`{"id":"09"}`:                        "/id is read-only",
		`{"id":""}`:                          "/id is read-only",
		`{"serie_id":"30"}`:                  "/serie_id a parent cannot be changed",
		`{"season_id":"3"}`:                  "/season_id a parent cannot be changed",
		`{"snippet":"Pilot"}`:                "/snippet is read-only",
		`{"title":"New","snippet":"New"}`:    "/snippet is read-only",
		`{"views":13}`:                       "/views is read-only",
		`{"views":0}`:                        "/views is read-only",
		`{"added":"2024-01-02T03-04-06"}`:    "/added is read-only",
		`{"added":"2024-01-02T03-04"}`:       "/added is read-only",
		`{"modified":"2024-01-02T03-04-05"}`: "/modified is read-only",
	}
	for json, want := range tests {
		_, faults := check(t, storage.Episode, json).Apply(d, false)
		wantFaults(t, faults, want)
	}
	serie := create(t, storage.Serie, `{"title":"S"}`)
	_, faults := check(t, storage.Serie, `{"likes":1,"dislikes":1,"views":1,"seasons_count":1,"episodes_count":1}`).Apply(serie, false)
	wantFaults(t, faults, "/likes is read-only", "/dislikes is read-only", "/views is read-only", "/seasons_count is read-only", "/episodes_count is read-only")
}

func TestApplyRefusesToClearReadOnlyFields(t *testing.T) {
	t.Parallel()
	d := stored(t)
	for _, name := range []string{"id", "serie_id", "season_id", "snippet", "views", "added", "modified"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, faults := check(t, storage.Episode, `{"`+name+`":null}`).Apply(d, false)
			wantFaults(t, faults, "/"+name+" ")
		})
	}
}

func TestApplyAcceptsNullForUnsetReadOnlyFields(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Episode, `{"number":1}`)
	d.ID = "9"
	after := update(t, d, `{"snippet":null,"added":null}`)
	wantFields(t, after, object{"snippet": nil})
}

func TestFaultsOfReadOnlyFieldsHaveTheGivenValue(t *testing.T) {
	t.Parallel()
	d := stored(t)
	for json, want := range map[string]string{`{"views":13}`: "13", `{"id":"10"}`: "10", `{"added":"2025-01-01T00-00"}`: "2025-01-01T00-00-00"} {
		_, faults := check(t, storage.Episode, json).Apply(d, false)
		if len(faults) != 1 || faults[0].Value != want {
			t.Errorf("%s: got the faults %+v, want the value %s", json, faults, want)
		}
	}
}

func TestCreationLeavesSlugsAndParentsToTheStore(t *testing.T) {
	t.Parallel()
	_ = create(t, storage.Genre, `{"id":"noir","name":"Film noir"}`)
	_ = create(t, storage.Season, `{"number":1,"serie_id":"3"}`)
	_ = create(t, storage.Episode, `{"number":1,"serie_id":"3","season_id":"4"}`)
	for _, n := range []*storage.Noun{storage.Movie, storage.Person, storage.Serie} {
		_, faults := check(t, n, `{"id":"7","`+n.Label+`":"M"}`).Apply(storage.NewDocument(n), true)
		wantFaults(t, faults, "/id is read-only: the server makes it")
	}
	_, faults := check(t, storage.Movie, `{"title":"M","likes":1,"added":"2024-01-01T00-00"}`).Apply(storage.NewDocument(storage.Movie), true)
	wantFaults(t, faults, "/likes is read-only: the server makes it", "/added is read-only: the server makes it")
	_ = create(t, storage.Movie, `{"title":"M","likes":0,"views":0}`)
}

func TestUpdatesCannotMoveAGenre(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Genre, `{"name":"Film noir"}`)
	d.ID = "film-noir"
	_ = update(t, d, `{"id":"film-noir","name":"Noir"}`)
	_, faults := check(t, storage.Genre, `{"id":"noir"}`).Apply(d, false)
	wantFaults(t, faults, "/id is read-only")
}

func TestApplyDerivesTheSnippet(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 100)
	tests := []struct {
		noun       *storage.Noun
		json, want string
	}{
		{storage.Movie, `{"title":"M"}`, "M"},
		{storage.Movie, `{"title":" M  ","description":"\n A\t city  hunts. "}`, "M – A city hunts."},
		{storage.Serie, `{"title":"S","description":null}`, "S"},
		{storage.Movie, `{"title":"M","description":""}`, "M"},
		{storage.Movie, `{"title":"M","description":"` + long + `"}`, textform.Snippet("M", long)},
		{storage.Episode, `{"number":1,"title":"Pilot"}`, "Pilot"},
		{storage.Episode, `{"number":1,"description":"It begins."}`, "It begins."},
	}
	for _, tt := range tests {
		wantFields(t, create(t, tt.noun, tt.json), object{"snippet": tt.want})
	}
	d := update(t, create(t, storage.Episode, `{"number":1,"title":"Pilot"}`), `{"title":null}`)
	wantFields(t, d, object{"snippet": nil})
	for n, json := range map[*storage.Noun]string{storage.Genre: `{"name":"x"}`, storage.Person: `{"name":"x"}`, storage.Season: `{"number":1,"title":"x"}`} {
		if _, there := create(t, n, json).Fields["snippet"]; there {
			t.Errorf("got a snippet for a %s", n.Name)
		}
	}
}

func TestSameStoredComparesClientFields(t *testing.T) {
	t.Parallel()
	a := create(t, storage.Movie, `{"title":"M","genres":[],"imdb_rating":7.20}`)
	b := create(t, storage.Movie, `{"title":"M","genres":null,"imdb_rating":7.2}`)
	b.ID, b.Fields["likes"], b.Fields["modified"] = "7", int64(5), at("2024-01-01T00-00")
	if !storage.SameStored(a, b) {
		t.Error("SameStored is false for documents that differ in fields of the server")
	}
	b.Fields["snippet"] = "as an earlier release made it"
	if after := update(t, b, `{"snippet":"as an earlier release made it","title":"M"}`); !storage.SameStored(b, after) {
		t.Error("SameStored is false for documents that differ in derived fields")
	}
	if storage.SameStored(a, update(t, a, `{"genres":["war"]}`)) {
		t.Error("SameStored is true for documents with different genres")
	}
}
