package program

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/dghubble/oauth1"

	"marquee/storage/secret"
)

// publicURL is what the processes of these tests are told that clients sign.
const publicURL = "https://films.example/api"

// roundTrip takes the place of a network.
type roundTrip func(r *http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// credentials are what a request is signed with.
type credentials struct{ key, secret, token, tokenSecret string }

// sign makes the header Authorization of a request to the public URL.
func (c credentials) sign(t *testing.T, method, path string) string {
	t.Helper()
	var header string
	network := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		header = r.Header.Get("Authorization")
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})}
	ctx := context.WithValue(t.Context(), oauth1.HTTPClient, network)
	r, err := http.NewRequestWithContext(ctx, method, publicURL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := oauth1.NewConfig(c.key, c.secret).Client(ctx, oauth1.NewToken(c.token, c.tokenSecret)).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return header
}

// checked asks as a client does: again when the nonce could not be checked, which
// on a busy machine may miss its deadline.
func checked(t *testing.T, ask func() (*answer, error)) (a *answer) {
	t.Helper()
	eventually(t, func() (err error) {
		a, err = ask()
		if err == nil && a.status == http.StatusServiceUnavailable && strings.Contains(string(a.body), "the nonce store does not answer") {
			err = fmt.Errorf("got %d: %s", a.status, a.body)
		}
		return err
	})
	return a
}

// signed sends a request with a signature, which is made here when it is "".
func (s site) signed(t *testing.T, c credentials, method, path, body string, status int, header string) *answer {
	t.Helper()
	a, _ := s.signedBy(t, c, method, path, body, status, header)
	return a
}

// signedBy is signed, and returns the signature as well.
func (s site) signedBy(t *testing.T, c credentials, method, path, body string, status int, header string) (a *answer, used string) {
	t.Helper()
	a = checked(t, func() (*answer, error) {
		if used = header; used == "" {
			used = c.sign(t, method, path)
		}
		return s.public().send(t.Context(), method, path, body, "Authorization", used)
	})
	if a.status != status {
		t.Errorf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a, used
}

// newApp makes an app, and a token of it for a user.
func newApp(t *testing.T, e environment, user string) credentials {
	t.Helper()
	app := printed[map[string]string](t, e, "app", "create", "--name", "player")
	return credentials{key: app["consumer_key"], secret: app["consumer_secret"]}.actingFor(t, e, user)
}

// actingFor are the app's credentials with a token of a user.
func (c credentials) actingFor(t *testing.T, e environment, user string) credentials {
	t.Helper()
	token := printed[map[string]string](t, e, "token", "create", "--user", user, "--app", "player")
	c.token, c.tokenSecret = token["oauth_token"], token["oauth_token_secret"]
	return c
}

// tells is nil when an answer has a status, and all the parts in its headers or its
// body.
func (s site) tells(t *testing.T, method, path, body string, headers []string, status int, parts ...string) error {
	t.Helper()
	a, err := s.send(t.Context(), method, path, body, headers...)
	if err != nil {
		return err
	}
	var text strings.Builder
	_ = a.header.Write(&text) // to a buffer
	text.Write(a.body)
	for _, part := range parts {
		if !strings.Contains(text.String(), part) {
			err = errors.Join(err, fmt.Errorf("%q is missing", part))
		}
	}
	if a.status != status {
		err = errors.Join(err, fmt.Errorf("status %d, want %d", a.status, status))
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", method, path, err, text.String())
	}
	return err
}

// managed is the environment of commands on a new catalogue with a secret key.
func managed(t *testing.T) environment {
	t.Helper()
	e := catalogue(t)
	e["MARQUEE_SECRET_KEY"] = strings.Repeat("ab", secret.KeySize)
	return e
}

// printed runs a command and decodes what it prints.
func printed[T any](t *testing.T, e environment, args ...string) T {
	t.Helper()
	var v T
	stdout := succeed(t, e, args...)
	if err := json.Unmarshal([]byte(stdout), &v); err != nil {
		t.Fatalf("%v: %v: %s", args, err, stdout)
	}
	return v
}
