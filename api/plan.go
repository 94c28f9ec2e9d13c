package api

import (
	"net/http"

	"github.com/gorilla/mux"

	"marquee/api/param"
	"marquee/api/route"
	"marquee/cache/plan"
	"marquee/search/touch"
	"marquee/storage"
)

// Plan says what a read asks for, for the cache in front of the API: the one
// target that all spellings of the request have, and the subject that Freshness
// judges. It is nil for what is no read of the catalogue, and for requests that
// are refused by their form; those the API answers itself. Nothing is asked of
// the store.
func (a *API) Plan(r *http.Request) *plan.Plan {
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
	if !ok || e.action(http.MethodGet) == nil {
		return nil
	}
	c := &call{r: r, route: e.route}
	if c.parseIDs(match.Vars) != nil {
		return nil
	}
	return c
}

// plan returns the plan of a read, nil if its query string has faults.
func (c *call) plan() *plan.Plan {
	p := &plan.Plan{Route: c.route.Template, RouteNumber: c.route.Number, Store: true}
	switch c.route.Kind {
	case route.List:
		list, err := param.ParseList(c.route.Noun, c.path(), c.query())
		if err != nil {
			return nil
		}
		list.Within(c.parents())
		p.Target = list.Target()
		p.Subject, p.Weight = touch.NewInterest(&list.Query), subjectBytes(&list.Query, len(p.Target))
	case route.Object:
		single, err := param.ParseObject(c.route.Noun, c.path(), c.query())
		if err != nil {
			return nil
		}
		p.Target, p.Subject, p.Weight = single.Target(), object{noun: c.route.Noun, id: c.id()}, objectBytes
	case route.Changes:
		changes, err := param.ParseChanges(c.path(), c.query())
		if err != nil {
			return nil
		}
		p.Target, p.Store = changes.Target(), false // every write changes it
	default:
		return nil
	}
	return p
}

// The bytes that subjects take, measured over 3,000 of each kind. A match is made
// when it is first held against a change, so its forms are counted in advance.
const (
	objectBytes = 64
	// A list of 100 ids, the most, takes 3.9 KB with a target of 677 bytes.
	listBytes, listFactor = 160, 6
	// One word of 8 letters takes 1.6 KB, 13 of 14 letters 14 KB.
	matchBytes, matchFactor = 1000, 75
	// Expressions take 1.5 KB to 60 KB, by a number of instructions that cannot be
	// told from outside. Few are asked for.
	regexBytes = 32 << 10
)

// subjectBytes is how many bytes the subject of a list takes, whose target has so many.
func subjectBytes(q *storage.Query, target int) int {
	n := listBytes + listFactor*target
	switch {
	case q.Text == nil:
	case q.Text.Kind == storage.Match:
		n += matchBytes + matchFactor*len(q.Text.Query)
	case q.Text.Kind == storage.Regex:
		n += regexBytes
	}
	return n
}

// subject is what a change may touch.
type subject interface {
	Touched(c *storage.Change, terms func(*storage.Document) *touch.Terms) bool
}

// object is the subject of a read of one object, also where there is none. Its
// parents do not count: an object is not moved, and its own deletion is logged
// when theirs deletes it.
type object struct {
	noun *storage.Noun
	id   string
}

// Touched reports whether the change names the object.
func (o object) Touched(c *storage.Change, _ func(*storage.Document) *touch.Terms) bool {
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
