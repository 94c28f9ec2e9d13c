package api

import (
	"strings"

	"marquee/cache/plan"
	"marquee/storage"
)

// What reads say about themselves to caches: the one in front, which checks, and
// those on the way, which may be purged.

// reached is a version that every read which begins now is at or after; 0 when
// nobody wants to know.
func (a *API) reached() int64 {
	if a.config.Freshness == nil {
		return 0
	}
	return a.config.Freshness.reached()
}

// describe tells the cache in front at which version an answer was read.
func (a *API) describe(c *call, asOf int64, source plan.Source, life *lifetime) {
	if a.config.Freshness != nil {
		plan.Describe(c.r.Context(), plan.Description{AsOf: asOf, Source: source, Lifetimes: life.checked})
	}
}

// describeMissing does so for an answer that something does not exist, and
// returns the error.
func (a *API) describeMissing(c *call, asOf int64, err error) error {
	if storage.CodeOf(err) == storage.NotFound {
		a.describe(c, asOf, plan.Committed, &missingLife)
	}
	return err
}

// SurrogateKey is the key by which a cache on the way purges what shows an
// object, and the cache in front renews it: movie-12.
func SurrogateKey(n *storage.Noun, id string) string { return n.Name + "-" + id }

// parentKeys are the keys of the objects that the path nests the noun in.
func (c *call) parentKeys() []string {
	var keys []string
	for i, id := range c.parents() {
		keys = append(keys, SurrogateKey(c.route.Noun.Parents[i], id))
	}
	return keys
}

// pageKeys are the keys of a page: the plural, for what may come to belong to
// it, the parents, and its objects, 100 at the most.
func (c *call) pageKeys(page *storage.Page) string {
	keys := append([]string{c.route.Noun.Plural}, c.parentKeys()...)
	for i := range page.Objects {
		keys = append(keys, SurrogateKey(c.route.Noun, page.Objects[i].ID))
	}
	return strings.Join(keys, " ")
}
