package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	dghubble "github.com/dghubble/oauth1"

	"marquee/api"
	"marquee/api/oauth1"
	"marquee/cache"
	"marquee/cache/nonce"
	"marquee/storage"
	"marquee/storage/credential"
)

// The app of these tests, and its tokens.
const (
	consumerKey, consumerSecret = "player", "app secret"
	annsToken, annsSecret       = "ann", "token secret"
	revokedToken                = "gone"
)

// keys know one app with two tokens.
type keys struct{}

func (keys) Signer(_ context.Context, key, token string) (*credential.Signer, error) {
	if key != consumerKey {
		return &credential.Signer{}, nil
	}
	s := &credential.Signer{ConsumerSecret: consumerSecret}
	switch token {
	case "":
		s.User = &credential.User{Name: credential.AppUser(key), Role: credential.Editor, App: key, Scheme: credential.OAuth}
	case annsToken, revokedToken:
		s.TokenSecret, s.Revoked = annsSecret, token == revokedToken
		s.User = &credential.User{Name: token, Role: credential.Editor, App: key, Scheme: credential.OAuth}
	}
	return s, nil
}

// noStore is a nonce store that is down.
type noStore struct{}

func (noStore) Use(context.Context, string, time.Duration) (bool, error) {
	return false, errors.New("connection refused")
}

// secured returns a seeded API with a cache in front, for clients that sign.
func secured(t *testing.T, nonces oauth1.Nonces, limits *api.Limits) *httptest.Server {
	t.Helper()
	_, m := seeded(t)
	tail := &memoryTail{memory: m}
	tail.follow(0)
	server := httptest.NewUnstartedServer(nil)
	public := &url.URL{Scheme: "http", Host: server.Listener.Addr().String()}
	verifier, err := oauth1.New(oauth1.Config{PublicURL: public, Secrets: keys{}, Nonces: nonces})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = withCache(t, api.Config{Catalogue: m, Versions: m, Logger: quiet(), OAuth: verifier, Limits: limits}, tail)
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// withCache returns an API with a cache in front that checks against tail.
func withCache(t *testing.T, config api.Config, tail api.Tail) http.Handler {
	t.Helper()
	config.Freshness = api.NewFreshness(tail, nil)
	origin := api.New(config)
	handler, err := cache.New(cache.Config{Next: origin, Plan: origin.Plan, Checker: config.Freshness, Admit: origin.Admit, PreconditionFailed: origin.PreconditionFailed()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := handler.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return handler
}

// signed is a client of an app and one of its tokens.
func signed(t *testing.T, key, secret, token, tokenSecret string) *http.Client {
	t.Helper()
	return dghubble.NewConfig(key, secret).Client(t.Context(), dghubble.NewToken(token, tokenSecret))
}

func ann(t *testing.T) *http.Client {
	t.Helper()
	return signed(t, consumerKey, consumerSecret, annsToken, annsSecret)
}

// request sends a request with a client of net/http.
func request(t *testing.T, c *http.Client, method, address, body string) *answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answer{t: t, what: r.Method + " " + r.URL.Path, status: resp.StatusCode, header: resp.Header, body: content}
}

func (a *answer) says(name, part string) {
	a.t.Helper()
	if got := strings.Join(a.header.Values(name), ", "); !strings.Contains(got, part) {
		a.t.Errorf("%s: %s is %q, without %q", a.what, name, got, part)
	}
}

// A signed request reads and writes as a user or as the app itself. The cache shares
// none of its answers.
func TestSignedRequests(t *testing.T) {
	t.Parallel()
	server := secured(t, nonce.NewMemory(1000, nil), nil)
	app := signed(t, consumerKey, consumerSecret, "", "")
	for _, c := range []struct {
		client               *http.Client
		method, target, body string
		status               int
	}{
		{ann(t), "GET", "/2.0/movies?genres=drama&q=a%20b", "", 200},
		{ann(t), "GET", "/2.0/genres/film%2Dnoir", "", 200},
		{ann(t), "GET", "/2.0/movies/404404", "", 404},
		{ann(t), "POST", "/2.0/genres", `{"genre":{"name":"Sea"}}`, 201},
		{app, "DELETE", "/2.0/genres/sea", "", 204},
	} {
		a := request(t, c.client, c.method, server.URL+c.target, c.body).want(c.status)
		if c.method == "GET" {
			a.says("Cache-Control", "private")
			a.says("Cache-Status", "CREDENTIALS")
		}
	}
}

func TestBadSignatures(t *testing.T) {
	t.Parallel()
	server := secured(t, nonce.NewMemory(1000, nil), nil)
	for name, c := range map[string]struct {
		client *http.Client
		reason oauth1.Reason
	}{
		"another consumer key": {signed(t, "x", consumerSecret, annsToken, annsSecret), oauth1.ConsumerKeyUnknown},
		"another secret":       {signed(t, consumerKey, "x", annsToken, annsSecret), oauth1.SignatureInvalid},
		"another token":        {signed(t, consumerKey, consumerSecret, "x", annsSecret), oauth1.TokenRejected},
		"a revoked token":      {signed(t, consumerKey, consumerSecret, revokedToken, annsSecret), oauth1.TokenRevoked},
	} {
		for method, body := range map[string]string{"GET": "", "POST": `{"movie":{"title":"It"}}`} {
			a := request(t, c.client, method, server.URL+"/2.0/movies", body)
			if p := a.refused(http.StatusForbidden); p.Type != "/problems/forbidden" {
				t.Errorf("%s: got %s", name, p.Type)
			}
			a.says("WWW-Authenticate", `OAuth realm="marquee", oauth_problem="`+string(c.reason)+`"`)
			a.says("Cache-Control", "no-store")
		}
	}
}

// inQuery signs a request and moves its credentials to the query. The signed text is
// the same (RFC 5849, section 3.4.1.3.1).
func inQuery(t *testing.T, address string) string {
	t.Helper()
	var signature string
	client := ann(t)
	client.Transport.(*dghubble.Transport).Base = roundTrip(func(r *http.Request) (*http.Response, error) {
		signature = r.Header.Get("Authorization")
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})
	request(t, client, "GET", address, "")
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	var pairs []string
	for pair := range strings.SplitSeq(strings.TrimPrefix(signature, "OAuth "), ", ") {
		pairs = append(pairs, strings.ReplaceAll(pair, `"`, ""))
	}
	return address + separator + strings.Join(pairs, "&")
}

// roundTrip is a transport without a network.
type roundTrip func(r *http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A GET that is signed in its query is private. The cache neither serves a shared entry
// for it nor stores the answer. It works only once. No answer repeats its credentials.
func TestSignedQuery(t *testing.T) {
	t.Parallel()
	server := secured(t, nonce.NewMemory(1000, nil), nil)
	address := server.URL + "/2.0/movies?limit=1"
	request(t, http.DefaultClient, "GET", address, "").want(200)
	hit := request(t, http.DefaultClient, "GET", address, "").want(200)
	hit.says("Cache-Status", "hit")

	once := inQuery(t, address)
	a := request(t, http.DefaultClient, "GET", once, "").want(200)
	a.says("Cache-Control", "private")
	a.says("Cache-Status", "CREDENTIALS")
	if string(a.body) != string(hit.body) || a.header.Get("Link") != hit.header.Get("Link") {
		t.Errorf("a signed read has another answer:\n%s %s\n%s %s", hit.header.Get("Link"), hit.body, a.header.Get("Link"), a.body)
	}
	again := request(t, http.DefaultClient, "GET", once, "")
	again.refused(http.StatusForbidden)
	again.says("WWW-Authenticate", string(oauth1.NonceUsed))

	missing := request(t, http.DefaultClient, "GET", inQuery(t, server.URL+"/2.0/movies/404404"), "").want(404)
	missing.says("Cache-Control", "private")
	wrong := request(t, http.DefaultClient, "GET", inQuery(t, server.URL+"/2.0/movies?limit=0"), "").refused(400)
	if wrong.Corrected != "/2.0/movies?limit=1" || len(wrong.Errors) != 1 {
		t.Errorf("corrected is %q with %d errors", wrong.Corrected, len(wrong.Errors))
	}
	request(t, http.DefaultClient, "GET", address+"&oauth_token=x", "").refused(http.StatusForbidden)
}

// While nonces cannot be checked, every signature is refused.
func TestNoncesFailClosed(t *testing.T) {
	t.Parallel()
	server := secured(t, noStore{}, nil)
	request(t, ann(t), "GET", server.URL+"/2.0/movies", "").refused(http.StatusServiceUnavailable)
	request(t, http.DefaultClient, "GET", server.URL+"/2.0/movies", "").want(200)
}

// A 401 names exactly the accepted schemes.
func TestChallenges(t *testing.T) {
	t.Parallel()
	server := secured(t, noStore{}, nil)
	a := request(t, http.DefaultClient, "POST", server.URL+"/2.0/movies", `{"movie":{"title":"It"}}`)
	a.refused(http.StatusUnauthorized)
	a.says("WWW-Authenticate", `Bearer realm="marquee", OAuth realm="marquee"`)

	plain, _ := seeded(t) // takes no signatures
	for _, target := range []string{"/2.0/movies?oauth_token=x", "/2.0/movies?%6Fauth_signature"} {
		b := plain.get(target)
		b.refused(http.StatusUnauthorized)
		if got := b.header.Get("WWW-Authenticate"); got != `Bearer realm="marquee"` {
			t.Errorf("%s: got %s", target, got)
		}
	}
	plain.get("/2.0/movies", "Authorization", `OAuth oauth_token="x"`).refused(http.StatusUnauthorized)
}

// The problem of a full quota has the used and the allowed bytes.
func TestQuota(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	m.fail = func(context.Context) error {
		return &storage.Error{Code: storage.QuotaExceeded, Detail: "ed has stored 90 of 100 bytes",
			Faults: []storage.Fault{{Value: "90", Reason: "needs 20 bytes more", Allowed: "100"}}}
	}
	a := c.get("/2.0/movies/1")
	p := a.refused(http.StatusInsufficientStorage)
	if p.Type != "/problems/storage-quota" || !strings.Contains(p.Detail, "90 of 100") || len(p.Errors) != 1 || p.Errors[0].Value != "90" || p.Errors[0].Allowed != "100" {
		text, _ := json.Marshal(p)
		t.Errorf("got %s", text)
	}
	a.says("Cache-Control", "no-store")
}
