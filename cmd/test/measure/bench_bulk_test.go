package measure_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
)

// manyFilms returns the lines of a bulk of 1,000 films. Each names a new genre for every
// tenth film, and three new persons.
func manyFilms(round int) string {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `{"op":"create","noun":"movie","object":{"title":"The Ferry to Harbour %[2]d of Year %[1]d","description":"A pilot of the river follows a letter, %[2]d winters after the flood, from the old pier to the lighthouse of the coast.",`+
			`"release_year":%[3]d,"imdb_rating":6.5,"duration":104,"languages":["en"],"countries":["US"],"genres":[{"name":"Genre %[4]d of %[1]d"},{"name":"Drama"}],`+
			`"directors":[{"name":"Director %[2]d of %[1]d"}],"starring":[{"name":"Ada Actor %[2]d of %[1]d"},{"name":"Ben Player %[2]d of %[1]d"}]}}`+"\n", round, i, 1900+i%120, i/10)
	}
	return b.String()
}

// BenchmarkBulk measures a bulk of 1,000 films with 3,000 new persons and 100 new genres
// while an editor changes one film again and again. bulk-s is the longest time of a bulk,
// limit: 2. wait-ms is the longest time of the editor's writes beside it, alone-ms that
// without a bulk.
func BenchmarkBulk(b *testing.B) {
	e := fixture.Catalogue(b)
	e.WithoutLimits()
	s := fixture.Site{Base: fixture.Serve(b, e, "--log-level", "error").Base, Token: fixture.NewToken(b, e)}
	film := s.Post(b, "/2.0/movies", `{"movie":{"title":"Edited"}}`).Header.Get("Location")
	send := func(method, path, body string, headers ...string) time.Duration {
		ctx, cancel := context.WithTimeout(b.Context(), fixture.Patience)
		defer cancel()
		start := time.Now()
		a, err := s.Send(ctx, method, path, body, headers...)
		if err != nil || a.Status != http.StatusOK {
			b.Fatalf("%s %s: %v, %v", method, path, err, a)
		}
		return time.Since(start)
	}
	edits := 0
	edit := func() time.Duration {
		edits++
		return send(http.MethodPut, film, fmt.Sprintf(`{"movie":{"duration":%d}}`, edits))
	}
	var alone, longest, wait time.Duration
	for range 200 {
		alone = max(alone, edit())
	}
	for round := range benchRounds {
		done := make(chan struct{})
		var bulk sync.WaitGroup
		bulk.Go(func() {
			defer close(done)
			longest = max(longest, send(http.MethodPost, "/2.0/bulk", manyFilms(round), "Content-Type", "application/x-ndjson"))
		})
		for running := true; running; {
			select {
			case <-done:
				running = false
			default:
				wait = max(wait, edit())
			}
		}
		bulk.Wait()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(longest.Seconds(), "bulk-s")
	b.ReportMetric(float64(wait.Microseconds())/1000, "wait-ms")
	b.ReportMetric(float64(alone.Microseconds())/1000, "alone-ms")
}
