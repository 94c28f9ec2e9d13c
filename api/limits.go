package api

import (
	"net/http"
	"strconv"
	"time"

	"marquee/api/oauth1"
	"marquee/cache"
	"marquee/cache/limit"
	"marquee/storage"
)

// Limits say how much callers may ask for. A request costs units by the work
// that it makes; what the cache answers, OPTIONS and probes cost nothing.
type Limits struct {
	Limiter *limit.Limiter
	// Proxies tell the addresses of the public apart.
	Proxies *Proxies
	// Address, User and App are the units a minute of an address of the public (an
	// IPv6 one by its /64), of a user, and of an app that acts for itself; 0 is no
	// limit.
	Address, User, App int
}

// The units a minute of a process that serves many.
const (
	// DefaultAddressLimit is 10 reads a second by id: a page with a film, its
	// persons and its lists takes about 20 at once, and an office shares an address.
	DefaultAddressLimit = 600
	// DefaultUserLimit is 10 writes a second, which no editor's hands make.
	DefaultUserLimit = 3000
	// DefaultAppLimit is 40 writes a second, a tenth or so of what the catalogue
	// takes while it answers reads.
	DefaultAppLimit = 12000
)

// burstShare: a third of a minute's units may be spent at once, 20 seconds' work
// after a pause.
const burstShare = 3

// The units of a request.
const (
	// readWeight is one indexed row, the cheapest that a store can do.
	readWeight = 1
	// listWeight is a page and the exact total beside it.
	listWeight = 2
	// searchWeight is a search by words or of whole values, on the index or, when
	// that is away, on PostgreSQL.
	searchWeight = 4
	// regexWeight is an expression, which may run to the end of its scan budget.
	regexWeight = 8
	// writeWeight: one writer holds up all others, and every write touches what
	// caches hold.
	writeWeight = 5
	// failureWeight is what refused credentials cost: a lookup, and the suspicion.
	failureWeight = 5
)

// weight is the units of a request that was routed.
func (c *call) weight() int {
	switch {
	case c.route.Kind == ViewsPath: // looks the object up and counts in memory
		return readWeight
	case c.r.Method != http.MethodGet && c.r.Method != http.MethodHead:
		return writeWeight
	case c.route.Kind != ListPath:
		return readWeight
	}
	asked, err := c.parameters()
	switch {
	case err != nil || asked.query.Text == nil:
		return listWeight
	case asked.query.Text.Kind == storage.Regex:
		return regexWeight
	}
	return searchWeight
}

// account is what requests are charged to.
type account struct {
	name, key string
	rate      limit.Rate
}

// account finds who pays: an app that acts for itself, a user through whatever
// app, or the address of the public. Unlimited reports that nobody does.
func (l *Limits) account(r *http.Request, user *storage.User) (who account, unlimited bool) {
	var perMinute int
	switch {
	case user == nil:
		address := LimitKey(l.Proxies.Client(r))
		who, perMinute = account{name: "address", key: "address:" + address}, l.Address
	case user.Name == storage.AppUser(user.App):
		who, perMinute = account{name: "app", key: user.Name}, l.App
	default:
		who, perMinute = account{name: "user", key: "user:" + user.Name}, l.User
	}
	who.rate = limit.Rate{Limit: perMinute, Burst: perMinute / burstShare, Period: time.Minute}
	return who, perMinute <= 0
}

// spend charges units for a request and says so in the answer. The error is the
// problem of who has none left.
func (a *API) spend(w http.ResponseWriter, r *http.Request, user *storage.User, units int) error {
	if a.limits == nil {
		return nil
	}
	who, unlimited := a.limits.account(r, user)
	if unlimited {
		return nil
	}
	d := a.limits.Limiter.Allow(r.Context(), who.key, who.rate, units)
	header := w.Header()
	header.Set("RateLimit-Policy", who.rate.Policy(who.name))
	header.Set("RateLimit", d.State(who.name, who.rate))
	if d.Allowed {
		return nil
	}
	k := tooManyRequests
	if oauth1.Signed(r) {
		k = tooManySigned
	}
	seconds := strconv.Itoa(d.RetrySeconds())
	p := problemf(k, "too many requests: the %s may spend %d units a minute, and this request costs %d; try again in %s s",
		who.name, who.rate.Limit, units, seconds)
	p.header = http.Header{"Retry-After": {seconds}}
	return p
}

// charge counts a request whose credentials are good, or that has none. One of
// the public that comes through the cache was counted there.
func (a *API) charge(c *call, user *storage.User) error {
	if a.limits == nil || user == nil && cache.Admitted(c.ctx) {
		return nil
	}
	return a.spend(c.w, c.r, user, c.weight())
}

// chargeFailure counts a request that was refused because of its credentials on
// the address that it came from, and returns why it is refused.
func (a *API) chargeFailure(c *call, refusal error) error {
	if status := toProblem(refusal).status; status != http.StatusUnauthorized && status != http.StatusForbidden {
		return refusal
	}
	if err := a.spend(c.w, c.r, nil, failureWeight); err != nil {
		return err
	}
	return refusal
}

// Admit counts a read of the public that the cache has no answer for, and
// answers itself when that is one too many. Whoever shows credentials is counted
// when they have been looked at. It is for cache.Config.
func (a *API) Admit(w http.ResponseWriter, r *http.Request) bool {
	if a.limits == nil || credentialed(r) {
		return true
	}
	units := readWeight
	if c := a.routed(r); c != nil {
		units = c.weight()
	}
	err := a.spend(w, r, nil, units)
	if err == nil {
		return true
	}
	a.middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, toProblem(err))
	})).ServeHTTP(w, r)
	return false
}
