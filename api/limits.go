package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"marquee/api/forwarded"
	"marquee/api/oauth1"
	"marquee/api/problem"
	"marquee/api/querystring"
	"marquee/api/route"
	"marquee/cache/plan"
	"marquee/cache/rate"
	"marquee/storage"
	"marquee/storage/credential"
)

// Limiter decides whether a key may spend units. It never fails and answers within
// a deadline; it may be called from many goroutines.
type Limiter interface {
	// Allow spends the cost on the key if the limit allows it.
	Allow(ctx context.Context, key string, limit rate.Limit, cost int) rate.Decision
	// Check returns what Allow would decide, and spends nothing.
	Check(key string, limit rate.Limit, cost int) rate.Decision
}

// Limits say how much callers may ask for. A request costs units by the work
// that it makes; what the cache answers, OPTIONS and probes cost nothing.
type Limits struct {
	Limiter Limiter
	// Proxies tell the addresses of the public apart.
	Proxies *forwarded.Proxies
	// Address, User and App are the units a minute of an address of the public (an
	// IPv6 one by its /64), of a user, and of an app that acts for itself; 0 is no
	// limit. An address has as many again for credentials that are refused.
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
	case c.route.Kind == route.Views: // looks the object up and counts in memory
		return readWeight
	case c.r.Method != http.MethodGet && c.r.Method != http.MethodHead:
		return writeWeight
	case c.route.Kind == route.Grants:
		return listWeight
	case c.route.Kind != route.List:
		return readWeight
	}
	return listUnits(c.r.URL.RawQuery)
}

// listUnits is the weight of a list by the names in its query, which is parsed in
// full once, by who answers.
func listUnits(raw string) int {
	pairs, _ := querystring.Split(raw)
	units := listWeight
	for _, p := range pairs {
		switch {
		case p.Name == "q":
			units = max(units, searchWeight)
		case p.Name == "q_type" && p.Value == string(storage.Regex):
			units = regexWeight
		}
	}
	return units
}

// account is what requests are charged to.
type account struct {
	// name is what the headers call it, payer what people do; credentials that are
	// refused have no payer.
	name, payer, key string
	rate             rate.Limit
}

// unlimited reports that nothing is counted.
func (who *account) unlimited() bool { return who.rate.Units <= 0 }

// perMinute is the rate of so many units a minute.
func perMinute(units int) rate.Limit {
	return rate.Limit{Units: units, Burst: units / burstShare, Period: time.Minute}
}

// account finds who pays: an app that acts for itself, a user through whatever
// app, or the address of the public.
func (l *Limits) account(r *http.Request, user *credential.User) account {
	switch {
	case user == nil:
		return account{"address", "the address", "address:" + l.address(r), perMinute(l.Address)}
	case forItself(user):
		return account{"app", "the app", user.Name, perMinute(l.App)}
	}
	return account{"user", "the user", "user:" + user.Name, perMinute(l.User)}
}

// failures is the account of the credentials that are refused to an address.
// Who reads in public behind the same address does not pay for them.
func (l *Limits) failures(r *http.Request) account {
	return account{"failures", "", "failures:" + l.address(r), perMinute(l.Address)}
}

func (l *Limits) address(r *http.Request) string { return forwarded.LimitKey(l.Proxies.Client(r)) }

// spend charges units for a request and says so in the answer. The error is the
// problem of who has none left.
func (a *API) spend(w http.ResponseWriter, r *http.Request, user *credential.User, units int) error {
	if a.config.Limits == nil {
		return nil
	}
	return a.spendOf(w, r, a.config.Limits.account(r, user), units)
}

func (a *API) spendOf(w http.ResponseWriter, r *http.Request, who account, units int) error {
	if who.unlimited() {
		return nil
	}
	return settle(w, r, &who, a.config.Limits.Limiter.Allow(r.Context(), who.key, who.rate, units), units)
}

// settle says in the answer what was decided.
func settle(w http.ResponseWriter, r *http.Request, who *account, d rate.Decision, units int) error {
	header := w.Header()
	header.Set("RateLimit-Policy", who.rate.Policy(who.name))
	header.Set("RateLimit", d.State(who.name, who.rate))
	if d.Allowed {
		return nil
	}
	k := problem.TooManyRequests
	if oauth1.HasSignature(r) {
		k = problem.TooManySigned
	}
	seconds := strconv.Itoa(d.RetrySeconds())
	why := "too many refused credentials came from this address, so that no others are looked at, not even good ones"
	if who.payer != "" {
		why = fmt.Sprintf("too many requests: %s may spend %d units a minute, and this request costs %d", who.payer, who.rate.Units, units)
	}
	p := problem.New(k, "%s; try again in %s s", why, seconds)
	p.Header = http.Header{"Retry-After": {seconds}}
	return p
}

// charge counts a request whose credentials are good, or that has none. One of
// the public that comes through the cache was counted there.
func (a *API) charge(c *call, user *credential.User) error {
	if a.config.Limits == nil || user == nil && plan.FromCache(c.ctx) {
		return nil
	}
	return a.spend(c.w, c.r, user, c.weight())
}

// admitCredentials refuses credentials from an address that has spent what bad
// ones may cost, before they are looked up: a guesser does not load the store.
// Good ones from there are refused as well, since that cannot be told before.
func (a *API) admitCredentials(w http.ResponseWriter, r *http.Request) error {
	if a.config.Limits == nil {
		return nil
	}
	who := a.config.Limits.failures(r)
	if who.unlimited() {
		return nil
	}
	if d := a.config.Limits.Limiter.Check(who.key, who.rate, failureWeight); !d.Allowed {
		return settle(w, r, &who, d, failureWeight)
	}
	return nil
}

// chargeFailure counts credentials that were refused on the address that they
// came from, and returns why they are refused.
func (a *API) chargeFailure(w http.ResponseWriter, r *http.Request, refusal error) error {
	if status := problem.From(refusal).Status; a.config.Limits == nil || status != http.StatusUnauthorized && status != http.StatusForbidden {
		return refusal
	}
	if err := a.spendOf(w, r, a.config.Limits.failures(r), failureWeight); err != nil {
		return err
	}
	return refusal
}

// Admit counts a read of the public that the cache has no answer for, and
// answers itself when that is one too many. Whoever shows credentials is counted
// when they have been looked at. It is for cache.Config.
func (a *API) Admit(w http.ResponseWriter, r *http.Request) bool {
	if a.config.Limits == nil || credentialed(r) {
		return true
	}
	units, template := readWeight, ""
	if c := a.routed(r); c != nil {
		units, template = c.weight(), c.route.Template
	}
	err := a.spend(w, r, nil, units)
	if err == nil { // the answer is for everybody, and caches on the way would tell this to others
		w.Header().Del("RateLimit-Policy")
		w.Header().Del("RateLimit")
		return true
	}
	a.middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		traceOf(r).template = template
		a.fail(w, r, problem.From(err))
	})).ServeHTTP(w, r)
	return false
}
