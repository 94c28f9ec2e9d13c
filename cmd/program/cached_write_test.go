package program

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// proofWriter writes what comes to its mind: films come, change and go, genres
// and persons are renamed, series grow, and imports bring more.
type proofWriter struct {
	random   *rand.Rand
	films    []string // paths
	episodes []string // paths
	count    int      // makes every write differ from all before it
	left     []int    // the kinds that were not written yet; nil before the first
	other    bool     // the person has another name than the first one
}

// proofWrite is what was written.
type proofWrite struct {
	what    string
	version int64
	here    bool   // by the process that was asked, not by a command
	kind    string // the name of its proofKind
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

// proofKind is a kind of write, drawn as often as its weight says.
type proofKind struct {
	name   string
	weight int
	make   func(w *proofWriter, t *testing.T, s site, e environment) proofWrite
}

// proofKinds are all that there are. What would take something that is not there
// makes it instead.
var proofKinds = []proofKind{
	{"import", 1, (*proofWriter).imported},
	{"genre renamed", 1, func(w *proofWriter, t *testing.T, s site, _ environment) proofWrite {
		return done(t, s, http.MethodPut, "/2.0/genres/drama", fmt.Sprintf(`{"genre":{"name":"Drama %d"}}`, w.next()))
	}},
	{"person renamed", 2, (*proofWriter).renamed},
	{"film created", 4, (*proofWriter).created},
	{"film deleted", 3, func(w *proofWriter, t *testing.T, s site, e environment) proofWrite {
		if len(w.films) == 0 {
			return w.created(t, s, e)
		}
		return done(t, s, http.MethodDelete, w.take(&w.films), "")
	}},
	{"film changed", 6, func(w *proofWriter, t *testing.T, s site, e environment) proofWrite {
		if len(w.films) == 0 {
			return w.created(t, s, e)
		}
		return done(t, s, http.MethodPut, w.films[w.random.IntN(len(w.films))], w.film())
	}},
	{"episode created", 1, (*proofWriter).continued},
	{"episode deleted", 1, func(w *proofWriter, t *testing.T, s site, e environment) proofWrite {
		if len(w.episodes) == 0 {
			return w.continued(t, s, e)
		}
		return done(t, s, http.MethodDelete, w.take(&w.episodes), "")
	}},
	{"series changed", 1, func(w *proofWriter, t *testing.T, s site, _ environment) proofWrite {
		return done(t, s, http.MethodPut, "/2.0/series/1", fmt.Sprintf(`{"serie":{"description":"%d"}}`, w.next()))
	}},
}

// write writes once, to the site or with a command: first one of each kind, in any
// order, then what is drawn.
func (w *proofWriter) write(t *testing.T, s site, e environment) proofWrite {
	t.Helper()
	if w.left == nil {
		w.left = w.random.Perm(len(proofKinds))
	}
	at := 0
	if len(w.left) > 0 {
		at, w.left = w.left[0], w.left[1:]
	} else {
		at = w.drawn()
	}
	written := proofKinds[at].make(w, t, s, e)
	written.kind = proofKinds[at].name
	return written
}

// drawn is the index of a kind.
func (w *proofWriter) drawn() int {
	total := 0
	for _, k := range proofKinds {
		total += k.weight
	}
	draw := w.random.IntN(total)
	for i, k := range proofKinds {
		if draw -= k.weight; draw < 0 {
			return i
		}
	}
	panic("a draw beyond all weights")
}

// renamed gives a person another name, or the first one again: every film that
// shows it changes.
func (w *proofWriter) renamed(t *testing.T, s site, _ environment) proofWrite {
	t.Helper()
	name := "Ina Test"
	if w.other = !w.other; w.other {
		name = fmt.Sprintf("Ina %d", w.next())
	}
	return done(t, s, http.MethodPut, "/2.0/persons/1", fmt.Sprintf(`{"person":{"name":%q}}`, name))
}

// created is a new film.
func (w *proofWriter) created(t *testing.T, s site, _ environment) proofWrite {
	t.Helper()
	written := done(t, s, http.MethodPost, "/2.0/movies", w.film())
	w.films = append(w.films, written.what)
	return written
}

// continued is a new episode.
func (w *proofWriter) continued(t *testing.T, s site, _ environment) proofWrite {
	t.Helper()
	body := fmt.Sprintf(`{"episode":{"number":%d,"title":"Part"}}`, w.next()+1)
	written := done(t, s, http.MethodPost, "/2.0/series/1/seasons/1/episodes", body)
	w.episodes = append(w.episodes, written.what)
	return written
}

// vote likes one of the films and counts a view of it, which makes no version.
func (w *proofWriter) vote(t *testing.T, s site) {
	t.Helper()
	if len(w.films) == 0 {
		return
	}
	film := w.films[w.random.IntN(len(w.films))]
	s.do(t, http.MethodPut, film+"/like", "", http.StatusNoContent)
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
	return proofWrite{what: path, version: version, here: true}
}

// imported imports two films in one batch, which the log tells without their
// contents.
func (w *proofWriter) imported(t *testing.T, s site, e environment) proofWrite {
	t.Helper()
	films := fmt.Sprintf(`[{"title":"Ferry to %d","year":1951,"cast":["Ina Test"],"genres":["Noir"],"href":null},
		{"title":"Glass %d","year":1953,"cast":[],"genres":[],"href":null}]`, w.next(), w.next())
	succeed(t, e, "import", "wikipedia", writeFile(t, "films.json", films))
	return proofWrite{what: "an import", version: s.version(t)}
}

// seeded draws otherwise in every run, and as in one that failed where
// MARQUEE_SEED is the seed that it has logged.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("MARQUEE_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("MARQUEE_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// newRandom draws the same in every run.
func newRandom() *rand.Rand { return rand.New(rand.NewPCG(5, 7)) }
