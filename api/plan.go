package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"marquee/cache"
	"marquee/search"
	"marquee/storage"
)

// Plan says what a read asks for, for the cache in front of the API: the one
// target that all spellings of the request have, and the subject that Freshness
// judges. It is nil for what is no read of the catalogue, and for requests that
// are refused by their form; those the API answers itself. Nothing is asked of
// the store.
func (a *API) Plan(r *http.Request) *cache.Plan {
	if c := a.routed(r); c != nil {
		return c.plan()
	}
	return nil
}

// routed is the read that a request is, by its path; nil when it is none.
func (a *API) routed(r *http.Request) *call {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil
	}
	r = normalised(r)
	var match mux.RouteMatch
	if !a.router.Match(r, &match) {
		return nil
	}
	e, ok := match.Handler.(*endpoint)
	if !ok || e.route.actions[http.MethodGet] == nil {
		return nil
	}
	c := &call{r: r, route: e.route, taken: e.taken[http.MethodGet]}
	if c.readIDs(match.Vars) != nil {
		return nil
	}
	return c
}

// plan is the plan of a read whose path is known.
func (c *call) plan() *cache.Plan {
	if c.route.Kind != ListPath && c.route.Kind != ObjectPath && c.route.Kind != ChangesPath {
		return nil
	}
	asked, err := c.parameters()
	if err != nil {
		return nil
	}
	p := &cache.Plan{Target: target(asked.path, asked.pairs), Store: true}
	switch c.route.Kind {
	case ListPath:
		asked.within(c)
		p.Subject = search.NewInterest(&asked.query)
	case ObjectPath:
		p.Subject = object{noun: c.route.Noun, id: c.id()}
	case ChangesPath: // every write changes it
		p.Store = false
	}
	return p
}

// subject is what a change may touch.
type subject interface {
	Touched(c *storage.Change, terms func(*storage.Document) *search.Terms) bool
}

// object is the subject of a read of one object, also where there is none. Its
// parents do not count: an object is not moved, and its own deletion is logged
// when theirs deletes it.
type object struct {
	noun *storage.Noun
	id   string
}

// Touched reports whether the change names the object.
func (o object) Touched(c *storage.Change, _ func(*storage.Document) *search.Terms) bool {
	if c.Noun != o.noun {
		return false
	}
	for _, id := range c.IDs {
		if id == o.id {
			return true
		}
	}
	return false
}
