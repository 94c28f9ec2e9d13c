package incoming_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/incoming"
)

func TestReportsCountOutcomesByNoun(t *testing.T) {
	t.Parallel()
	r := incoming.NewReport()
	film, person := &incoming.Record{Noun: storage.Movie, Repairs: []string{"dropped a name"}}, &incoming.Record{Noun: storage.Person}
	r.Count(film, incoming.Created)
	r.Count(film, incoming.Linked)
	r.Count(film, incoming.Unchanged)
	r.Count(person, incoming.Created)
	want := map[*storage.Noun]map[incoming.Outcome]int{
		storage.Movie:  {incoming.Created: 1, incoming.Linked: 1, incoming.Unchanged: 1},
		storage.Person: {incoming.Created: 1},
	}
	if diff := cmp.Diff(counts(want), counts(r.Counts)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Total(incoming.Created) != 2 || r.Total(incoming.Refused) != 0 {
		t.Errorf("%d created, %d refused", r.Total(incoming.Created), r.Total(incoming.Refused))
	}
	if n := r.Repairs["dropped a name"]; n != 2 {
		t.Errorf("mended %d times, want 2: an unchanged record was mended when it was taken", n)
	}
}

// counts names the nouns, since they refer to each other.
func counts(by map[*storage.Noun]map[incoming.Outcome]int) map[string]map[incoming.Outcome]int {
	out := map[string]map[incoming.Outcome]int{}
	for n, c := range by {
		out[n.Name] = c
	}
	return out
}

func TestReportsSayWhyAndWhereRecordsWereRefused(t *testing.T) {
	t.Parallel()
	r := incoming.NewReport()
	r.Refuse(&incoming.Record{Noun: storage.Movie, File: "movies.json.gz", Line: 17}, "has no title")
	r.Refuse(&incoming.Record{Noun: storage.Movie, File: "movies.json.gz", Line: 18}, "IMDb id taken: tt0133093")
	r.Refuse(&incoming.Record{Noun: storage.Serie, File: "b", Line: 1}, "IMDb id taken: tt0022100")
	if diff := cmp.Diff(map[string]int{"has no title": 1, "IMDb id taken": 2}, r.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	want := []incoming.Refusal{{Place: "movies.json.gz:17", Reason: "has no title"}, {Place: "movies.json.gz:18", Reason: "IMDb id taken: tt0133093"}, {Place: "b:1", Reason: "IMDb id taken: tt0022100"}}
	if diff := cmp.Diff(want, r.Refusals); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if r.Total(incoming.Refused) != 3 || r.Counts[storage.Serie][incoming.Refused] != 1 {
		t.Errorf("counts %v", counts(r.Counts))
	}
}

func TestReportsAdd(t *testing.T) {
	t.Parallel()
	one := func(version int64) *incoming.Report {
		r := incoming.NewReport()
		r.Count(&incoming.Record{Noun: storage.Movie, Repairs: []string{"m"}}, incoming.Created)
		r.Refuse(&incoming.Record{Noun: storage.Movie, File: "f", Line: int(version)}, "r")
		r.Implied[storage.Genre] = 2
		r.Version = version
		return r
	}
	sum := incoming.NewReport()
	for _, version := range []int64{3, 9, 0} {
		sum.Add(one(version))
	}
	if sum.Total(incoming.Created) != 3 || sum.Total(incoming.Refused) != 3 || sum.Implied[storage.Genre] != 6 || sum.Repairs["m"] != 3 || sum.Reasons["r"] != 3 || sum.Version != 9 {
		t.Errorf("sum %+v", sum)
	}
	if len(sum.Refusals) != 3 || sum.Refusals[1].Place != "f:9" {
		t.Errorf("refusals %v", sum.Refusals)
	}
}

// refused is a report of n records, each refused for a reason of its own.
func refused(batch, n int) *incoming.Report {
	r := incoming.NewReport()
	for i := range n {
		r.Refuse(&incoming.Record{Noun: storage.Movie, File: "f", Line: i}, fmt.Sprintf("reason %d of batch %d", i, batch))
	}
	return r
}

func total(counts map[string]int) (sum int) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

func TestReportsAreBounded(t *testing.T) {
	t.Parallel()
	r := refused(0, 5000)
	if len(r.Refusals) != 1000 || len(r.Reasons) > 201 {
		t.Errorf("%d refusals and %d reasons are kept", len(r.Refusals), len(r.Reasons))
	}
	if r.Total(incoming.Refused) != 5000 || total(r.Reasons) != 5000 {
		t.Errorf("%d refused, %d counted by reason", r.Total(incoming.Refused), total(r.Reasons))
	}
}

func TestSumsOfReportsAreBounded(t *testing.T) {
	t.Parallel()
	sum := incoming.NewReport()
	for batch := range 20 {
		sum.Add(refused(batch, 150))
	}
	if sum.Total(incoming.Refused) != 3000 || total(sum.Reasons) != 3000 || len(sum.Refusals) != 1000 {
		t.Errorf("%d refused, %d counted by reason, %d listed", sum.Total(incoming.Refused), total(sum.Reasons), len(sum.Refusals))
	}
	if len(sum.Reasons) > 201 {
		t.Errorf("%d reasons are counted apart", len(sum.Reasons))
	}
}

func TestByCountPutsTheMostFrequentFirst(t *testing.T) {
	t.Parallel()
	if got, want := incoming.ByCount(map[string]int{"b": 2, "c": 7, "a": 2, "d": 1}), []string{"c", "a", "b", "d"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := incoming.ByCount(nil); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestErrorsKeepTheirCodeWhenWrapped(t *testing.T) {
	t.Parallel()
	e := storage.Errorf(storage.NotFound, "movie %d does not exist", 7)
	e.Err = io.ErrUnexpectedEOF
	wrapped := fmt.Errorf("get: %w", e)
	if storage.CodeOf(wrapped) != storage.NotFound || storage.CodeOf(io.EOF) != storage.Internal || storage.CodeOf(nil) != storage.Internal {
		t.Error("a code is lost or made up")
	}
	if !errors.Is(wrapped, io.ErrUnexpectedEOF) || wrapped.Error() != "get: movie 7 does not exist: unexpected EOF" {
		t.Errorf("error %v", wrapped)
	}
}

func TestErrorsOfObjectsNameEveryFault(t *testing.T) {
	t.Parallel()
	e := storage.InvalidObject(storage.Serie, []storage.Fault{{Pointer: "/title", Reason: "is required"}, {Parameter: "limit", Reason: "must be an integer"}})
	for _, part := range []string{"serie", "/title is required", "limit must be an integer"} {
		if !strings.Contains(e.Error(), part) {
			t.Errorf("%q does not say %q", e.Error(), part)
		}
	}
	if e.Code != storage.Invalid || len(e.Faults) != 2 {
		t.Errorf("error %+v", e)
	}
}

func TestExcerptsAreReadable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value any
		want  string
	}{
		{nil, "null"}, {true, "true"}, {int64(-7), "-7"}, {"a", "a"}, {"", ""}, {[]any{1}, "a list"}, {storage.Members{}, "an object"}, {"a\xffb", "a\ufffdb"},
		{strings.Repeat("日", 80), strings.Repeat("日", 80)}, {strings.Repeat("日", 81), strings.Repeat("日", 79) + "…"},
	} {
		if got := storage.Excerpt(tt.value); got != tt.want {
			t.Errorf("%v is shown as %q, want %q", tt.value, got, tt.want)
		}
	}
}
