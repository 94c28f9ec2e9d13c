package flow

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/api/oauth1"
	"marquee/api/oauth1/signature"
	"marquee/storage"
	"marquee/storage/credential"
)

// now is the time of the examples in RFC 5849.
var now = time.Unix(137131201, 0)

// fakeStore stores apps, tokens, request tokens and bearer tokens in memory.
type fakeStore struct {
	mu sync.Mutex
	// apps has consumer secrets by consumer key.
	apps map[string]string
	// tokens and requests are by token, users by bearer token.
	tokens   map[string]fakeToken
	requests map[string]fakeRequest
	users    map[string]*credential.User
	now      func() time.Time
	// down is the error of all lookups, nil for none.
	down error
}

type fakeToken struct {
	app, secret string
	user        *credential.User
}

type fakeRequest struct {
	app, secret, callback, verifier string
	user                            *credential.User
	ends                            time.Time
}

// newStore returns a store with the apps and tokens of the RFC's examples, and one
// user.
func newStore() *fakeStore {
	jane := &credential.User{Name: "jane", Role: credential.Editor}
	return &fakeStore{
		apps: map[string]string{"dpf43f3p2l4k3l03": "kd94hf93k423kf44", "9djdj82h48djs9d2": "j49sk3j29djd"},
		tokens: map[string]fakeToken{
			"nnch734d00sl2jdk": {app: "dpf43f3p2l4k3l03", secret: "pfkkdhi9sl3r4s00", user: jane},
			"kkk9d7dh3k39sjv7": {app: "9djdj82h48djs9d2", secret: "dh893hdasih9", user: jane},
		},
		requests: map[string]fakeRequest{},
		users:    map[string]*credential.User{"mq_jane": jane},
		now:      func() time.Time { return now },
	}
}

func (s *fakeStore) Signer(_ context.Context, consumerKey, token string) (*credential.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &credential.Signer{ConsumerSecret: s.apps[consumerKey], User: &credential.User{Name: "app " + consumerKey, Role: credential.Editor}}
	if t, ok := s.tokens[token]; ok && t.app == consumerKey {
		c.TokenSecret, c.User = t.secret, t.user
	}
	return c, s.down
}

func (s *fakeStore) Authenticate(_ context.Context, token string) (*credential.User, error) {
	if user := s.users[token]; user != nil {
		return user, s.down
	}
	return nil, storage.Errorf(storage.NotFound, "no such token")
}

func (s *fakeStore) CreateRequestToken(_ context.Context, consumerKey, callback string, life time.Duration) (token, secret string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, secret = rand.Text(), rand.Text()
	s.requests[token] = fakeRequest{app: consumerKey, secret: secret, callback: callback, ends: s.now().Add(life)}
	return token, secret, s.down
}

// request returns a request token that has not expired. The caller holds the lock.
func (s *fakeStore) request(token string) (fakeRequest, error) {
	q, ok := s.requests[token]
	if !ok || !s.now().Before(q.ends) {
		return q, storage.Errorf(storage.NotFound, "no such request token")
	}
	return q, s.down
}

func (s *fakeStore) RequestTokenSecrets(_ context.Context, consumerKey, token string) (consumerSecret, tokenSecret string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q, err := s.request(token); err == nil && q.app == consumerKey {
		tokenSecret = q.secret
	}
	return s.apps[consumerKey], tokenSecret, s.down
}

// undecided returns a request token that waits for a decision. The caller holds the
// lock.
func (s *fakeStore) undecided(token string) (fakeRequest, error) {
	q, err := s.request(token)
	if err == nil && q.user != nil {
		return q, storage.Errorf(storage.NotFound, "decided")
	}
	return q, err
}

func (s *fakeStore) RequestedAccess(_ context.Context, token string) (app string, role credential.Role, callback string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.undecided(token)
	return "Prints <b>&</b> More", credential.Editor, q.callback, err
}

func (s *fakeStore) ApproveRequestToken(_ context.Context, token, bearer string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.undecided(token)
	if err != nil {
		return "", err
	}
	q.user, q.verifier = s.users[bearer], rand.Text()
	s.requests[token] = q
	return q.verifier, nil
}

func (s *fakeStore) DenyRequestToken(_ context.Context, token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.undecided(token)
	delete(s.requests, token)
	return err
}

func (s *fakeStore) ExchangeRequestToken(_ context.Context, consumerKey, token, verifier string) (accessToken, accessSecret string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.request(token)
	if err == nil && (q.user == nil || q.app != consumerKey || q.verifier != verifier) {
		err = storage.Errorf(storage.NotFound, "not approved")
	}
	if err != nil {
		return "", "", err
	}
	delete(s.requests, token)
	accessToken, accessSecret = rand.Text(), rand.Text()
	s.tokens[accessToken] = fakeToken{app: consumerKey, secret: accessSecret, user: q.user}
	return accessToken, accessSecret, nil
}

// fakeNonces stores nonces in memory, for ever.
type fakeNonces struct{ used sync.Map }

func (n *fakeNonces) Use(_ context.Context, key string, _ time.Duration) (bool, error) {
	_, used := n.used.LoadOrStore(key, true)
	return !used, nil
}

// fixture is a flow with its verifier and its store.
type fixture struct {
	*Flow
	verifier *oauth1.Verifier
	store    *fakeStore
}

// newFixture returns a flow at a public URL, at the time of the examples.
func newFixture(t testing.TB, public string) *fixture {
	t.Helper()
	return newFixtureAt(t, public, func() time.Time { return now })
}

func newFixtureAt(t testing.TB, public string, clock func() time.Time) *fixture {
	t.Helper()
	f := &fixture{store: newStore()}
	f.store.now = clock
	f.verifier = newVerifier(t, public, f.store, clock)
	var err error
	if f.Flow, err = New(f.verifier, f.store, f.store); err != nil {
		t.Fatal(err)
	}
	return f
}

func newVerifier(t testing.TB, public string, store *fakeStore, clock func() time.Time) *oauth1.Verifier {
	t.Helper()
	u, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	v, err := oauth1.New(oauth1.Config{PublicURL: u, Secrets: store, Nonces: new(fakeNonces), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// signed returns a POST signed with HMAC-SHA1 by an app of the RFC's examples.
// parameters are further protocol parameters.
func signed(target, consumerSecret, tokenSecret string, parameters map[string]string) *http.Request {
	all := map[string]string{
		"oauth_consumer_key": "9djdj82h48djs9d2", "oauth_signature_method": "HMAC-SHA1", "oauth_timestamp": "137131201", "oauth_nonce": "abc",
	}
	maps.Copy(all, parameters)
	var params []signature.Param
	for name, value := range all {
		params = append(params, signature.Param{Name: name, Value: value})
	}
	base := signature.BaseString(http.MethodPost, "https://api.example.com"+target, params)
	all["oauth_signature"] = signature.Sign(signature.Methods["HMAC-SHA1"], base, consumerSecret, tokenSecret)
	var pairs []string
	for name, value := range all {
		pairs = append(pairs, name+`="`+signature.Encode(value)+`"`)
	}
	r := httptest.NewRequest(http.MethodPost, target, nil)
	r.Header.Set("Authorization", "OAuth "+strings.Join(pairs, ", "))
	return r
}

// serve serves the three steps, and on all other paths the result of Verify.
func serve(t *testing.T) (*fixture, *httptest.Server) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	f := newFixtureAt(t, server.URL, time.Now)
	for pattern, step := range map[string]func(http.ResponseWriter, *http.Request) error{
		"POST " + RequestTokenPath: f.Initiate,
		"GET " + AuthorizePath:     f.Ask,
		"POST " + AuthorizePath:    f.Decide,
		"POST " + AccessTokenPath:  f.Exchange,
		"/": func(w http.ResponseWriter, r *http.Request) error {
			if !oauth1.Signed(r) {
				return errors.New("the request is not signed")
			}
			m, err := f.verifier.Open(r)
			if err != nil {
				return err
			}
			user, err := f.verifier.Check(r.Context(), m, f.verifier.Signer, nil)
			if err != nil {
				return err
			}
			return json.NewEncoder(w).Encode(map[string]any{"ConsumerKey": m.ConsumerKey(), "Token": m.Token(), "User": user})
		},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := step(w, r); err != nil {
				fail(w, err)
			}
		})
	}
	return f, server
}

// fail answers with the reason of a refusal, or with 500.
func fail(w http.ResponseWriter, err error) {
	if refusal, ok := errors.AsType[*oauth1.Refusal](err); ok {
		http.Error(w, string(refusal.Reason), http.StatusForbidden)
		return
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

// reason returns the reason of a refusal, "" for no error.
func reason(t testing.TB, err error) oauth1.Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	refusal, ok := errors.AsType[*oauth1.Refusal](err)
	if !ok {
		t.Fatalf("got %v, want a *oauth1.Refusal", err)
	}
	if refusal.Detail == "" {
		t.Errorf("the refusal %s has no detail", refusal.Reason)
	}
	return refusal.Reason
}
