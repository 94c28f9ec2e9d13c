package vocabulary_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search/text"
	"marquee/search/vocabulary"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/strictjson"
	"marquee/storage/tail"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// shelf is a catalogue with a copy of its words.
type shelf struct {
	t testing.TB
	*postgres.Store
	log  *tail.Log
	copy *vocabulary.Copy
}

func newShelf(t testing.TB) *shelf {
	t.Helper()
	url, analysis := devstack.Postgres(t), postgres.WithAnalysis(text.Analysis{})
	if _, err := postgres.Migrate(await.Context(t), url, analysis); err != nil {
		t.Fatal(err)
	}
	store, err := postgres.Open(await.Context(t), url, analysis)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	s := &shelf{t: t, Store: store, log: tail.New(tail.Config{Source: store})}
	s.copy = vocabulary.New(vocabulary.Config{Source: store, Log: s.log})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{}, 2)
	go func() { s.log.Run(ctx); ended <- struct{}{} }()
	go func() { s.copy.Run(ctx); ended <- struct{}{} }()
	t.Cleanup(func() { cancel(); <-ended; <-ended })
	return s
}

// write makes a random write. A refused one changes nothing.
func (s *shelf) write(rt *rapid.T) {
	words := func(name string) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(strings.Fields("star stars café L'Homme 七人の侍 8½ Se7en x")), 1, 3).Draw(rt, name), " ")
	}
	n := rapid.SampledFrom([]*storage.Noun{storage.Movie, storage.Movie, storage.Serie, storage.Person}).Draw(rt, "noun")
	w := &edit.Write{Noun: n, Cascade: true, ID: fmt.Sprint(rapid.IntRange(1, 6).Draw(rt, "id")),
		Operation: rapid.SampledFrom([]storage.Operation{storage.Create, storage.Create, storage.Update, storage.Delete}).Draw(rt, "operation")}
	body := fmt.Sprintf(`{"name": %q}`, words("name"))
	if n != storage.Person {
		body = fmt.Sprintf(`{"title": %q, "description": %q, "starring": ["%d"]}`, words("title"), words("description"), rapid.IntRange(1, 3).Draw(rt, "person"))
	}
	if w.Operation != storage.Delete {
		v, fault := strictjson.Parse([]byte(body))
		if fault != nil {
			rt.Fatalf("%s: %+v", body, fault)
		}
		w.Edit = edit.Check(n, v.(storage.Members))
	}
	if _, err := s.Write(await.Context(s.t), w); err != nil && storage.CodeOf(err) == storage.Internal {
		rt.Fatalf("%s: %v", body, err)
	}
}

// words returns the words of a noun in the database, and in the copy.
func (s *shelf) words(rt *rapid.T, n *storage.Noun) (table, copied map[string]int) {
	table, copied = map[string]int{}, map[string]int{}
	if _, err := s.Vocabulary(await.Context(s.t), n, func(w string, objects int) { table[w] = objects }); err != nil {
		rt.Fatal(err)
	}
	letters := map[rune]bool{}
	for w := range table {
		first, _ := utf8.DecodeRuneInString(w)
		letters[first] = true
	}
	for first := range letters {
		if err := s.copy.Words(s.t.Context(), n, first, 0, 40, func(w string, objects int) { copied[w] = objects }); err != nil {
			rt.Fatal(err)
		}
	}
	return table, copied
}

// After writes of every kind, the copy has the words of the table: those with the version
// of the last write.
func TestTheCopyEqualsTheTable(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	<-s.copy.Loaded()
	most := 0
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 5).Draw(rt, "writes") {
			s.write(rt)
		}
		version, err := s.Version(await.Context(t))
		if err != nil {
			rt.Fatal(err)
		}
		if err := s.log.Wait(await.Context(t), version); err != nil {
			rt.Fatal(err)
		}
		// While Run follows the log, Version does not wait for it.
		await.True(t, "the version of the last write", func() bool { return s.copy.Version() == version })
		all := 0
		for _, n := range []*storage.Noun{storage.Movie, storage.Serie, storage.Person} {
			table, copied := s.words(rt, n)
			all += len(table)
			if !maps.Equal(table, copied) {
				rt.Fatalf("words of %s: the table has %v, the copy %v", n.Plural, table, copied)
			}
		}
		if got := s.copy.Stats().Words; got != all {
			rt.Fatalf("the copy has %d words, want %d", got, all)
		}
		most = max(most, all)
	})
	if loads := s.copy.Stats().Loads; loads != 1 || most == 0 {
		t.Errorf("got %d loads of up to %d words, want one", loads, most)
	}
}
