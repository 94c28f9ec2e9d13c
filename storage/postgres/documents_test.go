package postgres_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importer"
)

// Documents and Snapshot show what the log says, with both versions.
func TestRevisions(t *testing.T) {
	t.Parallel()
	s := open(t)
	create(t, s, storage.Movie, `{"title": "One", "starring": [{"name": "Ann"}], "genres": [{"name": "Drama"}]}`)
	if _, err := update(t, s, storage.Person, "1", `{"name": "Anna"}`); err != nil {
		t.Fatal(err)
	}
	found, at, err := s.Documents(deadline(t), storage.Movie, []string{"1", "2", "no id"})
	if err != nil || at != 2 || len(found) != 1 {
		t.Fatalf("%+v at %d, %v", found, at, err)
	}
	r := found[0]
	if r.Version != 1 || r.DocumentVersion != 2 || !slices.Equal(r.Document.Names["persons"], []string{"Anna"}) || !slices.Equal(r.Document.Names["genres"], []string{"Drama"}) {
		t.Errorf("%+v %v", r, r.Document.Names)
	}
	var seen []string
	at, err = s.AllDocuments(deadline(t), []*storage.Noun{storage.Genre, storage.Movie}, func(page []storage.Revision) error {
		for _, r := range page {
			seen = append(seen, r.Document.Noun.Name+" "+r.Document.ID)
		}
		return nil
	})
	if err != nil || at != 2 || !slices.Equal(seen, []string{"genre drama", "movie 1"}) {
		t.Errorf("%v at %d, %v", seen, at, err)
	}
}

// A checkpoint never moves back; readers are moved to an index only when it has
// caught up with what they were told.
func TestCheckpoints(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := deadline(t)
	for range 3 {
		create(t, s, storage.Movie, `{"title": "One"}`)
	}
	reach := func(v int64) func(context.Context, int64) (int64, error) {
		return func(context.Context, int64) (int64, error) { return v, nil }
	}
	for _, index := range []string{"a", "b"} {
		if err := s.CreateCheckpoint(ctx, index); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Promote(ctx, "a", reach(3)); err != nil {
		t.Fatal(err)
	}
	create(t, s, storage.Movie, `{"title": "Two"}`)
	if live, err := s.SaveCheckpoint(ctx, "a", 4); err != nil || len(live) != 1 || live[0].Version != 4 {
		t.Errorf("%+v, %v", live, err)
	}
	if _, err := s.SaveCheckpoint(ctx, "a", 2); err != nil {
		t.Fatal(err)
	}
	if v, err := s.IndexedVersion(ctx); v != 4 || err != nil {
		t.Errorf("indexed %d, %v", v, err)
	}
	if err := s.Promote(ctx, "b", reach(3)); storage.CodeOf(err) != storage.Unavailable {
		t.Errorf("an index at 3 took over from one at 4: %v", err)
	}
	if err := s.Promote(ctx, "b", reach(4)); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	c, err := s.Checkpoints(ctx)
	if err != nil || len(c.In(storage.Live)) != 1 || c.Find("a").State != storage.Retired || c.Find("b").Version != 4 || c.Version != 4 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := deadline(t)
	if err := s.CreateCheckpoint(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	letter := storage.DeadLetter{Index: "a", Noun: storage.Movie, ID: "7", Version: 5, Reason: "no"}
	for range 2 {
		if err := s.Bury(ctx, []storage.DeadLetter{letter}); err != nil {
			t.Fatal(err)
		}
	}
	letter.Version = 4
	if err := s.Exhume(ctx, []storage.DeadLetter{letter}); err != nil {
		t.Fatal(err)
	}
	if l, err := s.DeadLetters(ctx, "a"); err != nil || len(l) != 1 || l[0].Attempts != 2 {
		t.Errorf("%+v, %v", l, err)
	}
	letter.Version = 6
	if err := s.Exhume(ctx, []storage.DeadLetter{letter}); err != nil {
		t.Fatal(err)
	}
	if l, err := s.DeadLetters(ctx, "a"); err != nil || len(l) != 0 {
		t.Errorf("%+v, %v", l, err)
	}
}

// One process leads under a name at a time; the next one follows it.
func TestLead(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := deadline(t)
	leading, step := make(chan string), make(chan struct{})
	ended := make(chan error, 2)
	lead := func(who string) {
		ended <- s.Lead(ctx, "name", func(context.Context) error {
			leading <- who
			<-step
			return errors.New(who)
		})
	}
	go lead("a")
	<-leading
	go lead("b")
	if err := s.Lead(ctx, "another name", func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
	select {
	case who := <-leading:
		t.Errorf("%s leads too", who)
	default:
	}
	step <- struct{}{}
	if who := <-leading; who != "b" {
		t.Errorf("%s leads", who)
	}
	step <- struct{}{}
	if a, b := <-ended, <-ended; a == nil || b == nil || a.Error() != "a" || b.Error() != "b" {
		t.Errorf("ended with %v, %v", a, b)
	}
}

// Every commit is told, in order, of writes and imports alike.
func TestListen(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx, cancel := context.WithCancel(deadline(t))
	heard := make(chan string, 10)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Listen(ctx, []string{storage.CatalogueChannel}, func(channel, payload string) { heard <- channel + " " + payload })
	}()
	if first := <-heard; first != " " {
		t.Errorf("heard %q first", first)
	}
	create(t, s, storage.Movie, `{"title": "One"}`)
	if told := <-heard; told != "catalogue 1" {
		t.Errorf("heard %q", told)
	}
	d := storage.NewDocument(storage.Genre)
	d.ID, d.Fields["name"] = "drama", "Drama"
	in := &incoming.Record{Noun: storage.Genre, Key: "1", Exact: d}
	if _, err := s.Import(ctx, func(yield func(*incoming.Record, error) bool) { yield(in, nil) }, importer.Options{Source: "test"}); err != nil {
		t.Fatal(err)
	}
	if told := <-heard; told != "catalogue 2" {
		t.Errorf("heard %q", told)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
