package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"marquee/api/forwarded"
	"marquee/api/known"
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

// Limits are the rate limits of callers. A request costs units according to its work.
// Answers from the cache, OPTIONS and probes cost nothing.
type Limits struct {
	Limiter Limiter
	// Proxies are trusted to name the addresses of clients.
	Proxies *forwarded.Proxies
	// Address, User and App are the units per minute of a public address (IPv6: of its
	// /64), of a user, and of an app that acts for itself. 0 is no limit. Address also
	// limits the refused credentials of an address, on a separate account.
	Address, User, App int
}

// The default limits, in units per minute.
const (
	// DefaultAddressLimit is 10 reads by id per second. A page with a film, its persons
	// and its lists needs about 20 at once, and an office shares an address.
	DefaultAddressLimit = 600
	// DefaultUserLimit is 10 writes per second, more than an editor makes by hand.
	DefaultUserLimit = 3000
	// DefaultAppLimit is 40 writes per second, about a tenth of what the catalogue can
	// write while it answers reads.
	DefaultAppLimit = 12000
)

// burstShare is the part of a minute's units that may be spent at once after a pause: a
// third, or the units of 20 s.
const burstShare = 3

// The units of a request.
const (
	// readWeight is for one indexed row, the cheapest read.
	readWeight = 1
	// listWeight is for a page and the exact total.
	listWeight = 2
	// searchWeight is for a search by words or whole values, on the index or its fallback,
	// PostgreSQL.
	searchWeight = 4
	// regexWeight is for an expression, which may use its whole scan budget.
	regexWeight = 8
	// writeWeight is for a write: writers wait for each other, and every write makes
	// cached answers stale.
	writeWeight = 5
	// failureWeight is for refused credentials, which cost a lookup and may be guesses.
	failureWeight = 5
)

// spendLines charges the lines of a bulk after the first, for which the request was
// charged: each costs as much as a write. Together they cost at most the burst.
func (a *API) spendLines(c *call, lines int) error {
	if a.config.Limits == nil || lines < 2 {
		return nil
	}
	who := a.config.Limits.account(c.r, c.user)
	return a.spendOf(c.w, c.r, who, min((lines-1)*writeWeight, who.rate.Burst-writeWeight))
}

// weight returns the units of a routed request.
func (c *call) weight() int {
	switch {
	case c.route.Kind == route.Views: // one row, and a counter in memory
		return readWeight
	case c.r.Method != http.MethodGet && c.r.Method != http.MethodHead:
		return writeWeight
	case c.route.Kind == route.Grants:
		return listWeight
	case c.route.Kind == route.Films, c.route.Kind == route.Prospect: // two lists, one of which may be a search
		return searchWeight
	case c.route.Kind != route.List:
		return readWeight
	}
	return listUnits(c.r.URL.RawQuery)
}

// listUnits returns the units of a list by the names in its query string. The values are
// parsed only when the request is answered.
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

// account is charged for requests.
type account struct {
	// name is the word in headers, payer the word in problem details. The account of
	// refused credentials has no payer.
	name, payer, key string
	rate             rate.Limit
}

// unlimited reports whether the account has no limit.
func (who *account) unlimited() bool { return who.rate.Units <= 0 }

// perMinute returns the limit of units per minute.
func perMinute(units int) rate.Limit {
	return rate.Limit{Units: units, Burst: units / burstShare, Period: time.Minute}
}

// account returns the account of a request: that of an app that acts for itself, of a
// user through any app, or of a public address.
func (l *Limits) account(r *http.Request, user *credential.User) account {
	switch {
	case user == nil:
		return account{"address", "the address", "address:" + l.address(r), perMinute(l.Address)}
	case forItself(user):
		return account{"app", "the app", user.Name, perMinute(l.App)}
	}
	return account{"user", "the user", "user:" + user.Name, perMinute(l.User)}
}

const (
	// knownFor is how long credentials that were good go on working at an address that
	// sends bad ones: longer than the pauses of a script, or of an editor who reads.
	knownFor = 5 * time.Minute
	// maxKnown bounds that memory to about 2 MB.
	maxKnown = 10_000
)

// failures returns the account of an address for refused credentials. It is separate
// from the account for public reads, because other people may share the address.
// Credentials that were good lately have an account each, so that they are still checked
// when others from there are not. Consumer keys are no secrets, so this account bounds the
// guesses at the secret of a known one.
func (a *API) failures(r *http.Request, k known.Key) account {
	l := a.config.Limits
	who := account{"failures", "", "failures:" + l.address(r), perMinute(l.Address)}
	if a.good.Has(k) {
		who.key += ":" + k.String()
	}
	return who
}

func (l *Limits) address(r *http.Request) string { return forwarded.LimitKey(l.Proxies.Client(r)) }

// spend charges a request and sets the RateLimit headers. It returns the problem of an
// account without enough units.
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

// settle sets the headers of a decision. It returns the problem of a refusal.
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
	why := "too many wrong credentials came from this address; until then, only those that worked in the last minutes are accepted from it"
	if who.payer != "" {
		why = fmt.Sprintf("too many requests: %s may spend %d units a minute, and this request costs %d", who.payer, who.rate.Units, units)
	}
	p := problem.New(k, "%s; try again in %s s", why, seconds)
	p.Header = http.Header{"Retry-After": {seconds}}
	return p
}

// charge charges a request with good credentials or none. Admit has charged a public
// request that comes from the cache.
func (a *API) charge(c *call, user *credential.User) error {
	if a.config.Limits == nil || user == nil && plan.FromCache(c.ctx) {
		return nil
	}
	return a.spend(c.w, c.r, user, c.weight())
}

// admitCredentials refuses credentials before they are looked up, if the address has
// spent its units for refused ones. A client that guesses then causes no load on the
// store. New good credentials from there are refused too, because only a lookup can
// distinguish them.
func (a *API) admitCredentials(w http.ResponseWriter, r *http.Request, k known.Key) error {
	if a.config.Limits == nil {
		return nil
	}
	who := a.failures(r, k)
	if who.unlimited() {
		return nil
	}
	if d := a.config.Limits.Limiter.Check(who.key, who.rate, failureWeight); !d.Allowed {
		return settle(w, r, &who, d, failureWeight)
	}
	return nil
}

// chargeFailure charges refused credentials to their account. It returns the refusal, or
// the problem of an account without enough units.
func (a *API) chargeFailure(w http.ResponseWriter, r *http.Request, k known.Key, refusal error) error {
	if status := problem.From(refusal).Status; a.config.Limits == nil || status != http.StatusUnauthorized && status != http.StatusForbidden {
		return refusal
	}
	if err := a.spendOf(w, r, a.failures(r, k), failureWeight); err != nil {
		return err
	}
	return refusal
}

// Admit charges a public read that the cache has no answer for. If the account has not
// enough units, Admit writes the refusal and returns false. A request with credentials
// is charged after they are checked. Admit is for cache.Config.
func (a *API) Admit(w http.ResponseWriter, r *http.Request) bool {
	if a.config.Limits == nil || credentialed(r) {
		return true
	}
	units, template := readWeight, ""
	if c := a.routed(r); c != nil {
		units, template = c.weight(), c.route.Template
	}
	err := a.spend(w, r, nil, units)
	if err == nil { // other clients of a shared cache must not get the headers of this one
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
