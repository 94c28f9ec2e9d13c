package measure_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"marquee/cmd/program"
	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/devstack"
)

const (
	// All hot answers are asked for as often as each other.
	hotLists, hotFilms = 1000, 5000
	// precisionReads between two writes make 20 writes a second of 40,000 reads a
	// second, which is about what one process answers from memory.
	precisionReads  = 2000
	precisionWrites = 10
	// busyReads between two writes, and busyWrites of them, make the same reads with 200
	// writes a second: more than editors do, as a feed might.
	busyReads        = 200
	busyWrites       = 50
	precisionClients = 4
	// leastPrecision is the share of hits among answers that no write has changed.
	leastPrecision = 0.99
)

// precisionCatalogue is which films of the Wikipedia are there.
type precisionCatalogue struct {
	files        string // a pattern
	since, years int    // whose lists are read
}

// precision counts the answers that are byte for byte what they were when they
// were last read: no write has changed them, so each should have been a hit.
type precision struct {
	fixture.Site
	targets []*precisionTarget
	writes  int // so far; all are of films, which every target shows

	mu      sync.Mutex
	same    int // answers that were as before
	hits    int // of these, those from memory
	byNoun  int // of these, those that would be if a write flushed all that shows its noun
	changed int // answers that were not
}

// precisionTarget is an answer that is kept.
type precisionTarget struct {
	target string
	mu     sync.Mutex // held while it is read
	body   string
	read   int // after how many writes that was
}

// hotTargets are lists and films that are asked for again and again. Of the lists,
// ten have no filter, so that every write counts as touching them; a tenth has a
// year; the others have a person, a genre and a year, or a whole title.
func hotTargets(c precisionCatalogue, titles []string) []*precisionTarget {
	genres := []string{"drama", "comedy", "crime", "western", "romance", "horror", "adventure", "musical"}
	var targets []*precisionTarget
	for i := range hotLists {
		year := c.since + i/10%c.years
		list := fmt.Sprintf("genres=%s&year=%d", genres[i%len(genres)], year)
		switch {
		case i%100 == 0:
			list = fmt.Sprintf("sort=-added&offset=%d", i/10)
		case i%10 == 1:
			list = fmt.Sprintf("year=%d&sort=title", year)
		case i%10 < 6:
			list = fmt.Sprintf("persons=%d", 1+i)
		case i%10 == 6:
			list = "q_type=exact&q=" + url.QueryEscape(titles[i%len(titles)])
		}
		targets = append(targets, &precisionTarget{target: "/2.0/movies?" + list})
	}
	for id := range hotFilms {
		targets = append(targets, &precisionTarget{target: fmt.Sprintf("/2.0/movies/%d", 1+id)})
	}
	return targets
}

// read reads a target and takes note of what came.
func (p *precision) read(ctx context.Context, target *precisionTarget) error {
	target.mu.Lock()
	defer target.mu.Unlock()
	a, err := p.Public().Send(ctx, http.MethodGet, target.target, "")
	if err != nil || a.Status != http.StatusOK {
		return fmt.Errorf("%s: %+v, %w", target.target, a, err)
	}
	first, same := target.body == "", target.body == string(a.Body)
	// A busy machine may leave the log unread for a second, which hits say.
	hit, flushed := fixture.SourceOf(a) == "hit" || strings.HasSuffix(a.Header.Get("Cache-Status"), "; detail=UNCHECKED"), target.read < p.writes
	target.body, target.read = string(a.Body), p.writes
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case first:
	case same:
		p.same++
		if hit {
			p.hits++
		}
		if !flushed {
			p.byNoun++
		}
	default:
		p.changed++
	}
	return nil
}

// readMany reads targets that next draws, through several connections.
func (p *precision) readMany(t *testing.T, reads int, next func(client, n int) *precisionTarget) {
	t.Helper()
	clients, ctx := errgroup.WithContext(t.Context())
	for client := range precisionClients {
		clients.Go(func() error {
			for n := range reads / precisionClients {
				if err := p.read(ctx, next(client, n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := clients.Wait(); err != nil {
		t.Fatal(err)
	}
}

// imported imports the films and starts a process over them.
func (c precisionCatalogue) imported(t *testing.T) (s fixture.Site, titles []string) {
	t.Helper()
	e := fixture.Catalogue(t)
	e.WithoutLimits()
	paths, err := filepath.Glob(filepath.Join(devstack.Data(t, "wikipedia"), c.files))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	program := program.New(io.Discard, io.Discard)
	program.Getenv = e.Get
	if err := program.Run(ctx, append([]string{"import", "wikipedia"}, paths...)); err != nil {
		t.Fatal(err)
	}
	s = fixture.Site{Base: fixture.Serve(t, e, "--log-level", "error").Base, Token: fixture.NewToken(t, e)}
	var page fixture.Films
	if err := json.Unmarshal(s.Get(t, "/2.0/movies?limit=100&fields=title").Body, &page); err != nil {
		t.Fatal(err)
	}
	for _, m := range page.Movies {
		titles = append(titles, m.Title)
	}
	return s, titles
}

// write changes a film that is read, or has one come or go.
func (p *precision) write(t *testing.T, random *rand.Rand, year int) {
	t.Helper()
	body := fmt.Sprintf(`{"movie":{"title":"Film %d","release_year":%d,"genres":["drama"],"starring":["%d"]}}`, p.writes, year, 1+random.IntN(hotLists))
	if p.writes%5 == 4 {
		location := p.Post(t, "/2.0/movies", body).Header.Get("Location")
		p.Do(t, http.MethodDelete, location, "", http.StatusNoContent)
	} else {
		p.Do(t, http.MethodPut, fmt.Sprintf("/2.0/movies/%d", 1+random.IntN(hotFilms)), body, http.StatusOK)
	}
	p.writes++
}

// An editor's write costs the cache the answers that it changes, and next to none
// besides.
func TestPrecision(t *testing.T) {
	t.Parallel()
	c := precisionCatalogue{"movies-19[45]0s.json.gz", 1940, 20} // some 7,000 films
	if os.Getenv(soakVariable) != "" {
		c = precisionCatalogue{"*.json.gz", 1920, 100} // all 36,273, which take a minute to import
	}
	s, titles := c.imported(t)
	p := &precision{Site: s, targets: hotTargets(c, titles)}
	p.readMany(t, len(p.targets), func(client, n int) *precisionTarget { return p.targets[n*precisionClients+client] })
	random := load.NewRandom()
	p.round(t, random, c, precisionWrites, precisionReads)
	if share := p.share(t, precisionReads); share < leastPrecision {
		t.Errorf("only %.4f of the answers that no write had changed were hits", share)
	}
	if p.changed == 0 {
		t.Error("no write has changed anything")
	}
	p.same, p.hits, p.byNoun, p.changed = 0, 0, 0, 0
	p.round(t, random, c, busyWrites, busyReads)
	p.share(t, busyReads)
}

// round writes and reads in turn.
func (p *precision) round(t *testing.T, random *rand.Rand, c precisionCatalogue, writes, reads int) {
	t.Helper()
	for range writes {
		p.write(t, random, c.since+random.IntN(c.years))
		seed := random.Uint64()
		draws := [precisionClients]*rand.Rand{}
		for i := range draws {
			draws[i] = rand.New(rand.NewPCG(seed, uint64(i)))
		}
		p.readMany(t, reads, func(client, _ int) *precisionTarget { return p.targets[draws[client].IntN(len(p.targets))] })
	}
}

// share logs what was counted, and is the share of hits among what no write has
// changed.
func (p *precision) share(t *testing.T, reads int) float64 {
	t.Helper()
	share := float64(p.hits) / float64(p.same)
	t.Logf("%d lists and %d films, %d reads a write, %d writes so far: %d answers had changed; of %d that had not, %.2f %% were hits; flushing by noun would have kept %.2f %%",
		hotLists, hotFilms, reads, p.writes, p.changed, p.same, 100*share, 100*float64(p.byNoun)/float64(p.same))
	return share
}
