// Package flow answers the three steps by which a user lets an app act for them (RFC
// 5849, section 2).
package flow

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"marquee/api/oauth1"
	"marquee/storage"
	"marquee/storage/credential"
)

// Requests stores the request tokens (temporary credentials, RFC 5849, section 2.1)
// from their creation to their exchange. It makes tokens, secrets and verifiers that
// cannot be guessed.
type Requests interface {
	// CreateRequestToken makes a request token for an app, which expires after life.
	// The callback is the URL to which the user returns, or OutOfBand.
	CreateRequestToken(ctx context.Context, consumerKey, callback string, life time.Duration) (token, secret string, err error)
	// RequestTokenSecrets returns the secrets of an app and of a request token of the
	// app that is neither exchanged nor expired. An unknown secret is "", not an error.
	RequestTokenSecrets(ctx context.Context, consumerKey, token string) (consumerSecret, tokenSecret string, err error)
	// RequestedAccess returns the app that waits for a decision about a request token,
	// its highest role, and its callback. The error is NotFound if the token is
	// unknown, decided, exchanged or expired. The next two methods have the same error.
	RequestedAccess(ctx context.Context, token string) (app string, role credential.Role, callback string, err error)
	// ApproveRequestToken allows the app to get a token that acts for the user of a
	// bearer token, and returns the verifier for the exchange. The error is also
	// NotFound if the bearer token is not valid.
	ApproveRequestToken(ctx context.Context, token, bearer string) (verifier string, err error)
	// DenyRequestToken deletes the request token.
	DenyRequestToken(ctx context.Context, token string) error
	// ExchangeRequestToken exchanges an approved request token for a token. Of
	// concurrent calls only one succeeds. The token expires with the bearer token that
	// approved it. The error is NotFound if the request token is unknown, not approved,
	// or of another app, if the verifier is wrong, or if the bearer token that approved
	// it is no longer valid.
	ExchangeRequestToken(ctx context.Context, consumerKey, token, verifier string) (accessToken, accessSecret string, err error)
}

// Users returns the user of a bearer token. The error is NotFound if there is none.
type Users interface {
	Authenticate(ctx context.Context, token string) (*credential.User, error)
}

// The paths of the three steps. Initiate and Exchange answer POST at the first and the
// last path. Ask answers GET, and Decide POST, at the second one.
const (
	RequestTokenPath = "/oauth/request_token"
	AuthorizePath    = "/oauth/authorize"
	AccessTokenPath  = "/oauth/access_token"
)

// OutOfBand is the callback of an app without a URL: the user copies the verifier to
// the app.
const OutOfBand = "oob"

const (
	// requestTokenLife is enough for a user to find their bearer token.
	requestTokenLife = 10 * time.Minute
	// stepTimeout bounds a step. Its stores answer in milliseconds.
	stepTimeout = 5 * time.Second
)

// Flow answers the three steps. Its methods either write a response or return an error.
type Flow struct {
	verifier *oauth1.Verifier
	requests Requests
	users    Users
}

// New returns a Flow. It fails if the public URL has no TLS, because two steps answer
// with secrets in plain text (RFC 5849, sections 2.1 and 2.3). A loopback address needs
// no TLS.
func New(v *oauth1.Verifier, requests Requests, users Users) (*Flow, error) {
	if u := v.PublicURL(); u.Scheme != "https" && !loopback(u.Hostname()) {
		return nil, errors.New("the public URL must use https for handing out OAuth tokens, but is " + u.String())
	}
	return &Flow{verifier: v, requests: requests, users: users}, nil
}

// loopback reports whether a host is this machine (RFC 6761, section 6.3).
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Initiate answers the signed POST of an app with a request token (RFC 5849, section
// 2.1). It returns the errors of Verifier.Open and Check.
func (f *Flow) Initiate(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), stepTimeout)
	defer cancel()
	m, err := f.verifier.Open(r)
	if err != nil {
		return err
	}
	if m.Token() != "" {
		return oauth1.NewRefusal(oauth1.ParameterRejected, "oauth_token must be absent or empty, because the app has no token yet")
	}
	callback := m.Parameter("oauth_callback")
	if err := checkCallback(callback); err != nil {
		return err
	}
	if _, err := f.verifier.Check(ctx, m, f.verifier.Signer, nil); err != nil {
		return err
	}
	token, secret, err := f.requests.CreateRequestToken(ctx, m.ConsumerKey(), callback, requestTokenLife)
	if err != nil {
		return err
	}
	answer(w, url.Values{"oauth_token": {token}, "oauth_token_secret": {secret}, "oauth_callback_confirmed": {"true"}})
	return nil
}

// Exchange answers the signed POST of an app with a token that acts for the user, for
// a request token that the user has approved (RFC 5849, section 2.3). It returns the
// errors of Verifier.Open and Check.
func (f *Flow) Exchange(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), stepTimeout)
	defer cancel()
	m, err := f.verifier.Open(r)
	if err != nil {
		return err
	}
	for _, name := range []string{"oauth_token", "oauth_verifier"} {
		if m.Parameter(name) == "" {
			return oauth1.NewRefusal(oauth1.ParameterAbsent, "%s is missing or empty", name)
		}
	}
	if _, err := f.verifier.Check(ctx, m, f.find, nil); err != nil {
		return err
	}
	token, secret, err := f.requests.ExchangeRequestToken(ctx, m.ConsumerKey(), m.Token(), m.Parameter("oauth_verifier"))
	if storage.CodeOf(err) == storage.NotFound {
		return oauth1.NewRefusal(oauth1.VerifierInvalid, "oauth_token is not approved or was already exchanged, or oauth_verifier is wrong; start again with a new request token")
	}
	if err != nil {
		return err
	}
	answer(w, url.Values{"oauth_token": {token}, "oauth_token_secret": {secret}})
	return nil
}

// find returns the secrets that sign the exchange, in which the request token takes
// the place of the token.
func (f *Flow) find(ctx context.Context, consumerKey, token string) (*credential.Signer, error) {
	consumerSecret, tokenSecret, err := f.requests.RequestTokenSecrets(ctx, consumerKey, token)
	return &credential.Signer{ConsumerSecret: consumerSecret, TokenSecret: tokenSecret}, err
}

// answer sends credentials in the form of RFC 5849, section 2.1. No cache may store
// them.
func answer(w http.ResponseWriter, credentials url.Values) {
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(credentials.Encode())) // a client that has left needs no response
}
