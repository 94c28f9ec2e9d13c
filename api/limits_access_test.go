package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"marquee/api"
	"marquee/api/oauth1"
	"marquee/api/oauth1/flow"
	"marquee/cache/limit"
	"marquee/cache/nonce"
	"marquee/storage"
	"marquee/storage/credential"
)

// countedNonces counts the used nonces.
type countedNonces struct {
	oauth1.Nonces
	used atomic.Int64
}

func (n *countedNonces) Use(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	n.used.Add(1)
	return n.Nonces.Use(ctx, key, ttl)
}

// A signed request over its limit uses no nonce. Sent again unchanged after the time
// that Retry-After names, it is accepted.
func TestOverLimitUsesNoNonce(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	start := time.Now()
	limiter := limit.New(limit.Config{Now: func() time.Time { return start.Add(time.Duration(passed.Load())) }})
	nonces := &countedNonces{Nonces: nonce.NewMemory(1000, nil)}
	server := secured(t, nonces, &api.Limits{Limiter: limiter, User: 9})
	accepted := int64(0)
	var refused []string
	for range 5 {
		once := inQuery(t, server.URL+"/2.0/movies/1")
		a := request(t, http.DefaultClient, "GET", once, "")
		if a.status == http.StatusOK {
			accepted++
			continue
		}
		a.refused(http.StatusServiceUnavailable)
		if got := a.header.Get("Retry-After"); got != "7" {
			t.Errorf("Retry-After: got %q", got)
		}
		refused = append(refused, once)
	}
	if used := nonces.used.Load(); accepted != 3 || used != accepted {
		t.Errorf("%d of 5 were accepted, and %d nonces used", accepted, used)
	}
	passed.Store(int64(7 * time.Second))
	request(t, http.DefaultClient, "GET", refused[0], "").want(http.StatusOK)
	request(t, http.DefaultClient, "GET", refused[0], "").refused(http.StatusServiceUnavailable)
	passed.Store(int64(time.Minute))
	request(t, http.DefaultClient, "GET", refused[0], "").refused(http.StatusForbidden)
}

// asking is a store with one request token that waits for its user.
type asking struct{ flow.Requests }

func (asking) RequestTokenSecrets(context.Context, string, string) (string, string, error) {
	return consumerSecret, "", nil
}

func (asking) RequestedAccess(_ context.Context, token string) (string, credential.Role, string, error) {
	if token != "waiting" {
		return "", "", "", storage.Errorf(storage.NotFound, "there is no request token %s", token)
	}
	return "player", credential.Editor, flow.OutOfBand, nil
}

// stepping returns a client of an API with the three steps.
func stepping(t *testing.T, limits *api.Limits) *client {
	t.Helper()
	_, m := seeded(t)
	verifier, err := oauth1.New(oauth1.Config{PublicURL: &url.URL{Scheme: "https", Host: "films.example"}, Secrets: keys{}, Nonces: nonce.NewMemory(1000, nil)})
	if err != nil {
		t.Fatal(err)
	}
	steps, err := flow.New(verifier, asking{}, m)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, handler: api.New(api.Config{Catalogue: m, Versions: m, Logger: quiet(), OAuth: verifier, Flow: steps, Limits: limits})}
}

// page sends a request whose answer may be an HTML page.
func (c *client) page(r *http.Request) *answer {
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return &answer{t: c.t, what: r.Method + " " + r.RequestURI, status: w.Code, header: w.Header(), body: w.Body.Bytes()}
}

// step posts a form from an address.
func (c *client) step(peer, path, authorization string, form url.Values) *answer {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.RemoteAddr = peer
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return c.page(r)
}

// Refused credentials in the three steps count like those of other requests, and
// exhaust the same account.
func TestGuessingInSteps(t *testing.T) {
	t.Parallel()
	guess := url.Values{"oauth_token": {"waiting"}, "decision": {"approve"}, "token": {"guess"}}
	for _, g := range []struct {
		path, authorization string
		form                url.Values
		beyond              int
	}{
		{flow.RequestTokenPath, badSignature("oauth_callback", "oob"), nil, http.StatusServiceUnavailable},
		{flow.AccessTokenPath, badSignature("oauth_token", "waiting", "oauth_verifier", "guess"), nil, http.StatusServiceUnavailable},
		{flow.AuthorizePath, "", guess, http.StatusTooManyRequests},
	} {
		c := stepping(t, &api.Limits{Limiter: stopped(), Address: 45, User: 3000})
		peer := "203.0.113.9:1"
		for range 3 { // 15 units at once, 5 for each
			if a := c.step(peer, g.path, g.authorization, g.form); a.status != http.StatusForbidden {
				t.Errorf("%s: got %d %s", a.what, a.status, a.body)
			}
		}
		a := c.step(peer, g.path, g.authorization, g.form)
		if a.refused(g.beyond); a.left("failures") != 0 {
			t.Errorf("%s: got %v", g.path, a.header)
		}
		good := c.from(peer, "/2.0/movies/1", "Authorization", "Bearer "+editorToken).refused(http.StatusTooManyRequests)
		if !strings.HasPrefix(good.Detail, "too many wrong credentials came from this address") {
			t.Errorf("with a good token: got %q, want the refusal of bad credentials", good.Detail)
		}
		if a := c.step("203.0.113.10:1", g.path, g.authorization, g.form); a.status != http.StatusForbidden {
			t.Errorf("another address: %d %s", a.status, a.body)
		}
	}
}

// badSignature returns an OAuth 1.0 header with further parameters and a bad
// signature.
func badSignature(more ...string) string {
	header := `OAuth oauth_consumer_key="` + consumerKey + `", oauth_nonce="x", oauth_signature="x", oauth_signature_method="HMAC-SHA1", oauth_timestamp="` +
		strconv.FormatInt(time.Now().Unix(), 10) + `"`
	for i := 0; i < len(more); i += 2 {
		header += `, ` + more[i] + `="` + more[i+1] + `"`
	}
	return header
}

// The page for the user is not signed, although it names a request token. Over the limit
// it is a 429 like every request of a browser.
func TestPageOverLimit(t *testing.T) {
	t.Parallel()
	c := stepping(t, &api.Limits{Limiter: stopped(), Address: 15})
	page := flow.AuthorizePath + "?oauth_token=waiting"
	if a := c.page(httptest.NewRequest(http.MethodGet, page, nil)); a.status != http.StatusOK || a.left("address") != 0 {
		t.Errorf("got %d %v", a.status, a.header)
	}
	c.get(page).refused(http.StatusTooManyRequests)
}
