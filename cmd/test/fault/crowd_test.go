package fault_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/api"
	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
)

const (
	crowdReaders   = 8
	crowdReadEvery = 20 * time.Millisecond
	// crowdWitnesses ask for what they know was acknowledged; while it cannot be
	// shown they wait, and nobody else does for them.
	crowdWitnesses    = 3
	crowdWitnessEvery = 50 * time.Millisecond
	crowdEditors      = 3
	// crowdWriteEvery is often enough that something is always touched.
	crowdWriteEvery = 40 * time.Millisecond
	// crowdFilms has each editor.
	crowdFilms = 4
	// crowdCreates is how many changes an editor makes before another film.
	crowdCreates = 8
)

// crowd are readers and editors at a gateway. Each film is written by one editor
// alone, so that everybody knows what an answer may show, and checks it.
type crowd struct {
	entrance
	films   []*ledger
	byID    map[string]*ledger
	targets []string // that are hot
	cancel  context.CancelFunc
	group   sync.WaitGroup

	mu      sync.Mutex
	asking  *window           // what is asked now
	wrong   []string          // what nobody should get
	stale   int               // answers that were older than they may be
	failed  int               // reads of hot targets without a 200
	created map[string]string // titles that were acknowledged, by path
	away    bool              // whether nothing is at the entrance
	back    time.Time         // when something came there again
	pending [crowdEditors]pendingFilm
}

// window counts what was asked in a time, when its answers come.
type window struct {
	counts  map[string]int // by who asked and what came
	slowest time.Duration  // answer to a read of a hot target
	waited  int            // answers "Min-Version 503" for which the whole wait was over
	open    int            // requests that have no answer yet
}

// entrance is where a crowd asks.
type entrance struct {
	fixture.Site // with the token of the editors
	client       *http.Client
	reading      []string // headers of reads of hot targets
	forwarded    bool     // whether each client says that it has another address
}

// ask asks as one of the clients: an editor where it writes or looks what it wrote.
func (e *entrance) ask(ctx context.Context, who int, method, path, body string, headers ...string) (*fixture.Answer, error) {
	if e.forwarded {
		headers = append(slices.Clone(headers), "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", who))
	}
	s := e.Site
	if method == http.MethodGet {
		s = e.Public()
	}
	return s.SendBy(ctx, e.client, method, path, body, headers...)
}

// startCrowd makes the films, has everything that is hot read at each of the
// processes, and starts the clients. The test's end stops them.
func startCrowd(t *testing.T, at entrance, processes ...*fixture.Process) *crowd {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &crowd{entrance: at, byID: map[string]*ledger{}, cancel: cancel, asking: newWindow(), created: map[string]string{}}
	for i := range crowdEditors * crowdFilms {
		c.addFilm(t, i)
	}
	c.makeHot()
	for _, p := range processes {
		for _, target := range c.targets {
			p.Get(t, target)
		}
	}
	t.Cleanup(c.stop)
	for i := range crowdReaders {
		c.group.Go(func() {
			load.Every(ctx, crowdReadEvery, func(n int) { c.readHot(context.WithoutCancel(ctx), i, c.targets[(i*7+n)%len(c.targets)]) })
		})
	}
	for i := range crowdWitnesses {
		c.group.Go(func() {
			load.Every(ctx, crowdWitnessEvery, func(n int) { c.readAtLeast(context.WithoutCancel(ctx), i, c.films[(i+n)%len(c.films)]) })
		})
	}
	for i := range crowdEditors {
		c.group.Go(func() {
			load.Every(ctx, crowdWriteEvery, func(n int) { c.writeSome(context.WithoutCancel(ctx), i, n) })
		})
	}
	return c
}

// addFilm makes a film, whose first state is acknowledged.
func (c *crowd) addFilm(t *testing.T, i int) {
	t.Helper()
	a, err := c.ask(t.Context(), i, http.MethodPost, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Kestrel %d","genres":[{"name":"Falconry"}],%s}}`, i, stateFields(0)))
	if err != nil || a.Status != http.StatusCreated {
		t.Fatalf("%+v, %v", a, err)
	}
	f := newLedger(a)
	c.films = append(c.films, f)
	c.byID[f.id] = f
}

// makeHot lists what is read all the time: films, lists that every change touches
// or none does, and searches.
func (c *crowd) makeHot() {
	var ids []string
	for _, f := range c.films {
		c.targets = append(c.targets, f.path)
		ids = append(ids, f.id)
	}
	for some := range slices.Chunk(ids, crowdFilms) {
		c.targets = append(c.targets, "/2.0/movies?ids="+strings.Join(some, ","))
	}
	c.targets = append(c.targets, "/2.0/movies?sort=title&limit=20", "/2.0/movies?year=1950..1952", "/2.0/genres/falconry",
		"/2.0/movies?q=kestrel&limit=20", "/2.0/movies?q=kestrel+7&q_type=exact", "/2.0/movies?genres=falconry&limit=20")
}

// stop lets the requests on their way end.
func (c *crowd) stop() {
	c.cancel()
	c.group.Wait()
}

// readHot must be answered with 200, with nothing that is older than promised.
func (c *crowd) readHot(ctx context.Context, reader int, target string) {
	ctx, cancel := context.WithTimeout(ctx, fixture.Patience)
	defer cancel()
	in, asked := c.begin(), time.Now()
	a, err := c.ask(ctx, reader, http.MethodGet, target, "", c.reading...)
	took := time.Since(asked)
	if err != nil && c.unheard(asked) {
		c.count(in, "no gateway", a, err)
		return
	}
	c.count(in, "hot read", a, err)
	c.mu.Lock()
	in.slowest = max(in.slowest, took)
	if err != nil || a.Status != http.StatusOK {
		c.failed++
	}
	c.mu.Unlock()
	switch {
	case err != nil:
		c.isWrong("GET %s: %v", target, err)
	case a.Status != http.StatusOK:
		c.isWrong("GET %s: %d (%s): %s", target, a.Status, a.Header.Get("Cache-Status"), a.Body)
	default:
		c.check(target, asked, 0, a)
	}
}

// leave says that nothing is at the entrance from now on, arrive that there is again.
func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away = true
}

func (c *crowd) arrive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away, c.back = false, time.Now()
}

// unheard reports whether a request may have found nothing at the entrance, in which
// case no process is to blame for it.
func (c *crowd) unheard(asked time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.away || asked.Before(c.back)
}

// readAtLeast asks for what was acknowledged, which is shown or refused.
func (c *crowd) readAtLeast(ctx context.Context, witness int, f *ledger) {
	ctx, cancel := context.WithTimeout(ctx, fixture.Patience)
	defer cancel()
	n, version := f.acknowledged()
	if version == 0 {
		return // it was seen, not acknowledged
	}
	in, asked := c.begin(), time.Now()
	a, err := c.ask(ctx, crowdReaders+witness, http.MethodGet, f.path, "", "Min-Version", fmt.Sprint(version))
	if err == nil && a.Status == http.StatusServiceUnavailable && time.Since(asked) >= api.DefaultVersionWait {
		c.mu.Lock()
		in.waited++
		c.mu.Unlock()
	}
	c.count(in, "Min-Version", a, err)
	if err != nil {
		return
	}
	switch a.Status {
	case http.StatusOK:
		c.check(f.path+" at version "+fmt.Sprint(version), asked, n, a)
	case http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
	default:
		c.isWrong("GET %s, Min-Version %d: %d: %s", f.path, version, a.Status, a.Body)
	}
}

// check holds every film that an answer shows against its ledger; it must be in
// the state or a later one.
func (c *crowd) check(what string, asked time.Time, atLeast int, a *fixture.Answer) {
	shown, err := filmsOf(a)
	if err != nil {
		c.isWrong("GET %s: %v: %s", what, err, a.Body)
	}
	for id, n := range shown.states {
		f := c.byID[id]
		if f == nil {
			continue
		}
		if oldest := max(atLeast, f.owed(asked, shown)); n < oldest {
			c.mu.Lock()
			c.stale++
			c.mu.Unlock()
			c.isWrong("GET %s shows film %s in state %d, promised is %d (%s; index version %d; asked %s ago)",
				what, id, n, oldest, a.Header.Get("Cache-Status"), shown.index, time.Since(asked))
		}
		if newest := f.newest(); n > newest {
			c.isWrong("GET %s shows film %s in state %d, which nobody has written after %d", what, id, n, newest)
		}
	}
}

// count counts an answer to what was asked in a window, or that there was none.
func (c *crowd) count(in *window, who string, a *fixture.Answer, err error) {
	what := "no answer"
	if err == nil {
		what = fmt.Sprint(a.Status)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	in.counts[who+" "+what]++
	in.open--
}

// isWrong keeps the first of what nobody should get.
func (c *crowd) isWrong(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) < 20 {
		c.wrong = append(c.wrong, time.Now().UTC().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
	}
}

func newWindow() *window { return &window{counts: map[string]int{}} }

// begin begins a request: its answer is to be counted in the window.
func (c *crowd) begin() *window {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking.open++
	return c.asking
}

// nextWindow begins a window. The one before it may be read when all its requests
// have their answers.
func (c *crowd) nextWindow() (last, next *window) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, c.asking = c.asking, newWindow()
	return last, c.asking
}

// answered waits for the answers to what was asked in a window.
func (c *crowd) answered(t *testing.T, in *window) {
	t.Helper()
	fixture.Eventually(t, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if in.open > 0 {
			return fmt.Errorf("%d requests have no answer", in.open)
		}
		return nil
	})
}

// await waits until something was counted so many times more.
func (c *crowd) await(t *testing.T, what string, more int) {
	t.Helper()
	seen := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.asking.counts[what]
	}
	enough := seen() + more
	fixture.Eventually(t, func() error {
		if n := seen(); n < enough {
			return fmt.Errorf("%q was seen %d of %d times", what, n, enough)
		}
		return nil
	})
}
