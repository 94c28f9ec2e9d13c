package api

import (
	"strings"
	"time"

	"marquee/api/route"
	"marquee/cache/plan"
	"marquee/storage"
)

// reached returns a version that every later read has reached, 0 without a cache in
// front.
func (a *API) reached() int64 {
	if a.config.Freshness == nil {
		return 0
	}
	return a.config.Freshness.reached()
}

// describe describes an answer to the cache in front, with its lifetimes there. An answer that
// depends on periods is right from the instant of the request on: a process whose clock is
// slower must not show it earlier.
func (a *API) describe(c *call, life *lifetime, d plan.Description) {
	if a.config.Freshness != nil {
		d.Lifetimes = life.checked
		n := c.route.Noun // nil for suggestions, which are of several nouns
		if n == nil || n.Scheduled() || c.route.Kind == route.Films {
			d.From = c.at
		}
		plan.Describe(c.r.Context(), d)
	}
}

// sourceOf returns the source of a page.
func sourceOf(page *storage.Page) plan.Source {
	if page.Indexed {
		return plan.Indexed
	}
	return plan.Committed
}

// describeMissing describes a NotFound to the cache in front, that is right until an
// instant. It returns the error.
func (a *API) describeMissing(c *call, asOf int64, until time.Time, err error) error {
	if storage.CodeOf(err) == storage.NotFound {
		a.describe(c, &missingLife, plan.Description{AsOf: asOf, Source: plan.Committed, Until: until})
	}
	return err
}

// SurrogateKey returns the key of answers that show an object: movie-12. Caches between
// client and server purge by it, and the cache in front refreshes by it.
func SurrogateKey(n *storage.Noun, id string) string { return n.Name + "-" + id }

// parentKeys returns the keys of the parents that the path names.
func (c *call) parentKeys() []string {
	var keys []string
	for i, id := range c.parents() {
		keys = append(keys, SurrogateKey(c.route.Noun.Parents[i], id))
	}
	return keys
}

// pageKeys returns the keys of a page: the plural, because a new object may belong to
// the page, the parents, and the objects, which are at most 100.
func (c *call) pageKeys(objects []storage.Object) string {
	keys := append([]string{c.route.Noun.Plural}, c.parentKeys()...)
	for i := range objects {
		keys = append(keys, SurrogateKey(c.route.Noun, objects[i].ID))
	}
	return strings.Join(keys, " ")
}

// suggestionKeys returns the keys of suggestions: the plurals, because a new object may be
// one of them, and the objects.
func suggestionKeys(q *storage.SuggestQuery, s *storage.Suggestions) string {
	var keys []string
	for _, n := range q.Nouns {
		keys = append(keys, n.Plural)
	}
	for i := range s.Found {
		keys = append(keys, SurrogateKey(s.Found[i].Noun, s.Found[i].ID))
	}
	return strings.Join(keys, " ")
}
