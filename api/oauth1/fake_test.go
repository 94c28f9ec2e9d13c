package oauth1

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"marquee/storage"
	"marquee/storage/credential"
)

// now is when the tests happen: the time of the examples in RFC 5849.
var now = time.Unix(137131201, 0)

// fakeStore keeps apps, tokens, request tokens and bearer tokens in memory.
type fakeStore struct {
	mu sync.Mutex
	// apps are consumer secrets by consumer key.
	apps map[string]string
	// tokens are by token; requests too.
	tokens   map[string]fakeToken
	requests map[string]fakeRequest
	users    map[string]*credential.User
	now      func() time.Time
	// down is the error of every lookup, nil for none.
	down error
}

type fakeToken struct {
	app, secret string
	revoked     bool
	user        *credential.User
}

type fakeRequest struct {
	app, secret, callback, verifier string
	user                            *credential.User
	ends                            time.Time
}

// newStore has the apps and tokens of the RFC's examples, and one user.
func newStore() *fakeStore {
	jane := &credential.User{Name: "jane", Role: credential.Editor}
	return &fakeStore{
		apps: map[string]string{"dpf43f3p2l4k3l03": "kd94hf93k423kf44", "9djdj82h48djs9d2": "j49sk3j29djd"},
		tokens: map[string]fakeToken{
			"nnch734d00sl2jdk": {app: "dpf43f3p2l4k3l03", secret: "pfkkdhi9sl3r4s00", user: jane},
			"kkk9d7dh3k39sjv7": {app: "9djdj82h48djs9d2", secret: "dh893hdasih9", user: jane},
			"revoked":          {app: "9djdj82h48djs9d2", secret: "gone", revoked: true, user: jane},
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
		c.TokenSecret, c.Revoked, c.User = t.secret, t.revoked, t.user
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

// request is one that has not ended. The caller holds the lock.
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

// undecided is a request that waits for its user. The caller holds the lock.
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

// fakeNonces keeps nonces in memory, no longer than it is told to.
type fakeNonces struct {
	mu   sync.Mutex
	ends map[string]time.Time
	now  func() time.Time
	down error
}

func newNonces() *fakeNonces {
	return &fakeNonces{ends: map[string]time.Time{}, now: func() time.Time { return now }}
}

func (n *fakeNonces) Use(_ context.Context, key string, ttl time.Duration) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down != nil {
		return false, n.down
	}
	if end, used := n.ends[key]; used && n.now().Before(end) {
		return false, nil
	}
	n.ends[key] = n.now().Add(ttl)
	return true, nil
}

// fixture is a verifier with its stores.
type fixture struct {
	*Verifier
	store  *fakeStore
	nonces *fakeNonces
}

// newFixture verifies requests to a public URL at the time of the examples.
func newFixture(t testing.TB, public string) *fixture {
	t.Helper()
	return newFixtureAt(t, public, func() time.Time { return now })
}

func newFixtureAt(t testing.TB, public string, clock func() time.Time) *fixture {
	t.Helper()
	u, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{store: newStore(), nonces: newNonces()}
	f.store.now, f.nonces.now = clock, clock
	if f.Verifier, err = New(Config{PublicURL: u, Secrets: f.store, Nonces: f.nonces, Now: clock}); err != nil {
		t.Fatal(err)
	}
	return f
}

// serve answers the three steps, and on every other path who has signed.
func serve(t *testing.T) (*fixture, *Flow, *httptest.Server) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	f := newFixtureAt(t, server.URL, time.Now)
	flow, err := NewFlow(f.Verifier, f.store, f.store)
	if err != nil {
		t.Fatal(err)
	}
	for pattern, step := range map[string]func(http.ResponseWriter, *http.Request) error{
		"POST " + RequestTokenPath: flow.Initiate,
		"GET " + AuthorizePath:     flow.Ask,
		"POST " + AuthorizePath:    flow.Decide,
		"POST " + AccessTokenPath:  flow.Exchange,
		"/": func(w http.ResponseWriter, r *http.Request) error {
			if !Signed(r) {
				return errors.New("the request is not signed")
			}
			grant, err := f.Verify(r.Context(), r, nil)
			if err != nil {
				return err
			}
			return json.NewEncoder(w).Encode(grant)
		},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := step(w, r); err != nil {
				fail(w, err)
			}
		})
	}
	return f, flow, server
}

// fail answers with the reason of a refusal.
func fail(w http.ResponseWriter, err error) {
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		http.Error(w, string(refusal.Reason), http.StatusForbidden)
		return
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

// reason is why a request was refused, "" when it was not.
func reason(t testing.TB, err error) Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok {
		t.Fatalf("not a refusal: %v", err)
	}
	if refusal.Detail == "" {
		t.Errorf("the refusal %s says nothing", refusal.Reason)
	}
	return refusal.Reason
}
