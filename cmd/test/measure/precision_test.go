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

	"marquee/cmd/command"
	"marquee/cmd/program"
	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/devstack"
)

const (
	// All targets are read equally often.
	hotLists, hotFilms = 1000, 5000
	// precisionReads is the number of reads between two writes. It stands for 20 writes
	// and 40,000 reads a second, which is about what one process answers from memory.
	precisionReads  = 2000
	precisionWrites = 10
	// busyReads is the number of reads between two writes, and busyWrites the number of
	// writes, for the same reads with 200 writes a second: more than editors, but as many
	// as an automatic feed.
	busyReads        = 200
	busyWrites       = 50
	precisionClients = 4
	// leastPrecision is the lowest share of hits among the responses that no write has
	// changed.
	leastPrecision = 0.99
)

// precisionCatalogue selects films of Wikipedia.
type precisionCatalogue struct {
	files        string // a pattern
	since, years int    // the years of the lists that are read
}

// precision counts responses with the same bytes as at their last read. No write has
// changed them, so they should have been hits.
type precision struct {
	fixture.Site
	targets []*precisionTarget
	writes  int // so far; all of them write films, and all targets show films

	mu      sync.Mutex
	same    int // responses as before
	hits    int // hits among them
	byNoun  int // hits among them if a write removed all entries that show its noun
	changed int // responses that were different
}

// precisionTarget is a target with its last response.
type precisionTarget struct {
	target string
	mu     sync.Mutex // held during a read
	body   string
	read   int // number of writes before the last read
}

// hotTargets returns the lists and films that are read. Ten lists have no filter, so that
// all writes touch them. A tenth of the lists has a year. The others have a person, a
// genre and a year, or a whole title.
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

// read reads a target, and compares the response with the last one.
func (p *precision) read(ctx context.Context, target *precisionTarget) error {
	target.mu.Lock()
	defer target.mu.Unlock()
	a, err := p.Public().Send(ctx, http.MethodGet, target.target, "")
	if err != nil || a.Status != http.StatusOK {
		return fmt.Errorf("%s: %+v, %w", target.target, a, err)
	}
	first, same := target.body == "", target.body == string(a.Body)
	// On a busy machine the change log may be unread for a second. Such hits are marked.
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

// readMany reads the targets that next returns, with several clients.
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

// imported imports the films, and starts a process.
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
	if err := program.Run(ctx, append([]string{"import", "wikipedia"}, paths...)); command.Status(err) == 1 {
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

// write updates one of the films that are read, or creates and deletes another one.
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

// A write makes the cache drop the responses that it changes, and almost no others.
func TestPrecision(t *testing.T) {
	t.Parallel()
	c := precisionCatalogue{"movies-19[45]0s.json.gz", 1940, 20} // about 7,000 films
	if os.Getenv(soakVariable) != "" {
		c = precisionCatalogue{"*.json.gz", 1920, 100} // all 36,273, which take a minute to import
	}
	s, titles := c.imported(t)
	p := &precision{Site: s, targets: hotTargets(c, titles)}
	p.readMany(t, len(p.targets), func(client, n int) *precisionTarget { return p.targets[n*precisionClients+client] })
	random := load.NewRandom()
	p.round(t, random, c, precisionWrites, precisionReads)
	if share := p.share(t, precisionReads); share < leastPrecision {
		t.Errorf("unchanged responses: got a share of hits of %.4f, want %v", share, leastPrecision)
	}
	if p.changed == 0 {
		t.Error("got no changed response, want some")
	}
	p.same, p.hits, p.byNoun, p.changed = 0, 0, 0, 0
	p.round(t, random, c, busyWrites, busyReads)
	p.share(t, busyReads)
}

// round alternates writes and reads.
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

// share logs the counts, and returns the share of hits among unchanged responses.
func (p *precision) share(t *testing.T, reads int) float64 {
	t.Helper()
	share := float64(p.hits) / float64(p.same)
	t.Logf("%d lists and %d films, %d reads per write, %d writes so far: %d responses changed; of %d unchanged ones, %.2f %% were hits; invalidation by noun would give %.2f %%",
		hotLists, hotFilms, reads, p.writes, p.changed, p.same, 100*share, 100*float64(p.byNoun)/float64(p.same))
	return share
}
