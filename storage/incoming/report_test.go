package incoming_test

import (
	"encoding/json"
	"fmt"
	"slices"
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
		t.Errorf("got %d created, %d refused", r.Total(incoming.Created), r.Total(incoming.Refused))
	}
	if n := r.Repairs["dropped a name"]; n != 2 {
		t.Errorf("got %d repairs, want 2: those of an unchanged record were counted by the first import", n)
	}
}

// counts replaces the nouns by their names, because nouns refer to each other.
func counts(by map[*storage.Noun]map[incoming.Outcome]int) map[string]map[incoming.Outcome]int {
	out := map[string]map[incoming.Outcome]int{}
	for n, c := range by {
		out[n.Name] = c
	}
	return out
}

func TestReportsHaveReasonsAndPlacesOfRefusals(t *testing.T) {
	t.Parallel()
	r := incoming.NewReport()
	r.Refuse(&incoming.Record{Noun: storage.Movie, Position: incoming.Position{File: "movies.json", Line: 2, Item: 17}}, "has no title")
	r.Refuse(&incoming.Record{Noun: storage.Movie, Key: "7", Position: incoming.Position{File: "movies.csv", Line: 18}}, "IMDb id taken: tt0133093")
	r.Refuse(&incoming.Record{Noun: storage.Serie, Position: incoming.Position{File: "b", Line: 1}}, "IMDb id taken: tt0022100")
	if diff := cmp.Diff(map[string]int{"has no title": 1, "IMDb id taken": 2}, r.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	var got []string
	for _, refusal := range r.Refusals {
		got = append(got, refusal.Place()+" "+refusal.Noun.Name+" "+refusal.Key+": "+refusal.Reason)
	}
	want := []string{"movies.json item 17 movie : has no title", "movies.csv:18 movie 7: IMDb id taken: tt0133093", "b:1 serie : IMDb id taken: tt0022100"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if r.Total(incoming.Refused) != 3 || r.Counts[storage.Serie][incoming.Refused] != 1 {
		t.Errorf("got the counts %v", counts(r.Counts))
	}
}

func TestReportsAdd(t *testing.T) {
	t.Parallel()
	one := func(version int64) *incoming.Report {
		r := incoming.NewReport()
		r.Count(&incoming.Record{Noun: storage.Movie, Repairs: []string{"m"}}, incoming.Created)
		r.Refuse(&incoming.Record{Noun: storage.Movie, Position: incoming.Position{File: "f", Line: int(version)}}, "r")
		r.Implied[storage.Genre] = 2
		r.Version = version
		return r
	}
	sum := incoming.NewReport()
	for _, version := range []int64{3, 9, 0} {
		sum.Add(one(version))
	}
	if sum.Total(incoming.Created) != 3 || sum.Total(incoming.Refused) != 3 || sum.Implied[storage.Genre] != 6 || sum.Repairs["m"] != 3 || sum.Reasons["r"] != 3 || sum.Version != 9 {
		t.Errorf("got the sum %+v", sum)
	}
	if len(sum.Refusals) != 3 || sum.Refusals[1].Place() != "f:9" {
		t.Errorf("got the refusals %v", sum.Refusals)
	}
}

// refused returns a report of n records, each refused for another reason.
func refused(batch, n int) *incoming.Report {
	r := incoming.NewReport()
	for i := range n {
		r.Refuse(&incoming.Record{Noun: storage.Movie, Position: incoming.Position{File: "f", Line: i}}, fmt.Sprintf("reason %d of batch %d", i, batch))
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
		t.Errorf("got %d refusals and %d reasons", len(r.Refusals), len(r.Reasons))
	}
	if r.Total(incoming.Refused) != 5000 || total(r.Reasons) != 5000 {
		t.Errorf("got %d refused, %d counted by reason", r.Total(incoming.Refused), total(r.Reasons))
	}
}

func TestSumsOfReportsAreBounded(t *testing.T) {
	t.Parallel()
	sum := incoming.NewReport()
	for batch := range 20 {
		sum.Add(refused(batch, 150))
	}
	if sum.Total(incoming.Refused) != 3000 || total(sum.Reasons) != 3000 || len(sum.Refusals) != 1000 {
		t.Errorf("got %d refused, %d counted by reason, %d listed", sum.Total(incoming.Refused), total(sum.Reasons), len(sum.Refusals))
	}
	if len(sum.Reasons) > 201 {
		t.Errorf("got %d separate reasons", len(sum.Reasons))
	}
}

// The entries of a batch are listed when it is added, and only then: a batch that failed
// is tried again with another report.
func TestReportsListEntries(t *testing.T) {
	t.Parallel()
	var got []string
	r := incoming.NewReport()
	r.List = func(e incoming.Entry) {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(line))
	}
	r.Refuse(&incoming.Record{Noun: storage.Movie, Position: incoming.Position{File: "a.json", Line: 1, Item: 7}}, "breaks off")
	film := &incoming.Record{Noun: storage.Movie, Key: "8", Position: incoming.Position{File: "b.csv", Line: 9}, Repairs: []string{"rounded", "cut"}}
	r.Batch().Count(film, incoming.Created) // fails
	batch := r.Batch()
	batch.Count(film, incoming.Created)
	batch.Count(film, incoming.Unchanged)
	batch.Refuse(&incoming.Record{Noun: storage.Genre, Key: "k", Position: incoming.Position{File: "c", Line: 2}}, "name taken")
	if len(got) != 1 {
		t.Errorf("before Add: got the entries %q, want one", got)
	}
	r.Add(batch)
	want := []string{
		`{"file":"a.json","line":1,"item":7,"noun":"movie","reason":"breaks off"}`,
		`{"file":"b.csv","line":9,"key":"8","noun":"movie","repair":"rounded"}`,
		`{"file":"b.csv","line":9,"key":"8","noun":"movie","repair":"cut"}`,
		`{"file":"c","line":2,"key":"k","noun":"genre","reason":"name taken"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
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
