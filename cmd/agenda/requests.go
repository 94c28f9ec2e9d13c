package agenda

import (
	"strings"

	"marquee/api"
	"marquee/api/route"
	"marquee/cache"
	"marquee/cache/warm"
	"marquee/storage"
)

// Requests counts the requests for pages of collections.
type Requests struct {
	asked *warm.Asked
	// counts is true for the routes of these pages, by number.
	counts []bool
}

// NewRequests returns a counter of requests.
func NewRequests(asked *warm.Asked) *Requests {
	object, films := api.CollectionTargets("{" + storage.Collection.IDName() + "}")
	table := route.Table()
	q := &Requests{asked: asked, counts: make([]bool, len(table))}
	for i := range table {
		template := table[i].Template
		q.counts[i] = template == api.CollectionsTarget || template == object || template == films[0]
	}
	return q
}

// Cached counts a request. It is for cache.Config. A request for something else costs one
// comparison.
func (q *Requests) Cached(e cache.Event) {
	if !q.counts[e.RouteNumber] {
		return
	}
	switch e.Result {
	case cache.Hit, cache.HitUnchecked, cache.HitStale, cache.HitShared, cache.Failed:
		q.asked.Count(setOf(e.Target), e.Target, warm.Hit)
	case cache.Collapsed:
		q.asked.Count(setOf(e.Target), e.Target, warm.Collapsed)
	case cache.Missed, cache.Touched, cache.Expired, cache.Overloaded, cache.Left:
		q.asked.Count(setOf(e.Target), e.Target, warm.Miss)
	}
}

// setOf returns the set that a canonical target belongs to.
func setOf(target string) string {
	rest, ok := strings.CutPrefix(target, api.CollectionsTarget+"/")
	if !ok {
		return lists
	}
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		rest = rest[:end]
	}
	return rest
}
