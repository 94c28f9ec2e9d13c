package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"marquee/api"
	"marquee/api/forwarded"
	"marquee/api/oauth1"
	"marquee/cache/limit"
	"marquee/cache/nonce"
	"marquee/storage/credential"
)

// stopped is a limiter whose clock stands still, so that no units come back.
func stopped() *limit.Limiter {
	now := time.Now()
	return limit.New(limit.Config{Now: func() time.Time { return now }})
}

// limited returns a seeded client of an API with limits, with or without a cache.
func limited(t *testing.T, limits *api.Limits, inFront bool) (*client, *memory) {
	t.Helper()
	c, m := seeded(t)
	config := api.Config{Catalogue: m, Versions: m, Logger: quiet(), Limits: limits}
	if inFront {
		tail := &memoryTail{memory: m}
		tail.follow(0)
		c.handler = withCache(t, config, tail)
	} else {
		c.handler = api.New(config)
	}
	return c, m
}

// left returns the remaining units of the answer, -1 for an answer without limits.
func (a *answer) left(name string) int {
	a.t.Helper()
	state, policy := a.header.Get("RateLimit"), a.header.Get("RateLimit-Policy")
	if state == "" && policy == "" {
		return -1
	}
	rest, ok := strings.CutPrefix(state, `"`+name+`";r=`)
	if !ok || !strings.HasPrefix(policy, `"`+name+`";q=`) {
		a.t.Fatalf("%s: RateLimit is %q and its policy %q, want the %s", a.what, state, policy, name)
	}
	digits, _, _ := strings.Cut(rest, ";")
	n, err := strconv.Atoi(digits)
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}

// Every request has its cost, with and without a cache in front.
func TestWeights(t *testing.T) {
	t.Parallel()
	for _, inFront := range []bool{false, true} {
		for _, r := range []struct {
			method, target, body, token string
			account                     string
			cost                        int
		}{
			{"GET", "/2.0/movies/1", "", "", "address", 1},
			{"HEAD", "/2.0/movies/404404", "", "", "address", 1},
			{"GET", "/2.0/changes", "", "", "address", 1},
			{"GET", "/2.0/movies", "", "", "address", 2},
			{"GET", "/2.0/movies?limit=0", "", "", "address", 2},
			{"GET", "/2.0/movies?q=heat", "", "", "address", 4},
			{"GET", "/2.0/movies?q=heat&q_type=exact", "", "", "address", 4},
			{"GET", "/2.0/movies?q=heat&q%5Ftype=%72egex", "", "", "address", 8},
			{"POST", "/2.0/movies", `{"movie":{"title":"It"}}`, "", "address", 5}, // without credentials
			{"GET", "/2.0/movies/1", "", "unknown", "failures", 5},
			{"GET", "/2.0/movies/1", "", editorToken, "user", 1},
			{"GET", "/2.0/movies?q=heat&q_type=regex", "", editorToken, "user", 8},
			{"POST", "/2.0/movies", `{"movie":{"title":"It"}}`, editorToken, "user", 5},
			{"DELETE", "/2.0/movies/404404", "", readerToken, "user", 5},
			{"GET", "/2.0/movies/1/history", "", editorToken, "user", 1},
			{"GET", "/2.0/apps", "", adminToken, "user", 2},
			{"PUT", "/2.0/movies/1/like", "", readerToken, "user", 5},
			{"POST", "/2.0/movies/1/views", "", "", "address", 1},
			{"OPTIONS", "/2.0/movies", "", "", "", 0},
			{"GET", "/livez", "", "unknown", "", 0},
			{"GET", "/readyz", "", "", "", 0},
		} {
			c, _ := limited(t, &api.Limits{Limiter: stopped(), Address: 300, User: 600}, inFront)
			headers := []string{}
			if r.token != "" {
				headers = []string{"Authorization", "Bearer " + r.token}
			}
			want := map[string]int{"address": 100, "failures": 100, "user": 200, "": -1}[r.account] - r.cost
			a := c.do(r.method, r.target, r.body, headers...)
			got := a.left(r.account)
			if read := r.method == "GET" || r.method == "HEAD"; inFront && read && r.account == "address" && a.header.Get("Cache-Control") != "no-store" {
				if got != -1 {
					t.Errorf("%s %s: an answer for other clients has %d units left", r.method, r.target, got)
				}
				got = c.get("/2.0/movies?limit=0").left("address") + 2
			}
			if got != want {
				t.Errorf("%s %s with %q, cache %t: %d are left, want %d", r.method, r.target, r.token, inFront, got, want)
			}
		}
	}
}

// Over the limit the answer is a 429 with Retry-After.
func TestOverLimit(t *testing.T) {
	t.Parallel()
	for _, inFront := range []bool{false, true} {
		c, _ := limited(t, &api.Limits{Limiter: stopped(), Address: 6, User: 30}, inFront)
		c.get("/2.0/movies/1").want(200)
		c.get("/2.0/movies/2").want(200)
		a := c.get("/2.0/movies/3")
		if p := a.refused(http.StatusTooManyRequests); p.Type != "/problems/too-many-requests" || !strings.Contains(p.Detail, "10 s") {
			t.Errorf("got %s", a.body)
		}
		if got := a.header.Get("Retry-After"); got != "10" || a.left("address") != 0 || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("Retry-After %q, %v", got, a.header)
		}
		for range 2 { // users have their own
			c.write("PUT", "/2.0/movies/1", `{"movie":{}}`).want(200)
		}
		c.write("PUT", "/2.0/movies/1", `{"movie":{}}`).refused(http.StatusTooManyRequests)
		c.write("GET", "/2.0/movies/3", "").refused(http.StatusTooManyRequests)
	}
}

// Answers of the cache cost nothing and carry no limits. Clients without units get them
// too.
func TestHitsAreFree(t *testing.T) {
	t.Parallel()
	c, m := limited(t, &api.Limits{Limiter: stopped(), Address: 6}, true)
	if a := c.get("/2.0/movies/1").want(200); a.left("address") != -1 {
		t.Errorf("a miss has RateLimit %q, want none", a.header.Get("RateLimit"))
	}
	c.get("/2.0/movies/2").want(200)
	for range 5 {
		a := c.get("/2.0/movies/1").want(200)
		if a.left("address") != -1 {
			t.Errorf("a hit has RateLimit %q, want none", a.header.Get("RateLimit"))
		}
	}
	c.get("/2.0/movies/3").refused(http.StatusTooManyRequests)
	m.mu.Lock()
	m.fail = func(context.Context) error { return errors.New("away") }
	m.mu.Unlock()
	c.get("/2.0/movies/1").want(200)
}

// from sends a request from another address.
func (c *client) from(peer, target string, headers ...string) *answer {
	c.t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.RemoteAddr = peer
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return c.send(r)
}

// Public requests are counted by address, IPv6 by /64, and through trusted proxies by
// the address that these append.
func TestAddresses(t *testing.T) {
	t.Parallel()
	trusted, err := forwarded.NewProxies([]string{"10.0.0.0/8"}, "")
	if err != nil {
		t.Fatal(err)
	}
	c, _ := limited(t, &api.Limits{Limiter: stopped(), Proxies: trusted, Address: 30}, true)
	for _, r := range []struct {
		peer, said string
		left       int
	}{
		{"198.51.100.1:1", "", 8},
		{"198.51.100.1:2", "", 6},
		{"198.51.100.2:1", "", 8},
		{"198.51.100.2:1", "198.51.100.77", 6}, // nobody's word
		{"[2001:db8:1:2::1]:1", "", 8},
		{"[2001:db8:1:2:3::9]:1", "", 6},
		{"[2001:db8:1:3::1]:1", "", 8},
		{"10.0.0.1:1", "198.51.100.1", 4},
		{"10.0.0.2:1", "203.0.113.1, 198.51.100.1", 2},
	} {
		// A refused list is not cached, and has the cost of a list.
		if got := c.from(r.peer, "/2.0/movies?limit=0", "X-Forwarded-For", r.said).left("address"); got != r.left {
			t.Errorf("%s for %q: %d are left, want %d", r.peer, r.said, got, r.left)
		}
	}
}

// A limit of 0 is no limit.
func TestNoLimit(t *testing.T) {
	t.Parallel()
	c, _ := limited(t, &api.Limits{Limiter: stopped(), User: 3}, true)
	for range 20 {
		if a := c.get("/2.0/movies/404404?fields=id").want(404); a.left("address") != -1 {
			t.Error("an address without limit was counted")
		}
	}
	c.write("GET", "/2.0/movies/1", "").want(200)
	c.write("GET", "/2.0/movies/1", "").refused(http.StatusTooManyRequests)
}

// A signed request over the limit is a 503. Apps that act for themselves have their own
// limit.
func TestSignedOverLimit(t *testing.T) {
	t.Parallel()
	server := secured(t, nonce.NewMemory(1000, nil), &api.Limits{Limiter: stopped(), Address: 6, User: 3, App: 300})
	address := server.URL + "/2.0/movies/1"
	app := signed(t, consumerKey, consumerSecret, "", "")
	for range 10 {
		request(t, app, "GET", address, "").want(200)
	}
	if left := request(t, app, "GET", address, "").left("app"); left != 89 {
		t.Errorf("%d are left to the app", left)
	}
	request(t, ann(t), "GET", address, "").want(200)
	a := request(t, ann(t), "GET", address, "")
	if p := a.refused(http.StatusServiceUnavailable); p.Type != "/problems/too-many-requests" || a.header.Get("Retry-After") != "20" || a.left("user") != 0 {
		t.Errorf("%s with %v", a.body, a.header)
	}
}

// lookups counts lookups of credentials.
type lookups struct {
	*memory
	keys
	n atomic.Int64
}

func (l *lookups) Authenticate(ctx context.Context, token string) (*credential.User, error) {
	l.n.Add(1)
	return l.memory.Authenticate(ctx, token)
}

func (l *lookups) Signer(ctx context.Context, key, token string) (*credential.Signer, error) {
	l.n.Add(1)
	return l.keys.Signer(ctx, key, token)
}

// After a few bad tokens or signatures, an address is refused without a lookup, also
// with good ones. Other addresses and public reads are not affected.
func TestGuessing(t *testing.T) {
	t.Parallel()
	_, m := seeded(t)
	store := &lookups{memory: m}
	public := &url.URL{Scheme: "https", Host: "films.example"}
	verifier, err := oauth1.New(oauth1.Config{PublicURL: public, Secrets: store, Nonces: nonce.NewMemory(1000, nil)})
	if err != nil {
		t.Fatal(err)
	}
	limits := &api.Limits{Limiter: stopped(), Address: 90, User: 3000}
	c := &client{t: t, handler: api.New(api.Config{Catalogue: store, Versions: m, Logger: quiet(), OAuth: verifier, Limits: limits})}
	signature := fmt.Sprintf(`OAuth oauth_consumer_key="player", oauth_nonce="x", oauth_signature="x", oauth_signature_method="HMAC-SHA1", oauth_timestamp="%d"`, time.Now().Unix())
	guesses := []struct {
		authorization   string
		refusal, beyond int
	}{{"Bearer guess", http.StatusUnauthorized, http.StatusTooManyRequests}, {signature, http.StatusForbidden, http.StatusServiceUnavailable}}
	for i := range 6 { // 30 units at once, 5 for each
		g := guesses[i%2]
		c.from("203.0.113.9:1", "/2.0/movies/1", "Authorization", g.authorization).refused(g.refusal)
	}
	before := store.n.Load()
	for _, g := range append(guesses, guesses[0]) {
		a := c.from("203.0.113.9:1", "/2.0/movies/1", "Authorization", g.authorization)
		if a.refused(g.beyond); a.header.Get("Retry-After") != "4" || a.left("failures") != 0 {
			t.Errorf("got %v", a.header)
		}
	}
	c.from("203.0.113.9:1", "/2.0/movies/1", "Authorization", "Bearer "+editorToken).refused(http.StatusTooManyRequests)
	if store.n.Load() != before || before != 6 {
		t.Errorf("%d credentials were looked up after %d", store.n.Load()-before, before)
	}
	c.from("203.0.113.9:1", "/2.0/movies/1").want(http.StatusOK)
	c.from("203.0.113.10:1", "/2.0/movies/1", "Authorization", "Bearer "+editorToken).want(http.StatusOK)
}
