// Package load generates load for whole-program tests: writers of films, clients that
// read hot targets, and random writes to a catalogue.
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

// Catalogue makes random writes: it creates, updates and deletes films, episodes, collections
// and a synonym, renames genres and persons, changes the images of persons, and imports films.
type Catalogue struct {
	random   *rand.Rand
	Films    []string             // paths
	episodes []string             // paths
	count    int                  // makes all writes different
	left     []int                // kinds that were not written yet; nil before the first write
	other    bool                 // whether the person has another name than at first
	synonym  bool                 // whether the synonym exists
	shelves  [MaxCollections]bool // whether each collection exists
	// Now is the clock, around which the periods of collections start and end.
	Now func() time.Time
}

// Write is a write that was made.
type Write struct {
	What    string // path of the object, or a description
	Version int64
	Here    bool   // whether the process of the site wrote it, and not a command
	Kind    string // name of its kind
}

// NewCatalogue creates the first objects of a catalogue.
func NewCatalogue(t *testing.T, s fixture.Site, random *rand.Rand) *Catalogue {
	t.Helper()
	w := &Catalogue{random: random, synonym: true, Now: time.Now}
	for _, name := range []string{"Drama", "Noir"} {
		s.Post(t, "/2.0/genres", fmt.Sprintf(`{"genre":{"name":%q}}`, name))
	}
	for _, name := range []string{"Ina Test", "Odd Case", "Uma Third"} {
		s.Post(t, "/2.0/persons", fmt.Sprintf(`{"person":{"name":%q}}`, name))
	}
	for range 8 {
		w.Films = append(w.Films, s.Post(t, "/2.0/movies", w.film()).Header.Get("Location"))
	}
	s.Post(t, "/2.0/series", `{"serie":{"title":"Harbour Lights"}}`)
	s.Post(t, "/2.0/series/1/seasons", `{"season":{"number":1}}`)
	w.episodes = append(w.episodes, s.Post(t, "/2.0/series/1/seasons/1/episodes", `{"episode":{"number":1}}`).Header.Get("Location"))
	s.Post(t, "/2.0/collections", `{"collection":{"name":"First","query":"genres=drama"}}`)
	s.Post(t, "/2.0/synonyms", `{"synonym":{"words":["boat","ship"]}}`)
	return w
}

// film returns the body of a random film.
func (w *Catalogue) film() string {
	return fmt.Sprintf(`{"movie":{"title":%q,"release_year":%d,"imdb_rating":%.1f,"recommended":%t,"genres":[%s],"languages":[%s],"mpaa":%s,"starring":[%s],"directors":[%s],"description":%q}}`,
		w.title(), 1950+w.random.IntN(10), float64(w.random.IntN(100))/10, w.random.IntN(2) == 0,
		w.some(`"drama"`, `"noir"`), w.some(`"en"`, `"fr"`), []string{"null", `"PG"`, `"R"`}[w.random.IntN(3)], w.some(`"1"`, `"2"`), w.some(`"3"`), "Told for the "+strconv.Itoa(w.next())+"th time.")
}

func (w *Catalogue) next() int { w.count++; return w.count }

// title returns a title that the searches find, or one that they do not find.
func (w *Catalogue) title() string {
	switch w.random.IntN(4) {
	case 0:
		return "Lantern"
	case 1:
		return fmt.Sprintf("Glass %d", w.next())
	}
	return fmt.Sprintf("Ferry to %d", w.next())
}

// some returns a random selection of the items, joined by commas.
func (w *Catalogue) some(items ...string) string {
	return strings.Join(slices.DeleteFunc(items, func(string) bool { return w.random.IntN(2) == 0 }), ",")
}

// proofKind is a kind of write. Its probability is proportional to its weight.
type proofKind struct {
	Name   string
	weight int
	make   func(w *Catalogue, t *testing.T, s fixture.Site, e fixture.Env) Write
}

// Kinds are the kinds of writes. A deletion or update without an object creates one.
var Kinds = []proofKind{
	{"import", 1, (*Catalogue).imported},
	{"genre renamed", 1, func(w *Catalogue, t *testing.T, s fixture.Site, _ fixture.Env) Write {
		return Done(t, s, http.MethodPut, "/2.0/genres/drama", fmt.Sprintf(`{"genre":{"name":"Drama %d"}}`, w.next()))
	}},
	{"person renamed", 2, (*Catalogue).renamed},
	{"person pictured", 3, func(w *Catalogue, t *testing.T, s fixture.Site, _ fixture.Env) Write {
		person, picture := 1+w.random.IntN(3), fmt.Sprintf(`{"person":{"images":{"icon":{"64":{"url":"https://img.example/%d"}}}}}`, w.next())
		return Done(t, s, http.MethodPut, fmt.Sprintf("/2.0/persons/%d", person), picture)
	}},
	{"film created", 4, (*Catalogue).created},
	{"film deleted", 3, func(w *Catalogue, t *testing.T, s fixture.Site, e fixture.Env) Write {
		if len(w.Films) == 0 {
			return w.created(t, s, e)
		}
		return Done(t, s, http.MethodDelete, w.take(&w.Films)+"?cascade=true", "") // collections may name it
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
	{"collection written", 10, (*Catalogue).collected},
	{"synonym written", 3, (*Catalogue).reworded},
	{"series changed", 1, func(w *Catalogue, t *testing.T, s fixture.Site, _ fixture.Env) Write {
		return Done(t, s, http.MethodPut, "/2.0/series/1", fmt.Sprintf(`{"serie":{"description":"%d"}}`, w.next()))
	}},
}

// Write makes one write, through the site or with a command. The first writes are one of
// each kind, in random order.
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

// drawn returns a random index of Kinds.
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
	panic("draw beyond the sum of weights")
}

// renamed gives a person another name, or the first one again. All films of the person
// change.
func (w *Catalogue) renamed(t *testing.T, s fixture.Site, _ fixture.Env) Write {
	t.Helper()
	name := "Ina Test"
	if w.other = !w.other; w.other {
		name = fmt.Sprintf("Ina %d", w.next())
	}
	return Done(t, s, http.MethodPut, "/2.0/persons/1", fmt.Sprintf(`{"person":{"name":%q}}`, name))
}

// created creates a film.
func (w *Catalogue) created(t *testing.T, s fixture.Site, _ fixture.Env) Write {
	t.Helper()
	written := Done(t, s, http.MethodPost, "/2.0/movies", w.film())
	w.Films = append(w.Films, written.What)
	return written
}

// reworded creates, changes or deletes the synonym of boat, which no film has.
func (w *Catalogue) reworded(t *testing.T, s fixture.Site, _ fixture.Env) Write {
	t.Helper()
	const path = "/2.0/synonyms/boat"
	if w.synonym && w.random.IntN(3) == 0 {
		w.synonym = false
		return Done(t, s, http.MethodDelete, path, "")
	}
	// Every write changes the words.
	body := fmt.Sprintf(`{"synonym":{"words":["boat",%q,"ship %d"],"from":%s}}`,
		[]string{"ferries", "glass", "told for the"}[w.random.IntN(3)], w.next(), []string{"null", `"boat"`}[w.random.IntN(2)])
	if !w.synonym {
		w.synonym = true
		return Done(t, s, http.MethodPost, "/2.0/synonyms", body)
	}
	return Done(t, s, http.MethodPut, path, body)
}

// continued creates an episode.
func (w *Catalogue) continued(t *testing.T, s fixture.Site, _ fixture.Env) Write {
	t.Helper()
	body := fmt.Sprintf(`{"episode":{"number":%d,"title":"Part"}}`, w.next()+1)
	written := Done(t, s, http.MethodPost, "/2.0/series/1/seasons/1/episodes", body)
	w.episodes = append(w.episodes, written.What)
	return written
}

// Vote likes a film and counts a view of it. Both make no version.
func (w *Catalogue) Vote(t *testing.T, s fixture.Site) {
	t.Helper()
	if len(w.Films) == 0 {
		return
	}
	film := w.Films[w.random.IntN(len(w.Films))]
	s.Do(t, http.MethodPut, film+"/like", "", http.StatusNoContent)
	s.Do(t, http.MethodPost, film+"/views", "", http.StatusNoContent)
}

// take removes and returns one of the paths.
func (w *Catalogue) take(paths *[]string) string {
	i := w.random.IntN(len(*paths))
	path := (*paths)[i]
	*paths = slices.Delete(*paths, i, i+1)
	return path
}

// Done makes a write and returns it. An error ends the test.
func Done(t *testing.T, s fixture.Site, method, path, body string) Write {
	t.Helper()
	a, err := s.Send(t.Context(), method, path, body)
	if err != nil || a.Status >= http.StatusMultipleChoices {
		t.Fatalf("%s %s %s: got %+v, %v; want success", method, path, body, a, err)
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

// imported imports two films in one batch. The change log has no documents of them.
func (w *Catalogue) imported(t *testing.T, s fixture.Site, e fixture.Env) Write {
	t.Helper()
	films := fmt.Sprintf(`[{"title":"Ferry to %d","year":1951,"cast":["Ina Test"],"genres":["Noir"],"href":null},
		{"title":"Glass %d","year":1953,"cast":[],"genres":[],"href":null}]`, w.next(), w.next())
	fixture.Run(t, e, "import", "wikipedia", fixture.WriteFile(t, "films.json", films))
	return Write{What: "an import", Version: s.Version(t)}
}

// Seeded returns a source that differs in every run. To repeat a run, set MARQUEE_SEED to
// the seed that it logged.
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

// NewRandom returns a source that is the same in every run.
func NewRandom() *rand.Rand { return rand.New(rand.NewPCG(5, 7)) }
