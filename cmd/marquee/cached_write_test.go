package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// proofWriter writes what comes to its mind: films come, change and go, genres
// and persons are renamed, series grow, and imports bring more.
type proofWriter struct {
	random   *rand.Rand
	films    []string // paths
	episodes []string // paths
	count    int      // makes every write differ from all before it
}

// proofWrite is what was written.
type proofWrite struct {
	what    string
	version int64
	here    bool // by the process that was asked, not by a command
}

// newProofWriter writes what the targets begin with.
func newProofWriter(t *testing.T, s site, random *rand.Rand) *proofWriter {
	t.Helper()
	w := &proofWriter{random: random}
	for _, name := range []string{"Drama", "Noir"} {
		s.post(t, "/2.0/genres", fmt.Sprintf(`{"genre":{"name":%q}}`, name))
	}
	for _, name := range []string{"Ina Test", "Odd Case"} {
		s.post(t, "/2.0/persons", fmt.Sprintf(`{"person":{"name":%q}}`, name))
	}
	for range 8 {
		w.films = append(w.films, s.post(t, "/2.0/movies", w.film()).header.Get("Location"))
	}
	s.post(t, "/2.0/series", `{"serie":{"title":"Harbour Lights"}}`)
	s.post(t, "/2.0/series/1/seasons", `{"season":{"number":1}}`)
	w.episodes = append(w.episodes, s.post(t, "/2.0/series/1/seasons/1/episodes", `{"episode":{"number":1}}`).header.Get("Location"))
	return w
}

// film is the body of a film.
func (w *proofWriter) film() string {
	return fmt.Sprintf(`{"movie":{"title":%q,"release_year":%d,"imdb_rating":%.1f,"recommended":%t,"genres":[%s],"starring":[%s],"description":%q}}`,
		w.title(), 1950+w.random.IntN(10), float64(w.random.IntN(100))/10, w.random.IntN(2) == 0,
		w.some(`"drama"`, `"noir"`), w.some(`"1"`, `"2"`), "Told for the "+strconv.Itoa(w.next())+"th time.")
}

func (w *proofWriter) next() int { w.count++; return w.count }

// title is one that the searches find, or one that they do not.
func (w *proofWriter) title() string {
	switch w.random.IntN(4) {
	case 0:
		return "Lantern"
	case 1:
		return fmt.Sprintf("Glass %d", w.next())
	}
	return fmt.Sprintf("Ferry to %d", w.next())
}

// some are those of the items that are drawn, with commas.
func (w *proofWriter) some(items ...string) string {
	return strings.Join(slices.DeleteFunc(items, func(string) bool { return w.random.IntN(2) == 0 }), ",")
}

// write writes once, to the site or with a command.
func (w *proofWriter) write(t *testing.T, s site, e environment) proofWrite {
	t.Helper()
	n := w.next()
	switch draw := w.random.IntN(20); {
	case draw == 0:
		return w.imported(t, s, e)
	case draw == 1:
		return done(t, s, http.MethodPut, "/2.0/genres/drama", fmt.Sprintf(`{"genre":{"name":"Drama %d"}}`, n))
	case draw <= 3: // every film that shows the name changes
		name := []string{"Ina Test", fmt.Sprintf("Ina %d", n)}[w.random.IntN(2)]
		return done(t, s, http.MethodPut, "/2.0/persons/1", fmt.Sprintf(`{"person":{"name":%q,"description":"%d"}}`, name, n))
	case draw <= 7 || len(w.films) == 0:
		written := done(t, s, http.MethodPost, "/2.0/movies", w.film())
		w.films = append(w.films, written.what)
		return written
	case draw <= 10:
		return done(t, s, http.MethodDelete, w.take(&w.films), "")
	case draw == 11:
		written := done(t, s, http.MethodPost, "/2.0/series/1/seasons/1/episodes", fmt.Sprintf(`{"episode":{"number":%d,"title":"Part"}}`, n))
		w.episodes = append(w.episodes, written.what)
		return written
	case draw == 12 && len(w.episodes) > 0:
		return done(t, s, http.MethodDelete, w.take(&w.episodes), "")
	case draw == 13:
		return done(t, s, http.MethodPut, "/2.0/series/1", fmt.Sprintf(`{"serie":{"description":"%d"}}`, n))
	}
	return done(t, s, http.MethodPut, w.films[w.random.IntN(len(w.films))], w.film())
}

// vote likes one of the films, or counts a view of it, which makes no version.
func (w *proofWriter) vote(t *testing.T, s site) {
	t.Helper()
	if len(w.films) == 0 {
		return
	}
	film := w.films[w.random.IntN(len(w.films))]
	if w.random.IntN(2) == 0 {
		s.do(t, http.MethodPut, film+"/like", "", http.StatusNoContent)
		return
	}
	s.do(t, http.MethodPost, film+"/views", "", http.StatusNoContent)
}

// take takes one of the paths out.
func (w *proofWriter) take(paths *[]string) string {
	i := w.random.IntN(len(*paths))
	path := (*paths)[i]
	*paths = slices.Delete(*paths, i, i+1)
	return path
}

// done makes a request that writes.
func done(t *testing.T, s site, method, path, body string) proofWrite {
	t.Helper()
	a, err := s.send(t.Context(), method, path, body)
	if err != nil || a.status >= http.StatusMultipleChoices {
		t.Fatalf("%s %s %s: %+v, %v", method, path, body, a, err)
	}
	version, err := strconv.ParseInt(a.header.Get("Catalogue-Version"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if location := a.header.Get("Location"); location != "" {
		path = location
	}
	return proofWrite{path, version, true}
}

// imported imports two films in one batch, which the log tells without their
// contents.
func (w *proofWriter) imported(t *testing.T, s site, e environment) proofWrite {
	t.Helper()
	films := fmt.Sprintf(`[{"title":"Ferry to %d","year":1951,"cast":["Ina Test"],"genres":["Noir"],"href":null},
		{"title":"Glass %d","year":1953,"cast":[],"genres":[],"href":null}]`, w.next(), w.next())
	succeed(t, e, "import", "wikipedia", writeFile(t, "films.json", films))
	return proofWrite{"an import", s.version(t), false}
}

// newRandom draws the same in every run.
func newRandom() *rand.Rand { return rand.New(rand.NewPCG(5, 7)) }
