package oauth1

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"marquee/storage/credential"
)

// now is the time of the examples in RFC 5849.
var now = time.Unix(137131201, 0)

// fakeStore keeps apps and tokens in memory.
type fakeStore struct {
	mu sync.Mutex
	// apps has consumer secrets by consumer key.
	apps   map[string]string
	tokens map[string]fakeToken
	// down is the error of all lookups, nil for none.
	down error
}

type fakeToken struct {
	app, secret string
	revoked     bool
	user        *credential.User
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
			"revoked":          {app: "9djdj82h48djs9d2", secret: "gone", revoked: true, user: jane},
		},
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

// fakeNonces stores nonces in memory until their ttl ends.
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

// newFixture returns a verifier for a public URL, at the time of the examples.
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
	f.nonces.now = clock
	if f.Verifier, err = New(Config{PublicURL: u, Secrets: f.store, Nonces: f.nonces, Now: clock}); err != nil {
		t.Fatal(err)
	}
	return f
}

// grant is what a valid signature proves.
type grant struct {
	ConsumerKey, Token string
	User               *credential.User
}

// Verify opens and checks a request.
func (f *fixture) Verify(ctx context.Context, r *http.Request, admit Admit) (*grant, error) {
	m, err := f.Open(r)
	if err != nil {
		return nil, err
	}
	user, err := f.Check(ctx, m, f.Signer, admit)
	if err != nil {
		return nil, err
	}
	return &grant{m.ConsumerKey(), m.Token(), user}, nil
}

// reason returns the reason of a refusal, "" for no error.
func reason(t testing.TB, err error) Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok {
		t.Fatalf("got %v, want a *Refusal", err)
	}
	if refusal.Detail == "" {
		t.Errorf("the refusal %s has no detail", refusal.Reason)
	}
	return refusal.Reason
}
