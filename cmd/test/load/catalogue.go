// Package load reads and writes while tests watch: writers of films, clients that read
// hot targets, and random edits of a catalogue.
package load

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

	"marquee/cmd/test/fixture"
)

// Catalogue writes what comes to its mind: films come, change and go, genres
// and persons are renamed, series grow, and imports bring more.
type Catalogue struct {
	random   *rand.Rand
	Films    []string // paths
	episodes []string // paths
	count    int      // makes every write differ from all before it
	left     []int    // the kinds that were not written yet; nil before the first
	other    bool     // the person has another name than the first one
}

// Write is what was written.
type Write struct {
	What    string
	Version int64
	Here    bool   // by the process that was asked, not by a command
	Kind    string // the name of its proofKind
}

// NewCatalogue writes what the targets begin with.
func NewCatalogue(t *testing.T, s fixture.Site, random *rand.Rand) *Catalogue {
	t.Helper()
	w := &Catalogue{random: random}
	for _, name := range []string{"Drama", "Noir"} {
		s.Post(t, "/2.0/genres", fmt.Sprintf(`{"genre":{"name":%q}}`, name))
	}
	for _, name := range []string{"Ina Test", "Odd Case"} {
		s.Post(t, "/2.0/persons", fmt.Sprintf(`{"person":{"name":%q}}`, name))
	}
	for range 8 {
		w.Films = append(w.Films, s.Post(t, "/2.0/movies", w.film()).Header.Get("Location"))
	}
	s.Post(t, "/2.0/series", `{"serie":{"title":"Harbour Lights"}}`)
	s.Post(t, "/2.0/series/1/seasons", `{"season":{"number":1}}`)
	w.episodes = append(w.episodes, s.Post(t, "/2.0/series/1/seasons/1/episodes", `{"episode":{"number":1}}`).Header.Get("Location"))
	return w
}

// film is the body of a film.
func (w *Catalogue) film() string {
	return fmt.Sprintf(`{"movie":{"title":%q,"release_year":%d,"imdb_rating":%.1f,"recommended":%t,"genres":[%s],"starring":[%s],"description":%q}}`,
		w.title(), 1950+w.random.IntN(10), float64(w.random.IntN(100))/10, w.random.IntN(2) == 0,
		w.some(`"drama"`, `"noir"`), w.some(`"1"`, `"2"`), "Told for the "+strconv.Itoa(w.next())+"th time.")
}

func (w *Catalogue) next() int { w.count++; return w.count }

// title is one that the searches find, or one that they do not.
func (w *Catalogue) title() string {
	switch w.random.IntN(4) {
	case 0:
		return "Lantern"
	case 1:
		return fmt.Sprintf("Glass %d", w.next())
	}
	return fmt.Sprintf("Ferry to %d", w.next())
}

// some are those of the items that are drawn, with commas.
func (w *Catalogue) some(items ...string) string {
	return strings.Join(slices.DeleteFunc(items, func(string) bool { return w.random.IntN(2) == 0 }), ",")
}

// proofKind is a kind of write, drawn as often as its weight says.
type proofKind struct {
	Name   string
	weight int
	make   func(w *Catalogue, t *testing.T, s fixture.Site, e fixture.Env) Write
}

// Kinds are all that there are. What would take something that is not there
// makes it instead.
var Kinds = []proofKind{
	{"import", 1, (*Catalogue).imported},
	{"genre renamed", 1, func(w *Catalogue, t *testing.T, s fixture.Site, _ fixture.Env) Write {
		return Done(t, s, http.MethodPut, "/2.0/genres/drama", fmt.Sprintf(`{"genre":{"name":"Drama %d"}}`, w.next()))
	}},
	{"person renamed", 2, (*Catalogue).renamed},
	{"film created", 4, (*Catalogue).created},
	{"film deleted", 3, func(w *Catalogue, t *testing.T, s fixture.Site, e fixture.Env) Write {
		if len(w.Films) == 0 {
			return w.created(t, s, e)
		}
		return Done(t, s, http.MethodDelete, w.take(&w.Films), "")
	}},
	{"film changed", 6, func(w *Catalogue, t *testing.T, s fixture.Site, e fixture.Env) Write {
		if len(w.Films) == 0 {
			return w.created(t, s, e)
		}
		return Done(t, s, http.MethodPut, w.Films[w.random.IntN(len(w.Films))], w.film())
	}},
	{"episode created", 1, (*Catalogue).continued},
	{"episode deleted", 1, func(w *Catalogue, t *testing.T, s fixture.Site, e fixture.Env) Write {
		if len(w.episodes) == 0 {
			return w.continued(t, s, e)
		}
		return Done(t, s, http.MethodDelete, w.take(&w.episodes), "")
	}},
	{"series changed", 1, func(w *Catalogue, t *testing.T, s fixture.Site, _ fixture.Env) Write {
		return Done(t, s, http.MethodPut, "/2.0/series/1", fmt.Sprintf(`{"serie":{"description":"%d"}}`, w.next()))
	}},
}

// Write writes once, to the site or with a command: first one of each kind, in any
// order, then what is drawn.
func (w *Catalogue) Write(t *testing.T, s fixture.Site, e fixture.Env) Write {
	t.Helper()
	if w.left == nil {
		w.left = w.random.Perm(len(Kinds))
	}
	at := 0
	if len(w.left) > 0 {
		at, w.left = w.left[0], w.left[1:]
	} else {
		at = w.drawn()
	}
	written := Kinds[at].make(w, t, s, e)
	written.Kind = Kinds[at].Name
	return written
}

// drawn is the index of a kind.
func (w *Catalogue) drawn() int {
	total := 0
	for _, k := range Kinds {
		total += k.weight
	}
	draw := w.random.IntN(total)
	for i, k := range Kinds {
		if draw -= k.weight; draw < 0 {
			return i
		}
	}
	panic("a draw beyond all weights")
}

// renamed gives a person another name, or the first one again: every film that
// shows it changes.
func (w *Catalogue) renamed(t *testing.T, s fixture.Site, _ fixture.Env) Write {
	t.Helper()
	name := "Ina Test"
	if w.other = !w.other; w.other {
		name = fmt.Sprintf("Ina %d", w.next())
	}
	return Done(t, s, http.MethodPut, "/2.0/persons/1", fmt.Sprintf(`{"person":{"name":%q}}`, name))
}

// created is a new film.
func (w *Catalogue) created(t *testing.T, s fixture.Site, _ fixture.Env) Write {
	t.Helper()
	written := Done(t, s, http.MethodPost, "/2.0/movies", w.film())
	w.Films = append(w.Films, written.What)
	return written
}

// continued is a new episode.
func (w *Catalogue) continued(t *testing.T, s fixture.Site, _ fixture.Env) Write {
	t.Helper()
	body := fmt.Sprintf(`{"episode":{"number":%d,"title":"Part"}}`, w.next()+1)
	written := Done(t, s, http.MethodPost, "/2.0/series/1/seasons/1/episodes", body)
	w.episodes = append(w.episodes, written.What)
	return written
}

// Vote likes one of the films and counts a view of it, which makes no version.
func (w *Catalogue) Vote(t *testing.T, s fixture.Site) {
	t.Helper()
	if len(w.Films) == 0 {
		return
	}
	film := w.Films[w.random.IntN(len(w.Films))]
	s.Do(t, http.MethodPut, film+"/like", "", http.StatusNoContent)
	s.Do(t, http.MethodPost, film+"/views", "", http.StatusNoContent)
}

// take takes one of the paths out.
func (w *Catalogue) take(paths *[]string) string {
	i := w.random.IntN(len(*paths))
	path := (*paths)[i]
	*paths = slices.Delete(*paths, i, i+1)
	return path
}

// Done makes a request that writes.
func Done(t *testing.T, s fixture.Site, method, path, body string) Write {
	t.Helper()
	a, err := s.Send(t.Context(), method, path, body)
	if err != nil || a.Status >= http.StatusMultipleChoices {
		t.Fatalf("%s %s %s: %+v, %v", method, path, body, a, err)
	}
	version, err := strconv.ParseInt(a.Header.Get("Catalogue-Version"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if location := a.Header.Get("Location"); location != "" {
		path = location
	}
	return Write{What: path, Version: version, Here: true}
}

// imported imports two films in one batch, which the log tells without their
// contents.
func (w *Catalogue) imported(t *testing.T, s fixture.Site, e fixture.Env) Write {
	t.Helper()
	films := fmt.Sprintf(`[{"title":"Ferry to %d","year":1951,"cast":["Ina Test"],"genres":["Noir"],"href":null},
		{"title":"Glass %d","year":1953,"cast":[],"genres":[],"href":null}]`, w.next(), w.next())
	fixture.Run(t, e, "import", "wikipedia", fixture.WriteFile(t, "films.json", films))
	return Write{What: "an import", Version: s.Version(t)}
}

// Seeded draws otherwise in every run, and as in one that failed where
// MARQUEE_SEED is the seed that it has logged.
func Seeded(t *testing.T) *rand.Rand {
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

// NewRandom draws the same in every run.
func NewRandom() *rand.Rand { return rand.New(rand.NewPCG(5, 7)) }
