package write_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// line is a write of a bulk: "create movie", "update genre drama", with a body.
type line struct{ what, body string }

// writesOf returns the writes of lines. An empty line stands for one that was refused before.
func writesOf(t testing.TB, lines ...line) []*edit.Write {
	t.Helper()
	writes := make([]*edit.Write, len(lines))
	for i, l := range lines {
		words := strings.Fields(l.what)
		if len(words) == 0 {
			continue
		}
		w := &edit.Write{Operation: storage.Operation(words[0]), Noun: storage.NounByName(words[1])}
		if len(words) > 2 {
			w.ID = words[2]
		}
		if l.body != "" {
			w.Edit = storetest.Edit(t, w.Noun, l.body)
		}
		writes[i] = w
	}
	return writes
}

// resultsOf returns a bulk, and the results that it answers with.
func resultsOf(who string, writes []*edit.Write) (*edit.Bulk, *[]edit.Result) {
	results := &[]edit.Result{}
	b := bulkOf(who, writes)
	b.Answer = func(r []edit.Result) ([]byte, error) {
		*results = r
		return fmt.Appendf(nil, `{"lines": %d}`, len(r)), nil
	}
	return b, results
}

// Each fault is at its line, and those of all lines are found, whatever kind the first one
// has. Nothing is stored.
func TestFaultsOfLines(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Movie, `{"title": "A", "imdb_id": "tt0000001", "genres": [{"name": "Drama"}]}`)
	storetest.Create(t, s, storage.Serie, `{"title": "S"}`)
	storetest.Create(t, s, storage.Season, `{"serie_id": "1", "number": 1}`)
	since, _ := s.Version(await.Context(t))
	stale := writesOf(t, line{"update movie 1", `{"title": "B"}`}, line{"update movie 1", `{"title": "C"}`})
	for _, w := range stale {
		w.Condition.Match = []int64{1}
	}
	for name, c := range map[string]struct {
		writes []*edit.Write
		want   string
	}{
		"every kind": {writesOf(t,
			line{"create movie", `{"title": "B"}`},
			line{"create movie", `{"titel": "B"}`},
			line{"create movie", `{"title": "C", "imdb_id": "tt0000001"}`},
			line{"update movie 77", `{"title": "C"}`},
			line{"delete genre drama", ""},
			line{"update movie 1", `{"genres": ["none"], "starring": ["99"]}`},
			line{"delete serie 1", ""},
			line{"create season", `{"serie_id": "1", "number": 1}`},
			line{"create season", `{"serie_id": "55", "number": 1}`},
			line{"create episode", `{"number": 1}`}),
			`1 /titel,/title; 2 /imdb_id; 3 there is no movie 77 here; 4 genre drama is still referenced by 1 movie; 5 /genres/0,/starring/0; 6 serie 1 still has 1 season; 7 /number; 8 /serie_id; 9 /season_id`},
		"lines among themselves": {writesOf(t,
			line{"create genre", `{"name": "War"}`},
			line{"create genre", `{"name": "WAR"}`},
			line{"create movie", `{"title": "B", "imdb_id": "tt0000002", "magnet_hash": "0123456789abcdef0123456789abcdef01234567"}`},
			line{"create movie", `{"title": "C", "imdb_id": "tt0000002", "magnet_hash": "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH"}`},
			line{"update movie 1", `{"imdb_id": "tt0000002"}`}),
			`1 /name; 3 /imdb_id,/magnet_hash; 4 /imdb_id`},
		"a refused genre is no fault of the films in it": {writesOf(t,
			line{"create genre", `{"name": "War", "unknown": 1}`},
			line{"create movie", `{"title": "B", "genres": ["war"]}`},
			line{"update movie 1", `{"title": "B"}`}),
			`0 /unknown`},
		"refused before":           {writesOf(t, line{"create movie", `{"title": "B"}`}, line{}, line{"delete movie 999", ""}), `2 there is no movie 999 here`},
		"an ETag from before":      {stale, `1 the object does not meet If-Match`},
		"ids that no object has":   {writesOf(t, line{"create genre", `{"name": "!"}`}), `0 /id`},
		"deleted by a line before": {writesOf(t, line{"delete season 1", ""}, line{"create episode", `{"season_id": "1", "number": 1}`}, line{"delete season 1", ""}), `1 /season_id; 2 there is no season 1 here`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, dry := range []bool{true, false} {
				b := bulkOf("test", c.writes)
				b.DryRun = dry
				_, err := s.Bulk(await.Context(t), b)
				refused, ok := errors.AsType[*edit.BulkError](err)
				if !ok {
					t.Fatalf("got %v", err)
				}
				var got []string
				for i := range c.writes {
					e, ok := errors.AsType[*storage.Error](refused.Refusals[i])
					if !ok {
						continue
					}
					text, pointers := e.Detail, []string{}
					for _, f := range e.Faults {
						pointers = append(pointers, f.Pointer)
					}
					if len(pointers) > 0 {
						text = strings.Join(pointers, ",")
					}
					text, _, _ = strings.Cut(text, ":")
					got = append(got, fmt.Sprint(i, " ", strings.TrimSuffix(text, ", If-None-Match or If-Unmodified-Since")))
				}
				if diff := cmp.Diff(c.want, strings.Join(got, "; ")); diff != "" {
					t.Errorf("dry run %t (-want +got):\n%s", dry, diff)
				}
			}
			if v, _ := s.Version(await.Context(t)); v != since {
				t.Errorf("the version moved from %d to %d", since, v)
			}
		})
	}
	if docs := storetest.Documents(t, s, storage.Movie); len(docs) != 1 || docs[0].Fields["title"] != "A" {
		t.Errorf("got %d films", len(docs))
	}
}

// A bulk has one version, with the net change of each object, and the results show the
// objects as they are afterwards.
func TestNetChanges(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	storetest.Create(t, s, storage.Genre, `{"name": "Old"}`)
	storetest.Create(t, s, storage.Serie, `{"title": "S"}`)
	since, _ := s.Version(await.Context(t))
	b, results := resultsOf("ann", writesOf(t,
		line{"create genre", `{"name": "War"}`},
		line{"create movie", `{"title": "A", "genres": ["war"], "starring": [{"name": "Ann"}]}`},
		line{"update genre war", `{"description": "Of wars."}`},
		line{"update serie 1", `{"description": "First."}`},
		line{"create season", `{"serie_id": "1", "number": 1}`},
		line{"create season", `{"serie_id": "1", "number": 2}`},
		line{"update serie 1", `{"description": "Second."}`},
		line{"delete genre old", ""},
		line{"create genre", `{"name": "Old", "description": "New."}`},
		line{"create person", `{"name": "Gone"}`},
		line{"create movie", `{"title": "B", "starring": [{"name": "Gone"}]}`},
		line{"update movie 1", `{"title": "A"}`}))
	out, err := s.Bulk(await.Context(t), b)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"create genre [war]", "create person [1]", "create movie [1]", "create season [1]", "create season [2]", "update serie [1]", "update genre [old]", "create person [2]", "create movie [2]"}
	for i := range want {
		want[i] = fmt.Sprint(since+1, " ", want[i])
	}
	if diff := cmp.Diff(want, storetest.Changes(t, s, since)); diff != "" || out.Version != since+1 {
		t.Errorf("version %d, changes (-want +got):\n%s", out.Version, diff)
	}
	var ids []string
	for _, r := range *results {
		o, err := s.Get(await.Context(t), r.Noun, r.ID, nil)
		if r.Operation == storage.Delete {
			ids = append(ids, "-"+r.ID)
			continue
		}
		if ids = append(ids, r.ID); err != nil || r.Object == nil || string(o.Body) != string(r.Object.Body) || o.Version != r.Object.Version {
			t.Errorf("%s %s: got %+v, want %+v, %v", r.Noun.Name, r.ID, r.Object, o, err)
		}
	}
	if diff := cmp.Diff([]string{"war", "1", "war", "1", "1", "2", "1", "-old", "old", "2", "2", "1"}, ids); diff != "" {
		t.Error(diff)
	}
	serie, _ := s.Get(await.Context(t), storage.Serie, "1", nil)
	if f := storetest.Fields(t, serie); f["seasons_count"] != 2.0 || f["description"] != "Second." {
		t.Errorf("the series is %v", f)
	}
	for _, c := range []struct {
		noun *storage.Noun
		id   string
		want []storage.Operation
	}{{storage.Genre, "war", []storage.Operation{"create"}}, {storage.Genre, "old", []storage.Operation{"update", "create"}}, {storage.Serie, "1", []storage.Operation{"update", "create"}}} {
		events, err := s.History(await.Context(t), c.noun, c.id, 0, 10)
		var got []storage.Operation
		for _, e := range events {
			got = append(got, e.Operation)
		}
		if !slices.Equal(got, c.want) || err != nil {
			t.Errorf("the history of %s %s is %v, want %v (%v)", c.noun.Name, c.id, got, c.want, err)
		}
	}
	nothing, _ := resultsOf("ann", writesOf(t, line{"update movie 1", `{"title": "A"}`}, line{"create genre", `{"name": "Brief"}`}, line{"delete genre brief", ""}))
	if out, err := s.Bulk(await.Context(t), nothing); err != nil || out.Version != since+1 {
		t.Errorf("a bulk without a net change: got version %v, %v", out, err)
	}
}

// A bulk with a key is written once. The first line over the quota is refused.
func TestBulkKeysAndQuota(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.Migrate(t, devstack.Postgres(t)), storetest.Key, postgres.WithQuota(3000))
	storetest.Issue(t, s, credential.User{Name: "ann", Role: credential.Editor})
	b, _ := resultsOf("ann", writesOf(t, line{"create movie", `{"title": "A"}`}, line{"create genre", `{"name": "War"}`}))
	b.Idempotency = &edit.Idempotency{Key: "one", Digest: []byte("1")}
	first, err := s.Bulk(await.Context(t), b)
	if err != nil || first.Replayed {
		t.Fatalf("got %+v, %v", first, err)
	}
	again, err := s.Bulk(await.Context(t), b)
	if err != nil || !again.Replayed || string(again.Body) != string(first.Body) || again.Version != first.Version {
		t.Errorf("repeated: got %+v, %v", again, err)
	}
	b.Idempotency.Digest = []byte("2")
	_, err = s.Bulk(await.Context(t), b)
	_ = storetest.WantCode(t, err, storage.KeyReused)
	long := fmt.Sprintf(`{"title": "B", "description": %q}`, strings.Repeat("x", 3000))
	b, _ = resultsOf("ann", writesOf(t, line{"create movie", `{"title": "C"}`}, line{"create movie", long}, line{"update movie 1", `{"title": "D"}`}))
	_, err = s.Bulk(await.Context(t), b)
	refused, ok := errors.AsType[*edit.BulkError](err)
	if !ok || storage.CodeOf(refused.Refusals[1]) != storage.QuotaExceeded || refused.Refusals[0] != nil {
		t.Errorf("got %v: %v", err, refused)
	}
}

// Editors write the same film and the same names while bulks do. No write is lost, the
// versions have no gaps, and a bulk whose client leaves stores nothing.
func TestBulksBesideEditors(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	film := storetest.Create(t, s, storage.Movie, `{"title": "Shared", "duration": 0}`)
	const rounds, inBulk = 6, 30
	var wg sync.WaitGroup
	for n := range 2 {
		wg.Go(func() {
			for i := range rounds {
				lines := []line{}
				for j := range inBulk {
					lines = append(lines, line{"create movie", fmt.Sprintf(`{"title": "F", "starring": [{"name": "Star %d"}], "genres": [{"name": "Genre %d"}], "directors": [{"name": "Own %d %d"}]}`, j, i, n, j)})
				}
				lines = append(lines, line{"update movie " + film.ID, fmt.Sprintf(`{"description": "%d"}`, i)})
				b, _ := resultsOf("bulk", writesOf(t, lines...))
				if _, err := s.Bulk(await.Context(t), b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range rounds * 5 {
			storetest.Create(t, s, storage.Movie, fmt.Sprintf(`{"title": "E", "starring": [{"name": "Star %d"}], "genres": [{"name": "Genre %d"}]}`, i, i%rounds))
			for increment(t, s, film.ID) != nil {
				if await.Context(t).Err() != nil {
					return
				}
			}
		}
	})
	gone, leave := context.WithCancel(await.Context(t))
	wg.Go(func() {
		b, _ := resultsOf("gone", writesOf(t, line{"create genre", `{"name": "Never"}`}, line{"update movie " + film.ID, `{"title": "Never"}`}))
		answer := b.Answer
		b.Answer = func(r []edit.Result) ([]byte, error) { leave(); return answer(r) }
		if _, err := s.Bulk(gone, b); err == nil {
			t.Error("the bulk of a client that left was written")
		}
	})
	wg.Wait()
	o, err := s.Get(await.Context(t), storage.Movie, film.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f := storetest.Fields(t, o); f["duration"] != float64(rounds*5) || f["title"] != "Shared" || f["description"] != fmt.Sprint(rounds-1) {
		t.Errorf("the film is %v", f)
	}
	names := map[string]bool{}
	for _, d := range storetest.Documents(t, s, storage.Person) {
		if names[d.Label()] {
			t.Errorf("two persons are called %s", d.Label())
		}
		names[d.Label()] = true
	}
	if got, want := len(storetest.Documents(t, s, storage.Movie)), 1+2*rounds*inBulk+rounds*5; got != want {
		t.Errorf("got %d films, want %d", got, want)
	}
	if n := len(storetest.Documents(t, s, storage.Genre)); n != rounds {
		t.Errorf("got %d genres, want %d", n, rounds)
	}
	storetest.WantNoGaps(t, s)
}
