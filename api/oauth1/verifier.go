// Package oauth1 verifies requests that are signed after OAuth 1.0 (RFC 5849),
// and leads apps through the three steps after which they act for a user
// (section 2). Signatures are HMAC-SHA1 and HMAC-SHA256; protocol parameters
// come in the header or in the query.
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
	// Signer looks up an app by its consumer key and a token of that app, which is
	// "" for a request without one. What is unknown is empty, not an error, and
	// takes as long as what is known.
	Signer(ctx context.Context, consumerKey, token string) (*credential.Signer, error)
}

// Nonces remembers which nonces were used.
type Nonces interface {
	// Use marks a key as used for ttl and reports whether it was fresh. Of any
	// number of calls at once with one key, one is told that it was. An error
	// means that it cannot be said.
	Use(ctx context.Context, key string, ttl time.Duration) (fresh bool, err error)
}

// Config is what a Verifier needs.
type Config struct {
	// PublicURL is where clients reach the API: an http or https URL, with the
	// path that a proxy takes off, if any. Clients sign this address.
	PublicURL *url.URL
	Secrets   Secrets
	Nonces    Nonces
	// Window is how far a timestamp may be from now, in either direction; 0
	// stands for 300 seconds.
	Window time.Duration
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time
}

// defaultWindow is the window of the contract.
const defaultWindow = 300 * time.Second

// clockMargin is how much longer than the window a nonce is kept: the clocks of
// two servers differ, and what one has just refused another still takes.
const clockMargin = time.Minute

// Verifier verifies signed requests. It may be used by many goroutines.
type Verifier struct {
	config Config
	// origin is what every base string URI begins with.
	origin string
}

// New makes a Verifier; an error is a public URL that nobody could sign.
func New(c Config) (*Verifier, error) {
	if c.Secrets == nil || c.Nonces == nil {
		return nil, errors.New("verifying OAuth needs secrets and nonces")
	}
	u := c.PublicURL
	if u == nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the public URL %v must have the form http[s]://host[:port][/path]", u)
	}
	if c.Window == 0 {
		c.Window = defaultWindow
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Verifier{config: c, origin: signature.Origin(u)}, nil
}

// PublicURL is where clients reach the API.
func (v *Verifier) PublicURL() *url.URL { return v.config.PublicURL }

// Signer finds the secrets of an app and a token.
func (v *Verifier) Signer(ctx context.Context, consumerKey, token string) (*credential.Signer, error) {
	return v.config.Secrets.Signer(ctx, consumerKey, token)
}

// Signed reports whether a request claims to be signed after OAuth 1.0: by the
// scheme of its header, or by a parameter of the protocol in its query.
func Signed(r *http.Request) bool { return claims(r, isProtocol) }

// HasSignature reports whether a request that is Signed comes from a client that
// signs, well or badly: a page for users may have a token in its query alone.
func HasSignature(r *http.Request) bool {
	return claims(r, func(p signature.Param) bool { return p.Name == "oauth_signature" })
}

// claims reports whether the header has the scheme, or the query a parameter of
// some name.
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

// Grant is what a signature has proved.
type Grant struct {
	// ConsumerKey is the app's, Token the one that it used, "" for none.
	ConsumerKey, Token string
	// User is who acts.
	User *credential.User
}

// Admit lets a user whose signature holds go on, or says why not. What it refuses
// has used no nonce: the client may send the same request again. Nil lets
// everybody.
type Admit func(*credential.User) error

// Verify finds out who signed a request (RFC 5849, section 3.2), and consumes
// its nonce. A *Refusal says what is wrong with the credentials, an error of code
// Invalid that the query or a form is malformed, one of code Unavailable that
// nonces cannot be checked. Errors of Secrets keep their code, those of admit are
// returned as they are. With any of them nobody is let in.
func (v *Verifier) Verify(ctx context.Context, r *http.Request, admit Admit) (*Grant, error) {
	m, err := v.Open(r)
	if err != nil {
		return nil, err
	}
	user, err := v.Check(ctx, m, v.config.Secrets.Signer, admit)
	if err != nil {
		return nil, err
	}
	return &Grant{ConsumerKey: m.ConsumerKey(), Token: m.Token(), User: user}, nil
}

// Lookup finds what belongs to a consumer key and a token.
type Lookup func(ctx context.Context, consumerKey, token string) (*credential.Signer, error)

// Check goes from what costs nothing to what costs most, and touches the nonces
// only for who has proved to hold the secrets and is admitted: nobody else can
// fill their store or use up a nonce before its owner.
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
		return nil, fmt.Errorf("find who signs: %w", err)
	}
	if err := v.judge(m, signer); err != nil {
		return nil, err
	}
	if admit != nil {
		if err := admit(signer.User); err != nil {
			return nil, err
		}
	}
	ttl := m.signedAt().Add(v.config.Window + clockMargin).Sub(now)
	fresh, err := v.config.Nonces.Use(ctx, m.nonceKey(), ttl)
	switch {
	case err != nil:
		return nil, &storage.Error{Code: storage.Unavailable, Detail: "nonces cannot be checked now; try again", Err: err}
	case !fresh:
		return nil, NewRefusal(NonceUsed, "oauth_nonce was used before with this timestamp; each request needs its own")
	}
	return signer.User, nil
}

// judge compares the signature in constant time with the one that the secrets
// make. It does so also with empty ones, so that an unknown app or token is
// refused after the same work as a wrong signature.
func (v *Verifier) judge(m *Message, s *credential.Signer) error {
	made := signature.Sign(signature.Methods[m.protocol["oauth_signature_method"]], signature.BaseString(m.method, m.uri, m.params), s.ConsumerSecret, s.TokenSecret)
	holds := subtle.ConstantTimeCompare([]byte(made), []byte(m.protocol["oauth_signature"])) == 1
	switch {
	case s.ConsumerSecret == "":
		return NewRefusal(ConsumerKeyUnknown, "oauth_consumer_key is unknown or was revoked")
	case m.Token() != "" && s.TokenSecret == "":
		return NewRefusal(TokenRejected, "oauth_token is unknown, or has expired, or belongs to another app")
	case !holds:
		return NewRefusal(SignatureInvalid, "oauth_signature does not fit the request; its base string begins with %s&%s",
			storage.Excerpt(signature.Encode(strings.ToUpper(m.method))), signature.Encode(v.origin+"/"))
	case s.Revoked:
		return NewRefusal(TokenRevoked, "oauth_token was revoked")
	}
	return nil
}
