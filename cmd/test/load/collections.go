package load

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
)

// MaxCollections is the most collections of a Catalogue. Their ids are "shelf-1" and so on.
const MaxCollections = 4

// queries are the queries of collections. No list is ranked by words; see proofTargets in
// cmd/test/cache.
var queries = []string{
	``, `year=1950..1954&sort=year`, `recommended=true`, `persons=1`, // PostgreSQL answers these
	`genres=drama&sort=-added`, `genres_all=drama,noir&sort=title`, `q=ferry&sort=added`, // the index, if there is one
}

// minute is the form of times in periods.
const minute = "2006-01-02T15-04"

// collection returns the body of a random collection, whose periods start and end within
// minutes of Now.
func (w *Catalogue) collection(name string) string {
	var periods []string
	for range min(w.random.IntN(4), 2) {
		from := w.Now().UTC().Add(time.Duration(w.random.IntN(5)-2) * time.Minute)
		to := from.Add(time.Duration(w.random.IntN(3)) * time.Minute)
		if w.random.IntN(4) == 0 {
			const yearly = `{"every":"year","from":%q,"to":%q}`
			periods = append(periods, fmt.Sprintf(yearly, from.Format(minute)[len("2006-"):], to.Format(minute)[len("2006-"):]))
			continue
		}
		zone := time.FixedZone("", int(9*time.Hour/time.Second)) // Asia/Tokyo, all year
		periods = append(periods, fmt.Sprintf(`{"from":%q,"to":%q,"zone":"Asia/Tokyo"}`, from.In(zone).Format(minute), to.In(zone).Format(minute)))
	}
	return fmt.Sprintf(`{"collection":{"name":%q,"description":"%d","query":%q,"pins":[%s],"hidden":[%s],"periods":[%s]}}`,
		name, w.next(), queries[w.random.IntN(len(queries))], w.filmIDs(), w.filmIDs(), strings.Join(periods, ","))
}

// filmIDs returns the ids of up to three films, each once, in random order.
func (w *Catalogue) filmIDs() string {
	var ids []string
	for _, i := range w.random.Perm(len(w.Films))[:w.random.IntN(min(4, len(w.Films)+1))] {
		ids = append(ids, fmt.Sprintf("%q", strings.TrimPrefix(w.Films[i], "/2.0/movies/")))
	}
	return strings.Join(ids, ",")
}

// collected creates a collection, changes or deletes it.
func (w *Catalogue) collected(t *testing.T, s fixture.Site, _ fixture.Env) Write {
	t.Helper()
	n := w.random.IntN(MaxCollections)
	path, body := fmt.Sprintf("/2.0/collections/shelf-%d", n+1), w.collection(fmt.Sprintf("Shelf %d", n+1))
	switch {
	case !w.shelves[n]:
		w.shelves[n] = true
		return Done(t, s, http.MethodPost, "/2.0/collections", body)
	case w.random.IntN(5) == 0:
		w.shelves[n] = false
		return Done(t, s, http.MethodDelete, path, "")
	}
	return Done(t, s, http.MethodPut, path, body)
}

// Moment returns an instant within minutes after now: the start of a minute, at which
// periods start and end, the last instant before it, or another one.
func Moment(random *rand.Rand, now time.Time) time.Time {
	start := now.Truncate(time.Minute).Add(time.Duration(1+random.IntN(2)) * time.Minute)
	return start.Add([]time.Duration{-time.Nanosecond, 0, 25 * time.Second}[random.IntN(3)])
}
