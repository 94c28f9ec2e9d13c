// Package oauth1 verifies requests signed with OAuth 1.0 (RFC 5849). Signatures are
// HMAC-SHA1 or HMAC-SHA256. The protocol parameters are in the header Authorization or
// in the query.
package oauth1

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"marquee/api/oauth1/signature"
	"marquee/storage"
	"marquee/storage/credential"
)

// Secrets finds the secrets of apps and their tokens.
type Secrets interface {
	// Signer returns the secrets of the app with a consumer key and of one of its
	// tokens. The token is "" for a request without one. An unknown app or token has
	// empty secrets and no error, and takes as long to look up as a known one.
	Signer(ctx context.Context, consumerKey, token string) (*credential.Signer, error)
}

// Nonces stores used nonces.
type Nonces interface {
	// Use marks a key as used for ttl and reports whether it was unused. Of concurrent
	// calls with the same key, only one returns true. After an error it is unknown
	// whether the key was used.
	Use(ctx context.Context, key string, ttl time.Duration) (fresh bool, err error)
}

// Config configures a Verifier.
type Config struct {
	// PublicURL is the URL of the API for clients, with http or https. It has the path
	// that a proxy removes, if any. Clients sign this URL.
	PublicURL *url.URL
	// Others are further URLs that clients may sign.
	Others  []*url.URL
	Secrets Secrets
	Nonces  Nonces
	// Window is the largest difference between a timestamp and the current time, in
	// either direction; 0 means 300 seconds.
	Window time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// defaultWindow is the window that the contract promises.
const defaultWindow = 300 * time.Second

// clockMargin is added to the window for storing nonces. Clocks of servers differ: one
// server may still accept a timestamp that is too old for another.
const clockMargin = time.Minute

// Verifier verifies signed requests. It is safe for concurrent use.
type Verifier struct {
	config Config
	// origins are the beginnings of base string URIs, one for each URL.
	origins []string
}

// New returns a Verifier. It fails if clients cannot sign the public URL.
func New(c Config) (*Verifier, error) {
	if c.Secrets == nil || c.Nonces == nil {
		return nil, errors.New("oauth1: Config needs Secrets and Nonces")
	}
	v := &Verifier{}
	for _, u := range append([]*url.URL{c.PublicURL}, c.Others...) {
		if u == nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("the public URL %v must have the form http[s]://host[:port][/path]", u)
		}
		v.origins = append(v.origins, signature.Origin(u))
	}
	if c.Window == 0 {
		c.Window = defaultWindow
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	v.config = c
	return v, nil
}

// PublicURL returns the URL of the API for clients.
func (v *Verifier) PublicURL() *url.URL { return v.config.PublicURL }

// Signer returns the secrets of an app and a token. It is the Lookup of Verify.
func (v *Verifier) Signer(ctx context.Context, consumerKey, token string) (*credential.Signer, error) {
	return v.config.Secrets.Signer(ctx, consumerKey, token)
}

// Signed reports whether a request claims to be signed with OAuth 1.0: by the scheme of
// its header, or by a protocol parameter in its query.
func Signed(r *http.Request) bool { return claims(r, isProtocol) }

// HasSignature reports whether a request has a signature, valid or not. A Signed
// request may have none: pages for users have a token in their query.
func HasSignature(r *http.Request) bool {
	return claims(r, func(p signature.Param) bool { return p.Name == "oauth_signature" })
}

// claims reports whether the header has the scheme, or the query a parameter for which
// named is true.
func claims(r *http.Request, named func(signature.Param) bool) bool {
	for _, value := range r.Header["Authorization"] {
		if _, ok := cutScheme(value); ok {
			return true
		}
	}
	_, query := target(r)
	for piece := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(piece, "=")
		if plain, err := url.QueryUnescape(name); err == nil && named(signature.Param{Name: plain}) {
			return true
		}
	}
	return false
}

// Admit returns nil to admit a user with a valid signature, else the reason. A request
// that it refuses uses no nonce, so the client may send it again. A nil Admit admits
// all users.
type Admit func(*credential.User) error

// Lookup returns the secrets of a consumer key and a token.
type Lookup func(ctx context.Context, consumerKey, token string) (*credential.Signer, error)

// Check verifies the signature of a message (RFC 5849, section 3.2) and returns the user
// for whom it was made. Cheap checks come first. It uses the nonce last, only for a
// valid signature of an admitted user, so that nobody else can fill the store of
// nonces or use the nonce of another client. It returns a *Refusal for bad credentials,
// an error of code Invalid for a body that ends too early, *BodyTooLarge for one that is
// too large to be hashed, and an error of code Unavailable if it cannot check the nonce.
// Errors of find are wrapped, errors of admit are returned unchanged.
func (v *Verifier) Check(ctx context.Context, m *Message, find Lookup, admit Admit) (*credential.User, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	now := v.config.Now()
	if err := m.checkTime(now, v.config.Window); err != nil {
		return nil, err
	}
	signer, err := find(ctx, m.ConsumerKey(), m.Token())
	if err != nil {
		return nil, fmt.Errorf("look up the signer: %w", err)
	}
	if err := v.checkSignature(m, signer); err != nil {
		return nil, err
	}
	if err := m.checkBody(); err != nil {
		return nil, err
	}
	if admit != nil {
		if err := admit(signer.User); err != nil {
			return nil, err
		}
	}
	ttl := m.signedAt().Add(v.config.Window + clockMargin).Sub(now)
	fresh, err := v.config.Nonces.Use(context.WithoutCancel(ctx), m.nonceKey(), ttl) // the body may have used up the time; the store has a deadline
	switch {
	case err != nil:
		return nil, &storage.Error{Code: storage.Unavailable, Detail: "the nonce store does not answer; try again later", Err: err}
	case !fresh:
		return nil, NewRefusal(NonceUsed, "oauth_nonce was already used with this timestamp; send a new nonce with each request")
	}
	return signer.User, nil
}

// checkSignature compares the signature, in constant time, with the signature by the secrets. It
// does so for empty secrets, too: an unknown app or token takes as long as a wrong
// signature.
func (v *Verifier) checkSignature(m *Message, s *credential.Signer) error {
	hash, holds, begins := signature.Methods[m.protocol["oauth_signature_method"]], 0, []string{}
	for _, origin := range v.origins {
		made := signature.Sign(hash, signature.BaseString(m.method, origin+m.path, m.params), s.ConsumerSecret, s.TokenSecret)
		holds |= subtle.ConstantTimeCompare([]byte(made), []byte(m.protocol["oauth_signature"]))
		begins = append(begins, storage.Excerpt(signature.Encode(strings.ToUpper(m.method)))+"&"+signature.Encode(origin+"/"))
	}
	switch {
	case s.ConsumerSecret == "":
		return NewRefusal(ConsumerKeyUnknown, "oauth_consumer_key is unknown or was revoked")
	case m.Token() != "" && s.TokenSecret == "":
		return NewRefusal(TokenRejected, "oauth_token is unknown, expired, or belongs to another app")
	case holds == 0:
		return NewRefusal(SignatureInvalid, "oauth_signature is not the signature of this request; sign a base string that begins with %s", strings.Join(begins, " or "))
	case s.Revoked:
		return NewRefusal(TokenRevoked, "oauth_token was revoked")
	}
	return nil
}
