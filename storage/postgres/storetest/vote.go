package storetest

import (
	"testing"

	"marquee/storage"
	"marquee/storage/postgres"
)

// Vote votes for an object.
func Vote(t testing.TB, s *postgres.Store, n *storage.Noun, id, user string, v storage.Vote) {
	t.Helper()
	if err := s.Vote(deadline(t), n, id, user, v); err != nil {
		t.Fatal(err)
	}
}

// Flush flushes counters, and returns the number of objects touched.
func Flush(t testing.TB, s *postgres.Store) int {
	t.Helper()
	touched, err := s.FlushCounters(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	return touched
}

// Counters returns an object's likes, dislikes and views.
func Counters(t testing.TB, s *postgres.Store, n *storage.Noun, id string) [3]int {
	t.Helper()
	o, err := s.Get(deadline(t), n, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := Fields(t, o)
	var out [3]int
	for i, name := range []string{"likes", "dislikes", "views"} {
		v, _ := f[name].(float64)
		out[i] = int(v)
	}
	return out
}
