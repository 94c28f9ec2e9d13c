package api_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"marquee/api"
	"marquee/api/oauth1"
	"marquee/cache/nonce"
	"marquee/storage"
	"marquee/storage/credential"
)

// revocable is a catalogue whose credentials are all revoked at once.
type revocable struct {
	*memory
	keys
	revoked atomic.Bool
}

func (c *revocable) Authenticate(ctx context.Context, token string) (*credential.User, error) {
	if c.revoked.Load() {
		return nil, storage.Errorf(storage.NotFound, "unknown token")
	}
	return c.memory.Authenticate(ctx, token)
}

func (c *revocable) Signer(ctx context.Context, key, token string) (*credential.Signer, error) {
	s, err := c.keys.Signer(ctx, key, token)
	s.Revoked = s.Revoked || c.revoked.Load()
	return s, err
}

// office is an API, and an address from which several clients send requests.
type office struct {
	*client
	test  *testing.T
	store *revocable
}

func newOffice(t *testing.T) office {
	t.Helper()
	_, m := seeded(t)
	store := &revocable{memory: m}
	verifier, err := oauth1.New(oauth1.Config{PublicURL: &url.URL{Scheme: "https", Host: "films.example"}, Secrets: store, Nonces: nonce.NewMemory(1000, nil)})
	if err != nil {
		t.Fatal(err)
	}
	limits := &api.Limits{Limiter: stopped(), Address: 90, User: 3000} // 30 units at once
	return office{&client{t: t, handler: api.New(api.Config{Catalogue: store, Versions: m, Logger: quiet(), OAuth: verifier, Limits: limits})}, t, store}
}

// bearer reads with a bearer token.
func (o office) bearer(token string) *answer {
	return o.from("203.0.113.9:1", "/2.0/movies/1", "Authorization", "Bearer "+token)
}

// signed reads with a good signature of ann.
func (o office) signed() *answer {
	return o.from("203.0.113.9:1", strings.TrimPrefix(inQuery(o.test, "https://films.example/2.0/movies/1"), "https://films.example"))
}

// forged reads with a wrong signature in the name of ann.
func (o office) forged() *answer {
	return o.from("203.0.113.9:1", "/2.0/movies/1", "Authorization", badSignature("oauth_token", annsToken))
}

// exhaust sends wrong tokens until the address is throttled.
func (o office) exhaust() {
	for range 6 {
		o.bearer("guess").refused(http.StatusUnauthorized)
	}
	o.bearer("guess").refused(http.StatusTooManyRequests)
}

// Credentials that were good lately go on working while an address is throttled for wrong
// ones. Others wait, good ones too, since only a lookup distinguishes them.
func TestKnownCredentialsGoOn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.bearer(editorToken).want(http.StatusOK)
	o.signed().want(http.StatusOK)
	o.exhaust()
	for range 10 {
		o.bearer(editorToken).want(http.StatusOK)
		o.signed().want(http.StatusOK)
	}
	o.bearer(adminToken).refused(http.StatusTooManyRequests)
	o.bearer("guess").refused(http.StatusTooManyRequests)
	o.from("203.0.113.10:1", "/2.0/movies/1", "Authorization", "Bearer "+adminToken).want(http.StatusOK)
	o.bearer(adminToken).want(http.StatusOK) // it was good at the other address
}

// Credentials that were never good here are refused like wrong ones.
func TestUnknownSignatureIsThrottled(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exhaust()
	o.signed().refused(http.StatusServiceUnavailable)
	o.bearer(editorToken).refused(http.StatusTooManyRequests)
}

// Revoked credentials never work, however lately they were good, and guessing with them
// is bounded too.
func TestRevokedCredentialsStop(t *testing.T) {
	t.Parallel()
	for _, throttled := range []bool{false, true} {
		o := newOffice(t)
		o.bearer(editorToken).want(http.StatusOK)
		o.signed().want(http.StatusOK)
		if throttled {
			o.exhaust()
		}
		o.store.revoked.Store(true)
		for range 6 {
			o.bearer(editorToken).refused(http.StatusUnauthorized)
			o.signed().refused(http.StatusForbidden)
		}
		o.bearer(editorToken).refused(http.StatusTooManyRequests)
		o.signed().refused(http.StatusServiceUnavailable)
	}
}

// A key and a token are no secrets, so a known pair allows as many guesses at its secrets
// as an address has, and no more. They do not throttle the rest of the address.
func TestGuessesAtKnownKeyAreBounded(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.signed().want(http.StatusOK)
	for range 6 {
		o.forged().refused(http.StatusForbidden)
	}
	o.forged().refused(http.StatusServiceUnavailable)
	o.signed().refused(http.StatusServiceUnavailable)
	o.bearer(editorToken).want(http.StatusOK)
}
