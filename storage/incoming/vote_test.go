package incoming_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/incoming"
)

func TestReportsCountVotesApart(t *testing.T) {
	t.Parallel()
	one := incoming.NewReport()
	for _, v := range []struct {
		value  storage.Vote
		stored bool
	}{{storage.Like, false}, {storage.Like, false}, {storage.Like, true}, {storage.Dislike, false}, {storage.None, false}} {
		one.CountVote(&incoming.Vote{User: "u", Value: v.value}, v.stored)
	}
	one.Refuse(&incoming.Record{Noun: storage.Movie, Vote: &incoming.Vote{User: "u"}}, "is for no film: 7")
	want := incoming.Votes{Likes: 2, Dislikes: 1, Unchanged: 1, Neither: 1, Refused: 1}
	if diff := cmp.Diff(want, one.Votes); diff != "" {
		t.Errorf("votes (-want +got):\n%s", diff)
	}
	sum := incoming.NewReport()
	sum.Add(one)
	sum.Add(one)
	if v := sum.Votes; v.New() != 6 || v.Total() != 12 || v.Refused != 2 {
		t.Errorf("got the sum %+v", v)
	}
	if len(sum.Counts) != 0 || sum.Total(incoming.Refused) != 2 || sum.Reasons["is for no film"] != 2 || len(sum.Refusals) != 2 {
		t.Errorf("got %v, %d refused, reasons %v, %d refusals", counts(sum.Counts), sum.Total(incoming.Refused), sum.Reasons, len(sum.Refusals))
	}
}
