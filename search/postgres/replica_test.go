package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search/postgres"
	"marquee/search/touch"
	"marquee/storage"
	"marquee/storage/edit"
	store "marquee/storage/postgres"
	"marquee/storage/tail"
)

// catalogueReader is a store, or a reader of it and a replica.
type catalogueReader interface {
	postgres.Source
	Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error)
}

// question is one read. ask returns the answer as text, and its as-of version, 0 if it
// has none.
type question struct {
	name string
	ask  func(ctx context.Context, of catalogueReader) (string, int64, error)
}

// questions are reads of all kinds; a write of drawWrite touches some.
func questions() []question {
	var all []question
	for _, id := range []string{"1", "2", "3", "4"} {
		all = append(all, question{"film " + id, func(ctx context.Context, of catalogueReader) (string, int64, error) {
			o, err := of.Get(ctx, storage.Movie, id, nil)
			if storage.CodeOf(err) == storage.NotFound && err != nil {
				return "none", 0, nil
			}
			if err != nil {
				return "", 0, err
			}
			return string(o.Body), 0, nil
		}})
	}
	list := func(name string, q storage.Query) {
		q.Noun, q.Limit = storage.Movie, 4
		if q.Order.Sort == nil {
			q.Order.Sort = &storage.Movie.Sorts[0]
		}
		all = append(all, question{name, func(ctx context.Context, of catalogueReader) (string, int64, error) {
			page, err := postgres.New(of).List(ctx, &q)
			if storage.CodeOf(err) == storage.Invalid && err != nil {
				return err.Error(), 0, nil
			}
			if err != nil {
				return "", 0, err
			}
			var b strings.Builder
			fmt.Fprintln(&b, page.Total, page.Missing)
			for _, o := range page.Objects {
				fmt.Fprintf(&b, "%s\n", o.Body)
			}
			return b.String(), page.AsOf, nil
		}})
	}
	year := int64(2000)
	for i := range storage.Movie.Filters {
		switch f := &storage.Movie.Filters[i]; f.Name {
		case "genres":
			list("genre", storage.Query{Conditions: []storage.Condition{{Filter: f, IDs: []string{"war"}}}})
		case "year":
			list("year", storage.Query{Conditions: []storage.Condition{{Filter: f, Range: storage.Range{From: &year, To: &year}}}})
		}
	}
	list("all", storage.Query{})
	list("ids", storage.Query{IDs: []string{"2", "3", "4", "99"}})
	list("expression", storage.Query{Text: &storage.TextQuery{Kind: storage.Regex, Query: "Al.en", Accepts: mustParse("Al.en").MatchString}})
	list("words", storage.Query{Text: &storage.TextQuery{Kind: storage.Match, Query: "heat"}, Order: storage.Order{Sort: &storage.Relevance}})
	return all
}

// mirrored is a catalogue with a replica, and the answer to each question at each
// version.
type mirrored struct {
	*devstack.Replicated
	store     *store.Store
	reader    *store.Reader
	log       *tail.Log
	questions []question
	answers   map[int64][]string
	version   int64
	third     string // a third film, "" if it does not exist
}

func startMirrored(t *testing.T) *mirrored {
	t.Helper()
	m := &mirrored{Replicated: devstack.StartReplicated(t), questions: questions(), answers: map[int64][]string{}}
	_, m.store = openAt(t, m.Primary.URL())
	m.log = tail.New(tail.Config{Source: m.store})
	running, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); m.log.Run(running) }()
	t.Cleanup(func() { stop(); <-done })
	replica, err := store.OpenReplica(await.Context(t), m.Replica.URL(), m.store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(replica.Close)
	m.reader = store.NewReader(store.ReaderConfig{Primary: m.store, Replica: replica, Log: m.log, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Touches: func(q *storage.Query) func(*storage.Change) bool {
			return touch.NewInterest(q).Touched
		}})
	fill(t, m.store, []string{`{"title": "Alien", "release_year": 1979}`, `{"title": "Heat", "genres": ["war"]}`})
	m.written(t)
	return m
}

// written asks the primary every question after a write.
func (m *mirrored) written(t testing.TB) {
	t.Helper()
	var err error
	if m.version, err = m.store.Version(await.Context(t)); err != nil {
		t.Fatal(err)
	}
	for _, q := range m.questions {
		answer, _, err := q.ask(await.Context(t), m.store)
		if err != nil {
			t.Fatalf("%s: %v", q.name, err)
		}
		m.answers[m.version] = append(m.answers[m.version], answer)
	}
}

// write changes a film, or an object that a film shows. Its own process knows the change
// at once, another process when it reads the log.
func (m *mirrored) write(t testing.TB, rt *rapid.T) {
	t.Helper()
	title := rapid.SampledFrom([]string{"Alien", "Aliens", "Heat", "Heat and Dust"}).Draw(rt, "title")
	year := rapid.SampledFrom([]int{1999, 2000}).Draw(rt, "year")
	genres := rapid.SampledFrom([]string{`[]`, `["war"]`}).Draw(rt, "genres")
	body := fmt.Sprintf(`{"title": %q, "release_year": %d, "genres": %s}`, title, year, genres)
	switch id := rapid.SampledFrom([]string{"1", "2", ""}).Draw(rt, "id"); {
	case id != "":
		write(t, m.store, storage.Update, storage.Movie, id, body)
	case m.third == "":
		m.third = write(t, m.store, storage.Create, storage.Movie, "", body)
	default:
		if _, err := m.store.Write(await.Context(t), &edit.Write{Operation: storage.Delete, Noun: storage.Movie, ID: m.third, Who: "test"}); err != nil {
			t.Fatal(err)
		}
		m.third = ""
	}
	m.written(t)
	if rapid.Bool().Draw(rt, "own") {
		if err := m.log.Wait(await.Context(t), m.version); err != nil {
			t.Fatal(err)
		}
		m.log.Require(m.version)
	}
}

// read asks the reader one question.
func (m *mirrored) read(rt *rapid.T, i int) {
	q, need := m.questions[i], max(m.log.Version(), m.log.Required())
	got, claimed, err := q.ask(rt.Context(), m.reader)
	if err != nil {
		rt.Fatalf("%s: %v", q.name, err)
	}
	if claimed > 0 && got != m.answers[claimed][i] {
		rt.Fatalf("%s at version %d: got\n%s\nwant\n%s", q.name, claimed, got, m.answers[claimed][i])
	}
	for v := need; v <= m.version; v++ {
		if answers := m.answers[v]; answers != nil && answers[i] == got { // versions of the start have none
			return
		}
	}
	rt.Fatalf("%s: got\n%s\nwant the answer at a version from %d to %d", q.name, got, need, m.version)
}

// Each answer equals the primary's at the answer's version. It is not older than the states that the process knows, has written, or has shown.
func TestReplicaAnswersAsThePrimary(t *testing.T) {
	t.Parallel()
	m := startMirrored(t)
	paused := false
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0, 1:
				m.write(t, rt)
			case 2:
				if paused = !paused; paused {
					m.PauseReplay()
				} else {
					m.ResumeReplay()
				}
			default:
				for range 4 {
					m.read(rt, rapid.IntRange(0, len(m.questions)-1).Draw(rt, "question"))
				}
			}
		}
	})
	if s := m.reader.Stats(); s.Replica == 0 || s.Lagging == 0 {
		t.Errorf("the replica was not used, or never lagged: %+v", s)
	} else {
		t.Logf("%+v, %d versions", s, m.version)
	}
}
