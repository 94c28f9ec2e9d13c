package pool_test

import (
	"context"
	"errors"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/storetest"
)

// One process at a time is the leader of a name; then the next one is.
func TestLead(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	ctx := await.Context(t)
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
		t.Errorf("%s is a leader too", who)
	default:
	}
	step <- struct{}{}
	if who := <-leading; who != "b" {
		t.Errorf("%s is the leader, want b", who)
	}
	step <- struct{}{}
	if a, b := <-ended, <-ended; a == nil || b == nil || a.Error() != "a" || b.Error() != "b" {
		t.Errorf("ended with %v, %v", a, b)
	}
}

// Every commit of a write or an import is notified, in order.
func TestListen(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	ctx, cancel := context.WithCancel(await.Context(t))
	heard := make(chan string, 10)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Listen(ctx, []string{storage.CatalogueChannel}, func(channel, payload string) { heard <- channel + " " + payload })
	}()
	if first := <-heard; first != " " {
		t.Errorf("first notification %q", first)
	}
	storetest.Create(t, s, storage.Movie, `{"title": "One"}`)
	if payload := <-heard; payload != "catalogue 1" {
		t.Errorf("notification %q", payload)
	}
	d := storage.NewDocument(storage.Genre)
	d.ID, d.Fields["name"] = "drama", "Drama"
	in := &incoming.Record{Noun: storage.Genre, Key: "1", Exact: d}
	if _, err := s.Import(ctx, func(yield func(*incoming.Record, error) bool) { yield(in, nil) }, importer.Options{Source: "test"}); err != nil {
		t.Fatal(err)
	}
	if payload := <-heard; payload != "catalogue 2" {
		t.Errorf("notification %q", payload)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
