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

	"marquee/deploy/await"

	"marquee/api"
	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
)

const (
	crowdReaders   = 8
	crowdReadEvery = 20 * time.Millisecond
	// crowdWitnesses is the number of clients that read acknowledged versions with
	// Min-Version. Their requests may wait for a version.
	crowdWitnesses    = 3
	crowdWitnessEvery = 50 * time.Millisecond
	crowdEditors      = 3
	// crowdWriteEvery is so short that writes always touch some cached responses.
	crowdWriteEvery = 40 * time.Millisecond
	// crowdFilms is the number of films of each editor.
	crowdFilms = 4
	// crowdCreates is the number of writes of an editor of which the last one creates a
	// film.
	crowdCreates = 8
)

// crowd is a set of readers and editors at a gateway. Only one editor writes a film, so
// that all clients know the states that a reply may show, and check them.
type crowd struct {
	entrance
	films   []*ledger
	byID    map[string]*ledger
	targets []string // hot targets
	cancel  context.CancelFunc
	group   sync.WaitGroup

	mu      sync.Mutex
	current *window           // of requests that begin now
	wrong   []string          // wrong replies
	stale   int               // replies that were older than promised
	failed  int               // reads of hot targets without a 200
	created map[string]string // acknowledged titles by path
	closed  bool              // whether the entrance is closed
	opened  time.Time         // when it was opened again
	pending [crowdEditors]pendingFilm
}

// window counts the replies to the requests that began in a period.
type window struct {
	counts  map[string]int // by kind of request and result
	slowest time.Duration  // of the reads of hot targets
	waited  int            // replies "Min-Version 503" after the full wait
	open    int            // requests without a reply so far
}

// entrance is the server that a crowd sends requests to.
type entrance struct {
	fixture.Site // with the token of the editors
	client       *http.Client
	reading      []string // headers of reads of hot targets
	forwarded    bool     // whether each client sends another X-Forwarded-For
}

// ask sends a request of a client. GET is without the token, unless headers have it.
func (e *entrance) ask(ctx context.Context, client int, method, path, body string, headers ...string) (*fixture.Answer, error) {
	if e.forwarded {
		headers = append(slices.Clone(headers), "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", client))
	}
	s := e.Site
	if method == http.MethodGet {
		s = e.Public()
	}
	return s.SendBy(ctx, e.client, method, path, body, headers...)
}

// startCrowd creates the films, reads all hot targets at each process, and starts the
// clients. They stop at the end of the test.
func startCrowd(t *testing.T, at entrance, processes ...*fixture.Process) *crowd {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &crowd{entrance: at, byID: map[string]*ledger{}, cancel: cancel, current: newWindow(), created: map[string]string{}}
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

// addFilm creates a film in its first state.
func (c *crowd) addFilm(t *testing.T, i int) {
	t.Helper()
	a, err := c.ask(t.Context(), i, http.MethodPost, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Kestrel %d","genres":[{"name":"Falconry"}],%s}}`, i, stateFields(0)))
	if err != nil || a.Status != http.StatusCreated {
		t.Fatalf("create film %d: got %+v, %v", i, a, err)
	}
	f := newLedger(a)
	c.films = append(c.films, f)
	c.byID[f.id] = f
}

// makeHot sets the hot targets: films, lists that all changes touch, lists that no
// change touches, and searches.
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

// stop stops the clients after their current requests.
func (c *crowd) stop() {
	c.cancel()
	c.group.Wait()
}

// readHot reads a hot target. The reply must be 200 and not older than promised.
func (c *crowd) readHot(ctx context.Context, reader int, target string) {
	ctx, cancel := context.WithTimeout(ctx, fixture.Patience)
	defer cancel()
	in, asked := c.begin(), time.Now()
	a, err := c.ask(ctx, reader, http.MethodGet, target, "", c.reading...)
	took := time.Since(asked)
	if err != nil && c.entranceClosed(asked) {
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
		c.isWrong("GET %s: got %v, want 200", target, err)
	case a.Status != http.StatusOK:
		c.isWrong("GET %s: got %d (%s), want 200: %s", target, a.Status, a.Header.Get("Cache-Status"), a.Body)
	default:
		c.check(target, asked, 0, a)
	}
}

// closeEntrance marks the entrance as out of reach, until openEntrance.
func (c *crowd) closeEntrance() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// openEntrance marks the entrance as reachable again.
func (c *crowd) openEntrance() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed, c.opened = false, time.Now()
}

// entranceClosed reports whether a request may have failed because the entrance was
// closed. Such a failure is no fault of a process.
func (c *crowd) entranceClosed(asked time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed || asked.Before(c.opened)
}

// readAtLeast reads a film at its last acknowledged version. The reply must have that
// state or a later one, or be a refusal.
func (c *crowd) readAtLeast(ctx context.Context, witness int, f *ledger) {
	ctx, cancel := context.WithTimeout(ctx, fixture.Patience)
	defer cancel()
	n, version := f.acknowledged()
	if version == 0 {
		return // the last state was seen in a GET, which has no version
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
		c.isWrong("GET %s, Min-Version %d: got %d: %s", f.path, version, a.Status, a.Body)
	}
}

// check compares the films in a reply with their ledgers. A film must be at least in
// state atLeast.
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
		if oldest := max(atLeast, f.oldestAllowed(asked, shown)); n < oldest {
			c.mu.Lock()
			c.stale++
			c.mu.Unlock()
			c.isWrong("GET %s: got film %s in state %d, want at least %d (%s; index version %d; asked %s ago)",
				what, id, n, oldest, a.Header.Get("Cache-Status"), shown.index, time.Since(asked))
		}
		if newest := f.newestAllowed(); n > newest {
			c.isWrong("GET %s: got film %s in state %d, want at most %d", what, id, n, newest)
		}
	}
}

// count counts the reply to a request of a kind, or its absence, in a window.
func (c *crowd) count(in *window, kind string, a *fixture.Answer, err error) {
	what := "no answer"
	if err == nil {
		what = fmt.Sprint(a.Status)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	in.counts[kind+" "+what]++
	in.open--
}

// isWrong records a wrong reply, up to 20 of them.
func (c *crowd) isWrong(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) < 20 {
		c.wrong = append(c.wrong, time.Now().UTC().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
	}
}

func newWindow() *window { return &window{counts: map[string]int{}} }

// begin begins a request and returns the window in which its reply must be counted.
func (c *crowd) begin() *window {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current.open++
	return c.current
}

// nextWindow begins a window. The last one is complete after awaitReplies.
func (c *crowd) nextWindow() (last, next *window) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, c.current = c.current, newWindow()
	return last, c.current
}

// awaitReplies waits for the replies to all requests of a window.
func (c *crowd) awaitReplies(t *testing.T, in *window) {
	t.Helper()
	await.Nil(t, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if in.open > 0 {
			return fmt.Errorf("%d requests have no reply", in.open)
		}
		return nil
	})
}

// await waits until a kind of reply was counted more times.
func (c *crowd) await(t *testing.T, what string, more int) {
	t.Helper()
	seen := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.current.counts[what]
	}
	enough := seen() + more
	await.Nil(t, func() error {
		if n := seen(); n < enough {
			return fmt.Errorf("%q: got %d, want %d", what, n, enough)
		}
		return nil
	})
}
