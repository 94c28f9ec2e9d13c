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

// Plan returns the plan of a read for the cache in front: the target that all spellings
// of the request share, and the subject for Freshness. It returns nil for requests that
// are not reads of the catalogue or have faults. The API answers these itself. Plan does
// not use the store.
func (a *API) Plan(r *http.Request) *plan.Plan {
	c := a.routed(r)
	if c == nil {
		return nil
	}
	p := c.plan()
	if p != nil && c.route.Kind == route.Changes {
		p.Streams = a.streams
	}
	return p
}

// routed returns the call of a read, nil for another request or a path without a
// route.
func (a *API) routed(r *http.Request) *call {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil
	}
	r = normalized(r)
	var match mux.RouteMatch
	if !a.router.Match(r, &match) {
		return nil
	}
	e, ok := match.Handler.(*endpoint)
	if !ok || e.action(http.MethodGet) == nil {
		return nil
	}
	c := &call{r: r, route: e.route, timeout: a.config.QueryTimeout, synonyms: a.config.Synonyms}
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
		if err != nil || !list.At.IsZero() { // only editors choose an instant
			return nil
		}
		list.Within(c.parents())
		c.withSynonyms(&list.Query)
		p.Target = list.Target()
		if list.Query.ByExpression() {
			p.Timeout = 2 * expressionFactor * c.timeout // twice what the store may take
		}
		p.Subject, p.Weight = touch.NewInterest(&list.Query), subjectBytes(&list.Query, len(p.Target))
	case route.Object:
		single, err := param.ParseObject(c.route.Noun, c.path(), c.query())
		if err != nil || !single.At.IsZero() {
			return nil
		}
		p.Target, p.Subject, p.Weight = single.Target(), object{noun: c.route.Noun, id: c.id()}, objectBytes
	case route.Films:
		films, err := param.ParseFilms(c.route.Noun, c.path(), c.query())
		if err != nil || !films.At.IsZero() {
			return nil
		}
		p.Target, p.Subject, p.Weight = films.Target(), object{noun: c.route.Variables[0], id: c.id()}, objectBytes
		p.Timeout = 2 * expressionFactor * c.timeout // the rule may be an expression
	case route.Suggest:
		suggest, err := param.ParseSuggest(c.path(), c.query())
		if err != nil {
			return nil
		}
		p.Target = suggest.Target()
		p.Subject, p.Weight = touch.NewSuggestions(&suggest.Query), suggestBytes(&suggest.Query)
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

// The memory of subjects in bytes, measured over 2,000 of each kind. A match makes its
// terms at its first check. They are counted in advance.
const (
	objectBytes = 64
	// A list of 100 ids, the maximum, uses 3.9 KB with a target of 677 bytes.
	listBytes, listFactor = 160, 6
	// One word of 8 letters uses 250 bytes, 200 letters of words for genres 4.5 KB.
	matchBytes, matchFactor = 200, 40
	// Expressions use 1.5 KB to 60 KB, depending on their instructions, which are not
	// known here. They are rare.
	regexBytes = 32 << 10
)

// subjectBytes estimates the memory of a list's subject. target is the length of its
// target.
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

// suggestBytes estimates the memory of the subject of suggestions: it has their words.
func suggestBytes(q *storage.SuggestQuery) int {
	n := objectBytes
	for _, w := range q.Words {
		n += wordBytes + len(w)
	}
	return n
}

// wordBytes is the memory of a word without its letters, which may have a piece of their own.
const wordBytes = 32

// subject is the part of a plan that a change may touch.
type subject interface {
	Touched(c *storage.Change) bool
}

// object is the subject of a read of one object, which need not exist. Its parents do
// not matter: an object never moves, and a deletion of a parent logs the deletion of its
// objects.
type object struct {
	noun *storage.Noun
	id   string
}

// Touched reports whether the change names the object.
func (o object) Touched(c *storage.Change) bool {
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
