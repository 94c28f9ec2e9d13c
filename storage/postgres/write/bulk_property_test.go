package write_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// drawLine draws a write of any noun. It may be refused for every reason.
func drawLine(t *rapid.T) (w edit.Write, body string) {
	nouns := []string{"movie", "movie", "genre", "person", "serie", "season", "episode", "collection"}
	n := storage.NounByName(rapid.SampledFrom(nouns).Draw(t, "noun"))
	w = edit.Write{Noun: n, Operation: rapid.SampledFrom([]storage.Operation{storage.Create, storage.Create, storage.Create, storage.Update, storage.Delete}).Draw(t, "operation")}
	number := func(label string, most int) int { return rapid.IntRange(1, most).Draw(t, label) }
	genre := func() string { return string(rune('A' + number("genre", 4) - 1)) }
	w.ID = fmt.Sprint(number("id", 12))
	if n.Slug {
		w.ID = strings.ToLower(genre())
	}
	if w.Operation == storage.Delete {
		return w, ""
	}
	pad := strings.Repeat("x", number("length", 20))
	switch n {
	case storage.Genre, storage.Collection:
		body = fmt.Sprintf(`{"name": %q, "description": %q`, genre(), pad)
		if n == storage.Collection && rapid.Bool().Draw(t, "pins") {
			body += fmt.Sprintf(`, "pins": ["%d"]`, number("film", 12))
		}
	case storage.Person:
		body = fmt.Sprintf(`{"name": "P%d", "description": %q`, number("person", 6), pad)
	case storage.Season, storage.Episode:
		body = fmt.Sprintf(`{"title": %q, "number": %d`, pad, number("number", 5))
		if w.Operation == storage.Create {
			body += fmt.Sprintf(`, "%s_id": "%d"`, n.Parent().Name, number("parent", 6))
		}
	default:
		body = fmt.Sprintf(`{"title": "T%s"`, pad)
		if rapid.Bool().Draw(t, "names") {
			body += fmt.Sprintf(`, "starring": [{"name": "P%d"}, {"name": "P%d"}], "genres": [{"name": %q}]`, number("person", 6), number("person", 6), genre())
		} else {
			body += fmt.Sprintf(`, "genres": [%q], "directors": ["%d"], "imdb_id": "tt000000%d"`, strings.ToLower(genre()), number("director", 12), number("imdb", 9))
		}
	}
	if rapid.IntRange(0, 30).Draw(t, "bad") == 0 {
		body += `, "unknown": 1`
	}
	return w, body + "}"
}

// peer is one of two catalogues that have to become equal.
type peer struct {
	*postgres.Store
	conn *pgx.Conn
}

func newPeer(t *testing.T) peer {
	url := devstack.Postgres(t)
	analysis := postgres.WithAnalysis(text.Analysis{})
	if _, err := postgres.Migrate(await.Context(t), url, analysis); err != nil {
		t.Fatal(err)
	}
	p := peer{storetest.Open(t, url, storetest.Key, postgres.WithQuota(4000), analysis), storetest.Dial(t, url)}
	storetest.Issue(t, p.Store, credential.User{Name: "ann", Role: credential.Editor})
	return p
}

// state returns everything that the catalogue has, without versions and times.
func (p peer) state(t testing.TB) string {
	t.Helper()
	var out []string
	parts := []string{`SELECT 'word ' || noun || ' ' || term || ' ' || objects || ' ' || words FROM vocabulary`, `SELECT name || ' ' || used_bytes FROM users`}
	for _, n := range storage.Nouns {
		parts = append(parts, fmt.Sprintf(`SELECT '%s ' || (to_jsonb(t) - 'version' - 'document_version' - 'added' - 'modified')::text FROM %s t`, n.Name, n.Plural))
		if len(n.Searched) > 0 {
			parts = append(parts, fmt.Sprintf(`SELECT '%s texts ' || to_jsonb(t)::text FROM %s_texts t`, n.Name, n.Name))
		}
	}
	for _, l := range []string{"movie_genres", "movie_persons", "serie_genres", "serie_persons", "episode_persons", "collection_movies"} {
		parts = append(parts, fmt.Sprintf(`SELECT '%s ' || to_jsonb(t)::text FROM %s t`, l, l))
	}
	rows, err := p.conn.Query(await.Context(t), strings.Join(parts, " UNION ALL "))
	if err == nil {
		out, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// sequences returns the next id of each noun.
func (p peer) sequences(t testing.TB) map[string]int64 {
	t.Helper()
	next := map[string]int64{}
	for _, n := range storage.Nouns {
		if n.Slug {
			continue
		}
		var last int64
		if err := p.conn.QueryRow(await.Context(t), `SELECT last_value + is_called::integer FROM `+n.Plural+`_id_seq`).Scan(&last); err != nil {
			t.Fatal(err)
		}
		next[n.Plural] = last
	}
	return next
}

func (p peer) setSequences(t testing.TB, next map[string]int64) {
	t.Helper()
	for plural, id := range next {
		if _, err := p.conn.Exec(await.Context(t), `SELECT setval($1::text::regclass, $2, false)`, plural+"_id_seq", id); err != nil {
			t.Fatal(err)
		}
	}
}

// net returns the net change of each object since a version, with the history's events.
func (p peer) net(t testing.TB, since int64) string {
	t.Helper()
	c, err := p.Changes(await.Context(t), since, 1000)
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		noun *storage.Noun
		id   string
	}
	first, last := map[object]string{}, map[object]string{}
	shown := func(d *storage.Document) string {
		if d == nil {
			return "nothing"
		}
		for _, f := range d.Noun.FieldsFrom(storage.Clock) {
			delete(d.Fields, f.Name)
		}
		return fmt.Sprintf("%s %v", d.AppendJSON(nil), d.Names)
	}
	for _, change := range c.Changes {
		o := object{change.Noun, change.IDs[0]}
		before := shown(change.Before)
		if l, again := last[o]; !again {
			first[o] = before
		} else if l != before {
			t.Errorf("%s %s was %s, then %s", o.noun.Name, o.id, l, before)
		}
		last[o] = shown(change.After)
	}
	var out []string
	for o, before := range first {
		if before == "nothing" && last[o] == "nothing" {
			continue
		}
		line := fmt.Sprintf("%s %s: %s → %s", o.noun.Name, o.id, before, last[o])
		events, err := p.History(await.Context(t), o.noun, o.id, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		oldest := -1
		for i, e := range events {
			if e.Version > since {
				oldest = i
			}
		}
		if oldest >= 0 {
			line += fmt.Sprintf("; by %s, replaced %s", events[oldest].Who, shown(events[oldest].Before))
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// single carries out writes one by one until one fails, and returns its index.
func (p peer) single(t testing.TB, writes []*edit.Write) (int, error) {
	for i, w := range writes {
		if _, err := p.Write(await.Context(t), w); err != nil {
			return i, err
		}
	}
	return len(writes), nil
}

func bulkOf(who string, writes []*edit.Write) *edit.Bulk {
	return &edit.Bulk{Who: who, Writes: writes, Answer: func([]edit.Result) ([]byte, error) { return []byte(`{}`), nil }}
}

// A bulk does what its writes do one by one, in order. If one of them fails, the bulk
// reports that one first, and changes nothing.
func TestBulkEqualsSingleWrites(t *testing.T) {
	t.Parallel()
	devstack.SkipShort(t, "it writes hundreds of catalogues")
	one, all := newPeer(t), newPeer(t)
	refused, written := map[storage.Code]int{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		user := rapid.SampledFrom([]string{"ann", "import"}).Draw(rt, "user")
		var writes []*edit.Write
		for range rapid.IntRange(1, 8).Draw(rt, "lines") {
			w, body := drawLine(rt)
			if w.Who = user; body != "" {
				w.Edit = storetest.Edit(t, w.Noun, body)
			}
			writes = append(writes, &w)
		}
		since, _ := one.Version(await.Context(t))
		sinceAll, _ := all.Version(await.Context(t))
		before, begin := all.state(t), one.sequences(t)
		failed, err := one.single(t, writes)
		rehearsal := bulkOf(user, writes)
		rehearsal.DryRun = true
		for i, b := range []*edit.Bulk{rehearsal, bulkOf(user, writes)} {
			if failed == len(writes) && i == 1 {
				break
			}
			all.setSequences(t, begin)
			_, bulkErr := all.Bulk(await.Context(t), b)
			if refusal, is := errors.AsType[*edit.BulkError](bulkErr); is != (err != nil) || is && storage.CodeOf(refusal.Refusals[failed]) != storage.CodeOf(err) {
				rt.Fatalf("the write %d failed with %v, the bulk with %v: %v", failed, err, bulkErr, refusal)
			} else if is {
				for i := range failed {
					if refusal.Refusals[i] != nil {
						rt.Fatalf("the write %d is refused by the bulk only: %v", i, refusal.Refusals[i])
					}
				}
				if got, want := fmt.Sprint(refusal.Refusals[failed]), fmt.Sprint(err); got != want {
					rt.Fatalf("got the error %s, want %s", got, want)
				}
			}
			if diff := cmp.Diff(before, all.state(t)); diff != "" {
				rt.Fatalf("a bulk that stores nothing changed:\n%s", diff)
			}
		}
		refused[storage.CodeOf(err)]++
		if failed > 0 {
			all.setSequences(t, begin)
			if _, err := all.Bulk(await.Context(t), bulkOf(user, writes[:failed])); err != nil {
				rt.Fatal(err)
			}
			written++
		}
		all.setSequences(t, one.sequences(t)) // a refused write may take ids along
		if diff := cmp.Diff(one.state(t), all.state(t)); diff != "" {
			rt.Fatalf("state (-single +bulk):\n%s", diff)
		}
		if diff := cmp.Diff(one.net(t, since), all.net(t, sinceAll)); diff != "" {
			rt.Fatalf("changes (-single +bulk):\n%s", diff)
		}
	})
	t.Log(written, "bulks written; refused:", refused)
}
