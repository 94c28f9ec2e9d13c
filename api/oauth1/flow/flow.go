// Package flow leads apps through the three steps after which they act for a user
// (RFC 5849, section 2).
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

// Requests keeps the request tokens (temporary credentials, RFC 5849, section
// 2.1) from when an app asks for one until it is exchanged. Tokens, secrets and
// verifiers are made by it and cannot be guessed.
type Requests interface {
	// CreateRequestToken makes a request token for an app, which ends after life.
	// The callback is where the user goes afterwards, OutOfBand for nowhere.
	CreateRequestToken(ctx context.Context, consumerKey, callback string, life time.Duration) (token, secret string, err error)
	// RequestTokenSecrets finds the secrets of an app and of a request token that
	// was made for it and is neither exchanged nor at its end. What is unknown is
	// "", not an error.
	RequestTokenSecrets(ctx context.Context, consumerKey, token string) (consumerSecret, tokenSecret string, err error)
	// RequestedAccess says which app waits for a decision about a request token,
	// what it may do at most, and its callback. NotFound when the token is
	// unknown, decided about, exchanged or at its end; so in the next two.
	RequestedAccess(ctx context.Context, token string) (app string, role credential.Role, callback string, err error)
	// ApproveRequestToken lets the app have a token that acts for the user of a
	// bearer token, and returns the verifier that it needs for that. NotFound also
	// when the bearer token does not work.
	ApproveRequestToken(ctx context.Context, token, bearer string) (verifier string, err error)
	// DenyRequestToken ends the request token.
	DenyRequestToken(ctx context.Context, token string) error
	// ExchangeRequestToken turns an approved request token into a token, once, also
	// when it is asked twice at once. The token ends when the one does that approved
	// it. NotFound when the request token is not there, not approved, approved by what
	// does not work any more, not this app's, or the verifier is another.
	ExchangeRequestToken(ctx context.Context, consumerKey, token, verifier string) (accessToken, accessSecret string, err error)
}

// Users finds the user that a bearer token stands for; NotFound when there is
// none.
type Users interface {
	Authenticate(ctx context.Context, token string) (*credential.User, error)
}

// The paths of the three steps. Initiate and Exchange answer POST at the first
// and the last, Ask GET and Decide POST at the one between.
const (
	RequestTokenPath = "/oauth/request_token"
	AuthorizePath    = "/oauth/authorize"
	AccessTokenPath  = "/oauth/access_token"
)

// OutOfBand is the callback of an app that can receive none: the user carries
// the verifier over by hand.
const OutOfBand = "oob"

const (
	// requestTokenLife is enough to fetch a bearer token from where it is kept.
	requestTokenLife = 10 * time.Minute
	// stepTimeout bounds what a step asks of stores; each answers in milliseconds.
	stepTimeout = 5 * time.Second
)

// Flow answers the three steps by which a user lets an app act for them (RFC
// 5849, section 2). Its methods write an answer or return an error, never both.
type Flow struct {
	verifier *oauth1.Verifier
	requests Requests
	users    Users
}

// New makes a Flow. An error is a public URL without TLS: two of the steps
// answer with secrets in plain text (RFC 5849, sections 2.1 and 2.3). On a
// loopback address nobody listens in.
func New(v *oauth1.Verifier, requests Requests, users Users) (*Flow, error) {
	if u := v.PublicURL(); u.Scheme != "https" && !loopback(u.Hostname()) {
		return nil, errors.New("handing out OAuth tokens needs https in the public URL, which is " + u.String())
	}
	return &Flow{verifier: v, requests: requests, users: users}, nil
}

// loopback reports whether a host is this machine (RFC 6761, section 6.3).
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Initiate answers an app's signed POST with a request token (RFC 5849, section
// 2.1). Errors are those of Verify.
func (f *Flow) Initiate(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), stepTimeout)
	defer cancel()
	m, err := f.verifier.Open(r)
	if err != nil {
		return err
	}
	if m.Token() != "" {
		return oauth1.NewRefusal(oauth1.ParameterRejected, "oauth_token must be left out or empty: no token is there yet")
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

// Exchange answers an app's signed POST with a token that acts for the user, in
// exchange for the request token that the user has approved (RFC 5849, section
// 2.3). Errors are those of Verify.
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
		return oauth1.NewRefusal(oauth1.VerifierInvalid, "the user has not approved oauth_token, or oauth_verifier is not what they were given, or both were used before")
	}
	if err != nil {
		return err
	}
	answer(w, url.Values{"oauth_token": {token}, "oauth_token_secret": {secret}})
	return nil
}

// find looks up what the exchange is signed with: the request token stands in
// the place of a token.
func (f *Flow) find(ctx context.Context, consumerKey, token string) (*credential.Signer, error) {
	consumerSecret, tokenSecret, err := f.requests.RequestTokenSecrets(ctx, consumerKey, token)
	return &credential.Signer{ConsumerSecret: consumerSecret, TokenSecret: tokenSecret}, err
}

// answer sends credentials in the form of RFC 5849, section 2.1; nobody on the
// way may keep them.
func answer(w http.ResponseWriter, credentials url.Values) {
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(credentials.Encode())) // a client that is gone needs no answer
}
