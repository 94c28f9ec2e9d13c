package search_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"marquee/cmd/test/fixture"
)

// The films of a collection are what a plain model says, on Elasticsearch: the pins that are not
// hidden, then those that the query finds.
func TestCollectionsOfTheIndex(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	e.WithoutLimits()
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	var all []string
	for i := range 24 {
		body := fmt.Sprintf(`{"movie":{"title":"Film %c","release_year":%d,"genres":[%s]}}`,
			'Z'-i%7, 1990+i%5, []string{"", `{"name":"Action"}`, `{"name":"Drama"}`, `{"name":"Action"},{"name":"Drama"}`}[i%4])
		all = append(all, s.Post(t, "/2.0/movies", body).At(t, "movie.id"))
	}
	s.Post(t, "/2.0/collections", `{"collection":{"name":"Heist night"}}`)
	s.AwaitIndex(t)
	queries := []string{"genres=action", "genres=drama&sort=-title", "sort=title", "q=film&sort=title", "q=Film+Z&q_type=exact", "q=m+%5BXY%5D&q_type=regex&sort=year", "q=film+x&genres=action"}
	r := rand.New(rand.NewPCG(1, 2))
	some := func() []string {
		picked := []string{}
		for _, i := range r.Perm(len(all))[:r.IntN(8)] {
			picked = append(picked, all[i])
		}
		return picked
	}
	indexed := 0
	for round := range 3 * len(queries) {
		query, pins, hidden := queries[round%len(queries)], some(), some()
		offset, limit := r.IntN(20), 1+r.IntN(12)
		body, err := json.Marshal(map[string]any{"collection": map[string]any{"query": query, "pins": pins, "hidden": hidden}})
		if err != nil {
			t.Fatal(err)
		}
		s.Do(t, http.MethodPut, "/2.0/collections/heist-night", string(body), http.StatusOK)
		found, err := s.List(t.Context(), "limit=100&"+query)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(pins), func(id string) bool { return slices.Contains(hidden, id) })
		pinned := len(want)
		for _, id := range found.IDs() {
			if !slices.Contains(pins, id) && !slices.Contains(hidden, id) {
				want = append(want, id)
			}
		}
		a := s.Public().Get(t, fmt.Sprintf("/2.0/collections/heist-night/movies?offset=%d&limit=%d", offset, limit))
		var page fixture.Films
		if err := json.Unmarshal(a.Body, &page); err != nil {
			t.Fatal(err)
		}
		from := min(offset, len(want))
		if got := page.IDs(); !slices.Equal(got, want[from:min(from+limit, len(want))]) || a.Number(t, "meta.total") != int64(len(want)) || a.Number(t, "meta.pinned") != int64(pinned) {
			t.Errorf("%s with pins %v, hidden %v, offset %d, limit %d: got %v of %d, want %v", query, pins, hidden, offset, limit, got, a.Number(t, "meta.total"), want)
		}
		if found.Meta.Indexed != nil {
			indexed++
		}
	}
	if indexed < 15 {
		t.Errorf("only %d of %d queries were answered by the index", indexed, 3*len(queries))
	}
}
