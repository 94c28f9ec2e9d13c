package api

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"marquee/api/problem"
	"marquee/cache/plan"
	"marquee/search/touch"
	"marquee/storage"
)

// lifetime is how long an answer may be used. There are two decisions: public is for
// clients and for caches between them and the server, which do not learn of writes.
// checked is for the cache in front, which checks every hit against the change log.
type lifetime struct {
	public  string // Cache-Control
	checked plan.Lifetimes
}

// browserLife is 0: nobody can purge a browser's cache, and an editor must see the own
// write. A revalidation costs a 304 from memory.
const browserLife = 0

// ifError is how long the last good answer may replace the answer of a failing origin:
// an outage lasts at most a night before it is repaired.
const ifError = 12 * time.Hour

// The lifetimes by kind of read.
var (
	// objectLife: the change log reports every write of an object, and the flush log its
	// counters, which are refreshed in the background. The hour bounds the memory for
	// objects that nobody reads. A shared cache between client and server is stale for at
	// most 10 s, unless it is purged.
	objectLife = lifetime{
		public:  sharedFor(10*time.Second, 30*time.Second),
		checked: plan.Lifetimes{Fresh: time.Hour, WhileRevalidate: 10 * time.Minute, IfError: ifError},
	}
	// listLife is shorter: a list changes more often than each of its objects.
	listLife = lifetime{
		public:  sharedFor(5*time.Second, 15*time.Second),
		checked: plan.Lifetimes{Fresh: 10 * time.Minute, WhileRevalidate: 10 * time.Minute, IfError: ifError},
	}
	// matchLife: the order of a search by words depends a little on how rare the words
	// are, and no single change shows that.
	matchLife = lifetime{
		public:  sharedFor(5*time.Second, 15*time.Second),
		checked: plan.Lifetimes{Fresh: time.Minute, WhileRevalidate: 5 * time.Minute, IfError: ifError},
	}
	// counterLife is for lists and suggestions that depend on counters, which are not in the
	// change log.
	// They may lag by the flush interval, 2 s.
	counterLife = lifetime{
		public:  sharedFor(2*time.Second, 0),
		checked: plan.Lifetimes{Fresh: 2 * time.Second, IfError: ifError},
	}
	// degradedLife is for answers of the fallback. The index may be back at any time, but
	// until then PostgreSQL must not get all of its load.
	degradedLife = lifetime{
		public:  sharedFor(2*time.Second, 0),
		checked: plan.Lifetimes{Fresh: 2 * time.Second, WhileRevalidate: 2 * time.Second, IfError: ifError},
	}
	// missingLife lets caches between client and server answer a burst of requests for an
	// object that does not exist. A creation may stay unseen for 2 s at most.
	missingLife = lifetime{
		public:  "public, max-age=2",
		checked: plan.Lifetimes{Fresh: time.Minute, IfError: time.Minute},
	}
)

// The values of Cache-Control that do not depend on the kind of read.
const (
	// privateLifetime is for requests with credentials: shared caches store no copy, and
	// the client's cache revalidates before each use.
	privateLifetime        = "private, max-age=0, must-revalidate"
	privateMissingLifetime = "private, max-age=2"
	// logLifetime is for the change log, which every write extends.
	logLifetime = "public, max-age=0, must-revalidate"
	// errorLifetime is for errors that depend on more than the URL, or are temporary.
	errorLifetime = "no-store"
	// noCopies is for answers with secrets, or with the names of users.
	noCopies = "no-store"
)

// preflightLifetime is how long browsers may cache the answer to OPTIONS. The methods of
// a path change only with a release. Browsers limit the value to 2 or 24 h.
const preflightLifetime = 24 * time.Hour

// sharedFor returns the Cache-Control for caches between client and server: how long they
// may use an answer, and how long after that while they revalidate it (RFC 5861). It has
// no must-revalidate, which would forbid stale-if-error.
func sharedFor(life, revalidate time.Duration) string {
	return fmt.Sprintf("public, max-age=%d, s-maxage=%d, stale-while-revalidate=%d, stale-if-error=%d",
		browserLife, int(life.Seconds()), int(revalidate.Seconds()), int(ifError.Seconds()))
}

// lifeOf returns the lifetime of a list.
func lifeOf(q *storage.Query, page *storage.Page) *lifetime {
	switch {
	case page.Degraded:
		return &degradedLife
	case touch.FiltersCounters(q):
		return &counterLife
	case q.Text != nil && q.Text.Kind == storage.Match:
		return &matchLife
	}
	return &listLife
}

// lifeOfSuggestions returns the lifetime of suggestions, which depends on whether their
// order depends on counters.
func lifeOfSuggestions(q *storage.SuggestQuery) *lifetime {
	if slices.ContainsFunc(q.Nouns, func(n *storage.Noun) bool { return len(n.FieldsFrom(storage.Counter)) > 0 }) {
		return &counterLife
	}
	return &listLife
}

// problemLifetime returns the Cache-Control of a problem.
func problemLifetime(p *problem.Problem, r *http.Request) string {
	switch {
	case p.Status != http.StatusNotFound || r.Method != http.MethodGet && r.Method != http.MethodHead:
		return errorLifetime
	case credentialed(r):
		return privateMissingLifetime
	}
	return missingLife.public
}

// lifetime returns the Cache-Control of a successful read: public for the public.
func (c *call) lifetime(public string) string {
	if c.user != nil {
		return privateLifetime
	}
	return public
}
