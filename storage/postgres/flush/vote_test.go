package flush_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/storetest"
)

// A user has one vote for an object; a later vote replaces it.
func TestOneVoteAUser(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	for _, n := range []*storage.Noun{storage.Movie, storage.Serie} {
		id := storetest.Create(t, s, n, `{"title": "A"}`).ID
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
			storetest.Vote(t, s, n, id, step.user, step.vote)
			storetest.Flush(t, s)
			if got := storetest.Counters(t, s, n, id); got != step.want {
				t.Errorf("%s: after %s votes %d: %v, want %v", n.Name, step.user, step.vote, got, step.want)
			}
		}
	}
}

// Votes for objects that do not exist are refused, and views of them are ignored.
func TestVotesNeedAnObject(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	o := storetest.Create(t, s, storage.Movie, `{"title": "A"}`)
	storetest.Vote(t, s, storage.Movie, o.ID, "ann", storage.Like)
	if err := s.AddViews(await.Context(t), storage.Movie, map[string]int64{o.ID: 2, "77": 5, "x": 1}); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Delete(t, s, storage.Movie, o.ID, false); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{o.ID, "99", "x", "0"} {
		for _, v := range []storage.Vote{storage.Like, storage.None} {
			_ = storetest.WantCode(t, s.Vote(await.Context(t), storage.Movie, id, "ann", v), storage.NotFound)
		}
	}
	if touched := storetest.Flush(t, s); touched != 0 {
		t.Errorf("counters of %d objects that do not exist were written", touched)
	}
	if log, err := s.Flushes(await.Context(t), 0, 10); err != nil || len(log.Flushes) != 0 {
		t.Errorf("%+v, %v", log, err)
	}
}

// Counters change neither the version, nor the modification time, nor the change
// log. An edit does not change counters.
func TestCountersAreNoWrites(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	o := storetest.Create(t, s, storage.Movie, `{"title": "A"}`)
	before := storetest.Changes(t, s, 0)
	storetest.Vote(t, s, storage.Movie, o.ID, "ann", storage.Like)
	if err := s.AddViews(await.Context(t), storage.Movie, map[string]int64{o.ID: 3}); err != nil {
		t.Fatal(err)
	}
	if touched := storetest.Flush(t, s); touched != 1 {
		t.Errorf("%d objects were touched, want 1", touched)
	}
	if touched := storetest.Flush(t, s); touched != 0 {
		t.Errorf("%d objects were touched again", touched)
	}
	read, err := s.Get(await.Context(t), storage.Movie, o.ID, nil)
	if err != nil || read.Version != o.Version || !read.Modified.Equal(o.Modified) {
		t.Errorf("%+v, %v", read, err)
	}
	if diff := cmp.Diff(before, storetest.Changes(t, s, 0)); diff != "" {
		t.Error(diff)
	}
	out, err := storetest.Update(t, s, storage.Movie, o.ID, `{"title": "B", "likes": 1, "views": 3}`)
	if err != nil || storetest.Fields(t, out.Object)["likes"] != 1.0 || storetest.Counters(t, s, storage.Movie, o.ID) != [3]int{1, 0, 3} {
		t.Errorf("after an edit: %+v, %v", out, err)
	}
	logged, err := s.Changes(await.Context(t), o.Version, 10)
	if err != nil || logged.Changes[0].Before.Fields["views"] != int64(3) || logged.Changes[0].After.Fields["views"] != int64(3) {
		t.Errorf("the log: %+v, %v", logged, err)
	}
	docs, _, err := s.Documents(await.Context(t), storage.Movie, []string{o.ID})
	if err != nil || docs[0].Document.Fields["views"] != int64(3) {
		t.Errorf("documents: %+v, %v", docs, err)
	}
}

// Imported documents have their counters, and votes add to them.
func TestImportedCounters(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	d := storage.NewDocument(storage.Movie)
	d.ID, d.Fields["title"], d.Fields["likes"], d.Fields["views"] = "5", "A", int64(7), int64(1)
	d.Fields["added"], d.Fields["modified"] = storage.Now(), storage.Now()
	in := &incoming.Record{Noun: storage.Movie, Exact: d}
	if _, err := s.Import(await.Context(t), func(yield func(*incoming.Record, error) bool) { yield(in, nil) }, importer.Options{Source: "test"}); err != nil {
		t.Fatal(err)
	}
	storetest.Vote(t, s, storage.Movie, "5", "ann", storage.Like)
	storetest.Flush(t, s)
	if got := storetest.Counters(t, s, storage.Movie, "5"); got != [3]int{8, 0, 1} {
		t.Errorf("counters %v, want 8 likes and 1 view", got)
	}
}

// Lists filtered by counters contain the documents that match by Matches.
func TestCounterFiltersAgreeWithMatches(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	views := map[string]int64{}
	for i := range 12 {
		o := storetest.Create(t, s, storage.Movie, `{"title": "A"}`)
		if i%4 > 0 {
			views[o.ID] = int64(i % 4)
			storetest.Vote(t, s, storage.Movie, o.ID, "ann", []storage.Vote{storage.Like, storage.Dislike}[i%2])
		}
	}
	if err := s.AddViews(await.Context(t), storage.Movie, views); err != nil {
		t.Fatal(err)
	}
	storetest.Flush(t, s)
	all := storetest.Documents(t, s, storage.Movie)
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
		page, err := s.List(await.Context(t), q)
		if err != nil {
			rt.Fatal(err)
		}
		got = append(got, storetest.IDs(page.Objects)...)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) || page.Total != len(want) {
			rt.Fatalf("total %d, page %v, want %v", page.Total, got, want)
		}
	})
}
