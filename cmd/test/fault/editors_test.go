package fault_test

import (
	"context"
	"fmt"
	"net/http"

	"marquee/cmd/test/fixture"
)

// writeSome writes the next state of a film of the editor, or creates another film. A
// later turn retries what failed.
func (c *crowd) writeSome(ctx context.Context, editor, n int) {
	ctx, cancel := context.WithTimeout(ctx, fixture.Patience)
	defer cancel()
	if n%crowdCreates == crowdCreates-1 {
		c.create(ctx, editor)
		return
	}
	c.update(ctx, editor, c.films[editor*crowdFilms+n%crowdFilms])
}

// update writes the next state, if the film is in the last one: a request that arrives
// late must not undo a later, acknowledged write.
func (c *crowd) update(ctx context.Context, editor int, f *ledger) {
	f.mu.Lock()
	n, tag := len(f.states), f.tag
	f.mu.Unlock()
	in := c.begin()
	a, err := c.ask(ctx, editor, http.MethodPut, f.path, fmt.Sprintf(`{"movie":{%s}}`, stateFields(n)), "If-Match", tag)
	c.count(in, "write", a, err)
	switch {
	case transient(a, err):
		f.mu.Lock()
		f.uncertain = true
		f.mu.Unlock()
	case a.Status == http.StatusOK:
		f.acknowledge(a)
	case a.Status == http.StatusPreconditionFailed: // the editor or the gateway has sent it before
		c.recall(ctx, editor, f, n)
	default:
		c.isWrong("PUT %s: got %d: %s", f.path, a.Status, a.Body)
	}
}

// recall reads whether a write whose reply was lost was made. Nothing else can have
// made another version of the film.
func (c *crowd) recall(ctx context.Context, editor int, f *ledger, n int) {
	in := c.begin()
	a, err := c.ask(ctx, editor, http.MethodGet, f.path, "", "Authorization", "Bearer "+c.Token)
	c.count(in, "look", a, err)
	if transient(a, err) {
		return
	}
	shown, err := filmsOf(a)
	if err != nil || a.Status != http.StatusOK || shown.states[f.id] != n {
		c.isWrong("GET %s: want state %d, whose write must have been made; got %d: %s", f.path, n, a.Status, a.Body)
		return
	}
	f.acknowledge(a)
}

// create creates a film. With an Idempotency-Key, it repeats the request until it is
// acknowledged.
func (c *crowd) create(ctx context.Context, editor int) {
	in, title := c.begin(), c.nextTitle(editor)
	a, err := c.ask(ctx, editor, http.MethodPost, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":%q}}`, title), "Idempotency-Key", title)
	c.count(in, "write", a, err)
	switch {
	case transient(a, err), a.Status == http.StatusConflict: // the first request is still running
	case a.Status == http.StatusCreated:
		c.mu.Lock()
		c.created[a.Header.Get("Location")] = title
		c.pending[editor].title = ""
		c.mu.Unlock()
	default:
		c.isWrong("POST %q: got %d: %s", title, a.Status, a.Body)
	}
}

// pendingFilm is a film that an editor creates, until it is acknowledged.
type pendingFilm struct {
	title string // "" for none
	count int
}

// nextTitle returns the title of the film that the editor creates.
func (c *crowd) nextTitle(editor int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &c.pending[editor]
	if p.title == "" {
		p.count++
		p.title = fmt.Sprintf("Osprey-%d-%d", editor, p.count)
	}
	return p.title
}
