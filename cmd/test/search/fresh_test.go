package search_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"marquee/cmd/test/fixture"
)

// freshPairs is the number of writes, each with a search.
const freshPairs int64 = 10_000

// freshClients is the number of concurrent clients: enough to keep two processors busy
// while clients wait for the index, and few enough that none waits for long.
const freshClients = 8

// editor writes a film that no other client writes, and knows how it must be found.
type editor struct {
	sites  []fixture.Site // equivalent processes
	name   string
	random *rand.Rand
	id     string // of the film, "" if it does not exist
	title  string
	writes int
	old    string // a former title, which no film has
}

// write creates, updates or deletes the film, and returns the version.
func (e *editor) write(ctx context.Context) (version string, err error) {
	e.writes++
	before := e.title
	method, path, status := http.MethodPost, "/2.0/movies", http.StatusCreated
	body := func() string {
		e.title = fmt.Sprintf("%s%c%d", e.name, 'a'+rune(e.random.IntN(26)), e.writes)
		return fmt.Sprintf(`{"movie":{"title":%q,"genres":[{"name":%q}]}}`, e.title, e.name)
	}
	content := ""
	switch {
	case e.id == "":
		content = body()
	case e.random.IntN(4) == 0:
		method, path, status, e.title = http.MethodDelete, "/2.0/movies/"+e.id, http.StatusNoContent, ""
	default:
		method, path, status, content = http.MethodPut, "/2.0/movies/"+e.id, http.StatusOK, body()
	}
	if before != "" {
		e.old = before
	}
	a, err := e.anySite().Send(ctx, method, path, content)
	if err == nil && a.Status == http.StatusServiceUnavailable {
		return "", fixture.ErrBusy
	}
	if err != nil || a.Status != status {
		return "", fmt.Errorf("%s %s: got %+v, %w; want %d", method, path, a, err, status)
	}
	switch method {
	case http.MethodPost:
		e.id = a.Header.Get("Location")[len("/2.0/movies/"):]
	case http.MethodDelete:
		e.id = ""
	}
	return a.Header.Get("Catalogue-Version"), nil
}

// maxBusy is the number of requests, of thousands, that may be refused because the
// machine is busy.
const maxBusy = 100

// leave makes the editor continue with another film in another genre. It is unknown
// whether the last write was made.
func (e *editor) leave() { e.name, e.id, e.title, e.old = e.name+"x", "", "", "" }

// search searches for the film in a random way: by its title, by a former title, or by
// its genre. It returns the engine that answered, and an error for a wrong result.
func (e *editor) search(ctx context.Context, version string) (by string, err error) {
	title, there := e.title, e.id != ""
	if !there || e.old != "" && e.random.IntN(3) == 0 {
		title, there = e.old, false
	}
	form := e.random.IntN(4)
	if form == 3 { // the genre does not change
		title, there = e.title, e.id != ""
	}
	query := []string{"q_type=exact&q=" + title, "q_type=regex&q=" + url.QueryEscape("^"+title+"$"), "q=" + title, "genres=" + e.name}[form]
	f, err := e.anySite().Search(ctx, query, "Min-Version", version)
	if err != nil {
		return "", err
	}
	films := f.Movies
	if form == 2 { // films with similar titles follow
		films = slices.DeleteFunc(films, func(m fixture.Film) bool { return m.Title != title })
	}
	want := []fixture.Film{}
	if there {
		want = []fixture.Film{{ID: e.id, Title: title}}
	}
	if !slices.Equal(films, want) {
		return "", fmt.Errorf("%s at version %s: got %v, want %v, %+v", query, version, films, want, f.Meta)
	}
	if f.Meta.Indexed != nil {
		return "index", nil
	}
	return "stand-in", nil
}

func (e *editor) anySite() fixture.Site { return e.sites[e.random.IntN(len(e.sites))] }

// A search with the version of a write as Min-Version finds the write, with every kind of
// search, on all processes, during concurrent writes.
func TestNoStaleAnswer(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	first := fixture.Serve(t, e, "--log-level", "error")
	second := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0", "--log-level", "error")
	token := fixture.NewToken(t, e)
	sites := []fixture.Site{{Base: first.Base, Token: token}, {Base: second.Base, Token: token}}
	fixture.Ferries(t, sites[0])
	sites[1].AwaitIndex(t)
	pairs := freshPairs
	if testing.Short() {
		pairs /= 20
	}
	var left, byIndex, busy atomic.Int64
	left.Store(pairs)
	clients, ctx := errgroup.WithContext(t.Context())
	for i := range freshClients {
		clients.Go(func() error {
			e := &editor{sites: sites, name: fmt.Sprintf("film%c%c", 'a'+rune(i/26), 'a'+rune(i%26)), random: rand.New(rand.NewPCG(1, uint64(i)))}
			for left.Add(-1) >= 0 {
				version, err := e.write(ctx)
				if errors.Is(err, fixture.ErrBusy) && busy.Add(1) <= maxBusy {
					e.leave()
					left.Add(1)
					continue
				}
				if err != nil {
					return err
				}
				by, err := e.search(ctx, version)
				if errors.Is(err, fixture.ErrBusy) && busy.Add(1) <= maxBusy {
					left.Add(1)
					continue
				}
				if err != nil {
					return err
				}
				if by == "index" {
					byIndex.Add(1)
				}
			}
			return nil
		})
	}
	if err := clients.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("the index answered %d of %d searches", byIndex.Load(), pairs)
	if byIndex.Load() == 0 {
		t.Error("got no search answered by the index, want some")
	}
	fixture.VerifyIndex(t, e)
}
