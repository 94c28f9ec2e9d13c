package postgres_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
)

func vote(t testing.TB, s *postgres.Store, n *storage.Noun, id, user string, v storage.Vote) {
	t.Helper()
	if err := s.Vote(deadline(t), n, id, user, v); err != nil {
		t.Fatal(err)
	}
}

func flush(t testing.TB, s *postgres.Store) int {
	t.Helper()
	touched, err := s.FlushCounters(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	return touched
}

// counters are an object's likes, dislikes and views.
func counters(t testing.TB, s *postgres.Store, n *storage.Noun, id string) [3]int {
	t.Helper()
	o, err := s.Get(deadline(t), n, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := fields(t, o)
	var out [3]int
	for i, name := range []string{"likes", "dislikes", "views"} {
		v, _ := f[name].(float64)
		out[i] = int(v)
	}
	return out
}

func TestOneVoteAUser(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, n := range []*storage.Noun{storage.Movie, storage.Serie} {
		id := create(t, s, n, `{"title": "A"}`).ID
		for _, step := range []struct {
			user string
			vote storage.Vote
			want [3]int
		}{
			{"ann", storage.None, [3]int{0, 0}},
			{"ann", storage.Like, [3]int{1, 0}},
			{"ann", storage.Like, [3]int{1, 0}},
			{"ben", storage.Dislike, [3]int{1, 1}},
			{"ann", storage.Dislike, [3]int{0, 2}},
			{"ben", storage.None, [3]int{0, 1}},
			{"ben", storage.None, [3]int{0, 1}},
			{"ben", storage.Like, [3]int{1, 1}},
		} {
			vote(t, s, n, id, step.user, step.vote)
			flush(t, s)
			if got := counters(t, s, n, id); got != step.want {
				t.Errorf("%s: after %s votes %d: %v, want %v", n.Name, step.user, step.vote, got, step.want)
			}
		}
	}
}

func TestVotesNeedAnObject(t *testing.T) {
	t.Parallel()
	s := open(t)
	o := create(t, s, storage.Movie, `{"title": "A"}`)
	vote(t, s, storage.Movie, o.ID, "ann", storage.Like)
	if err := s.AddViews(deadline(t), storage.Movie, map[string]int64{o.ID: 2, "77": 5, "x": 1}); err != nil {
		t.Fatal(err)
	}
	if err := remove(t, s, storage.Movie, o.ID, false); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{o.ID, "99", "x", "0"} {
		for _, v := range []storage.Vote{storage.Like, storage.None} {
			_ = wantCode(t, s.Vote(deadline(t), storage.Movie, id, "ann", v), storage.NotFound)
		}
	}
	if touched := flush(t, s); touched != 0 {
		t.Errorf("counters of %d objects that do not exist were written", touched)
	}
	if log, err := s.Flushes(deadline(t), 0, 10); err != nil || len(log.Flushes) != 0 {
		t.Errorf("%+v, %v", log, err)
	}
}

// Counters change neither the version, nor when an object was modified, nor the
// log; an edit leaves them alone.
func TestCountersAreNoWrites(t *testing.T) {
	t.Parallel()
	s := open(t)
	o := create(t, s, storage.Movie, `{"title": "A"}`)
	before := log(t, s, 0)
	vote(t, s, storage.Movie, o.ID, "ann", storage.Like)
	if err := s.AddViews(deadline(t), storage.Movie, map[string]int64{o.ID: 3}); err != nil {
		t.Fatal(err)
	}
	if touched := flush(t, s); touched != 1 {
		t.Errorf("%d objects were touched", touched)
	}
	if touched := flush(t, s); touched != 0 {
		t.Errorf("%d objects were touched again", touched)
	}
	read, err := s.Get(deadline(t), storage.Movie, o.ID, nil)
	if err != nil || read.Version != o.Version || !read.Modified.Equal(o.Modified) {
		t.Errorf("%+v, %v", read, err)
	}
	if diff := cmp.Diff(before, log(t, s, 0)); diff != "" {
		t.Error(diff)
	}
	out, err := update(t, s, storage.Movie, o.ID, `{"title": "B", "likes": 1, "views": 3}`)
	if err != nil || fields(t, out.Object)["likes"] != 1.0 || counters(t, s, storage.Movie, o.ID) != [3]int{1, 0, 3} {
		t.Errorf("after an edit: %+v, %v", out, err)
	}
	logged, err := s.Changes(deadline(t), o.Version, 10)
	if err != nil || logged.Changes[0].Before.Fields["views"] != int64(3) || logged.Changes[0].After.Fields["views"] != int64(3) {
		t.Errorf("the log: %+v, %v", logged, err)
	}
	docs, _, err := s.Documents(deadline(t), storage.Movie, []string{o.ID})
	if err != nil || docs[0].Document.Fields["views"] != int64(3) {
		t.Errorf("documents: %+v, %v", docs, err)
	}
}

// Imported documents bring their counters along, and votes count from there.
func TestImportedCounters(t *testing.T) {
	t.Parallel()
	s := open(t)
	d := storage.NewDocument(storage.Movie)
	d.ID, d.Fields["title"], d.Fields["likes"], d.Fields["views"] = "5", "A", int64(7), int64(1)
	d.Fields["added"], d.Fields["modified"] = storage.Now(), storage.Now()
	in := &incoming.Record{Noun: storage.Movie, Exact: d}
	if _, err := s.Import(deadline(t), func(yield func(*incoming.Record, error) bool) { yield(in, nil) }, importer.Options{Source: "test"}); err != nil {
		t.Fatal(err)
	}
	vote(t, s, storage.Movie, "5", "ann", storage.Like)
	flush(t, s)
	if got := counters(t, s, storage.Movie, "5"); got != [3]int{8, 0, 1} {
		t.Errorf("counters %v", got)
	}
}

// Lists filtered by counters hold what Matches says of all documents.
func TestCounterFiltersAgreeWithMatches(t *testing.T) {
	t.Parallel()
	s := open(t)
	views := map[string]int64{}
	for i := range 12 {
		o := create(t, s, storage.Movie, `{"title": "A"}`)
		if i%4 > 0 {
			views[o.ID] = int64(i % 4)
			vote(t, s, storage.Movie, o.ID, "ann", []storage.Vote{storage.Like, storage.Dislike}[i%2])
		}
	}
	if err := s.AddViews(deadline(t), storage.Movie, views); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	all := everything(t, s, storage.Movie)
	rapid.Check(t, func(rt *rapid.T) {
		q := &storage.Query{Noun: storage.Movie, Limit: 100, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}}
		for i := range storage.Movie.Filters {
			f := &storage.Movie.Filters[i]
			if !slices.Contains([]string{"likes", "dislikes", "views"}, f.Name) || rapid.Bool().Draw(rt, "skip "+f.Name) {
				continue
			}
			c := storage.Condition{Filter: f}
			end := func(label string) *int64 {
				if v := rapid.Int64Range(-1, 4).Draw(rt, f.Name+label); v >= 0 {
					return &v
				}
				return nil
			}
			if c.Range.From, c.Range.To = end(" from"), end(" to"); c.Range.From == nil && c.Range.To == nil {
				continue
			}
			q.Conditions = append(q.Conditions, c)
		}
		var want, got []string
		for _, d := range all {
			if q.Matches(d) {
				want = append(want, d.ID)
			}
		}
		page, err := s.List(deadline(t), q)
		if err != nil {
			rt.Fatal(err)
		}
		got = append(got, ids(page.Objects)...)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) || page.Total != len(want) {
			rt.Fatalf("%d in all: %v, want %v", page.Total, got, want)
		}
	})
}

// The log of counters names what was touched, in order; who comes too late is
// told so.
func TestFlushes(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s := openWith(t, url, firstKey)
	var ids []string
	for range 3 {
		id := create(t, s, storage.Movie, `{"title": "A"}`).ID
		vote(t, s, storage.Movie, id, "ann", storage.Like)
		flush(t, s)
		ids = append(ids, id)
	}
	read := func(since int64, limit int) *storage.Flushes {
		t.Helper()
		out, err := s.Flushes(deadline(t), since, limit)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	entry := func(id string) storage.Flush { return storage.Flush{Noun: storage.Movie, IDs: []string{id}} }
	same := cmp.Comparer(func(a, b *storage.Noun) bool { return a == b })
	for _, c := range []struct {
		since int64
		limit int
		want  storage.Flushes
	}{
		{0, 10, storage.Flushes{Flushes: []storage.Flush{entry(ids[0]), entry(ids[1]), entry(ids[2])}, Next: 3, Complete: true}},
		{1, 1, storage.Flushes{Flushes: []storage.Flush{entry(ids[1])}, Next: 2, Complete: true}},
		{3, 10, storage.Flushes{Flushes: []storage.Flush{}, Next: 3, Complete: true}},
		{-1, 10, storage.Flushes{Flushes: []storage.Flush{}, Next: 3, Complete: true}},
		{9, 10, storage.Flushes{Flushes: []storage.Flush{}, Next: 3}}, // of another database
	} {
		if diff := cmp.Diff(&c.want, read(c.since, c.limit), same); diff != "" {
			t.Errorf("since %d: %s", c.since, diff)
		}
	}
	exec(t, url, `UPDATE counted SET at = at - interval '1 hour' WHERE seq < 3`)
	vote(t, s, storage.Movie, ids[0], "ben", storage.Like)
	flush(t, s)
	if log := read(1, 10); log.Complete || log.Next != 4 || len(log.Flushes) != 0 {
		t.Errorf("behind what is kept: %+v", log)
	}
	if log := read(2, 10); !log.Complete || len(log.Flushes) != 2 {
		t.Errorf("at what is kept: %+v", log)
	}
}
