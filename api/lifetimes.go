package api

import (
	"fmt"
	"net/http"
	"time"

	"marquee/api/problem"
	"marquee/cache/plan"
	"marquee/search/touch"
	"marquee/storage"
)

// lifetime is how long an answer may live: with clients and the caches on the
// way, whom nothing tells of a write, and in the cache in front of the API, which
// holds every hit against the log of changes. Two decisions, side by side.
type lifetime struct {
	// public is the Cache-Control that everybody gets.
	public  string
	checked plan.Lifetimes
}

// browserLife is for every answer: nothing can take back what a browser keeps,
// and an editor's own write has to show. To ask again costs a 304 from memory.
const browserLife = 0

// standIn is how long the last good answer may stand in for an origin that
// fails: an outage over a night, until somebody is there who mends it.
const standIn = 12 * time.Hour

// The lifetimes by what is read.
var (
	// objectLife: an object changes when it is written, which the log tells, or
	// counted, which has a log of its own and renews it behind; the hour bounds what memory keeps of objects that nobody wants. A shared cache on
	// the way is a write behind for 10 s at most, unless it is purged.
	objectLife = lifetime{
		public:  sharedFor(10*time.Second, 30*time.Second),
		checked: plan.Lifetimes{Fresh: time.Hour, WhileRevalidate: 10 * time.Minute, IfError: standIn},
	}
	// listLife: lists change more often than each of their objects.
	listLife = lifetime{
		public:  sharedFor(5*time.Second, 15*time.Second),
		checked: plan.Lifetimes{Fresh: 10 * time.Minute, WhileRevalidate: 10 * time.Minute, IfError: standIn},
	}
	// matchLife: the order of a search by words shifts a little with the rarity of
	// words, which no single change tells.
	matchLife = lifetime{
		public:  sharedFor(5*time.Second, 15*time.Second),
		checked: plan.Lifetimes{Fresh: time.Minute, WhileRevalidate: 5 * time.Minute, IfError: standIn},
	}
	// counterLife: votes and views are not in the log. They may lag by the 2 s in
	// which they are gathered, and no longer.
	counterLife = lifetime{
		public:  sharedFor(2*time.Second, 0),
		checked: plan.Lifetimes{Fresh: 2 * time.Second, IfError: standIn},
	}
	// degradedLife: a stand-in answered in the place of the index, which is back
	// as soon as it can be; until then its load is not passed on to PostgreSQL.
	degradedLife = lifetime{
		public:  sharedFor(2*time.Second, 0),
		checked: plan.Lifetimes{Fresh: 2 * time.Second, WhileRevalidate: 2 * time.Second, IfError: standIn},
	}
	// missingLife lets a burst of requests for what is not there be answered on the
	// way. Two seconds is the longest that a creation may stay unseen.
	missingLife = lifetime{
		public:  "public, max-age=2",
		checked: plan.Lifetimes{Fresh: time.Minute, IfError: time.Minute},
	}
)

// What does not follow from what is read.
const (
	// privateLifetime is for answers to somebody with credentials: shared caches
	// keep no copy, their own asks before each use.
	privateLifetime        = "private, max-age=0, must-revalidate"
	privateMissingLifetime = "private, max-age=2"
	// logLifetime is for the log of changes, which every write makes longer.
	logLifetime = "public, max-age=0, must-revalidate"
	// errorLifetime: other errors depend on more than the URL, or pass.
	errorLifetime = "no-store"
)

// sharedFor is the Cache-Control for caches on the way: how long they may keep
// an answer, and for how long after that they may use it while they ask anew (RFC
// 5861). Without must-revalidate, which would forbid to stand in for us when we
// are away.
func sharedFor(life, revalidate time.Duration) string {
	return fmt.Sprintf("public, max-age=%d, s-maxage=%d, stale-while-revalidate=%d, stale-if-error=%d",
		browserLife, int(life.Seconds()), int(revalidate.Seconds()), int(standIn.Seconds()))
}

// lifeOf is the lifetime of a list.
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

// noCopies is for answers that hold secrets or say who did what: neither
// browsers nor caches on the way keep them.
const noCopies = "no-store"

// preflightLifetime is how long browsers may keep the answer to OPTIONS; the
// methods of a path change only with a release. Browsers cut it to 2 or 24 h.
const preflightLifetime = 24 * time.Hour

// The server's limits on connections.
const (
	// readHeaderTimeout: headers are one packet or a few; who needs longer holds
	// the connection open on purpose.
	readHeaderTimeout = 5 * time.Second
	// readTimeout lets a body of a mebibyte come over 300 kbit/s.
	readTimeout = 30 * time.Second
	// writeTimeout starts with the headers: it covers reading the body, the
	// query and the largest list (about 2 MB) over 600 kbit/s.
	writeTimeout = 60 * time.Second
	// idleTimeout is longer than the 60 s after which common load balancers
	// close idle connections, so that they close first and lose no request.
	idleTimeout = 120 * time.Second
	// maxHeaderBytes holds a query of 8 KiB, which is answered 414 above that,
	// and OAuth headers; the default of a mebibyte a connection is a gift.
	maxHeaderBytes = 32 << 10
)

// lifetime is the Cache-Control of a problem.
func problemLifetime(p *problem.Problem, r *http.Request) string {
	switch {
	case p.Status != http.StatusNotFound || r.Method != http.MethodGet && r.Method != http.MethodHead:
		return errorLifetime
	case credentialed(r):
		return privateMissingLifetime
	}
	return missingLife.public
}

// lifetime is the Cache-Control of a successful read, public for the public.
func (c *call) lifetime(public string) string {
	if c.user != nil {
		return privateLifetime
	}
	return public
}
