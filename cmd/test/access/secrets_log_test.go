package access_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dghubble/oauth1"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// secrets has the values that no log may contain, by their names.
type secrets map[string]string

// add records a value and returns it.
func (s secrets) add(name, value string) string {
	s[name] = value
	return value
}

// absent checks that a text contains none of the values, plain or escaped.
func (s secrets) absent(t *testing.T, where, text string) {
	t.Helper()
	for name, value := range s {
		if len(value) < 8 {
			t.Errorf("%s: got %q, want a value long enough to search for", name, value)
		}
		for _, form := range []string{value, url.QueryEscape(value), url.PathEscape(value), base64.StdEncoding.EncodeToString([]byte(value))} {
			if strings.Contains(text, form) {
				t.Errorf("%s: got %s in it:\n%s", where, name, lineWith(text, form))
			}
		}
	}
}

func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}

// postForm posts a form and returns the body of the reply.
func postForm(t *testing.T, address string, form url.Values, status int) string {
	t.Helper()
	response, err := http.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status {
		t.Fatalf("%s: got %d, %v, want %d: %s", address, response.StatusCode, err, status, body)
	}
	return string(body)
}

// The program writes no secret to its log at level debug, nor to its output: valid and
// invalid credentials in all places, and secrets made by commands and over HTTP.
func TestNoSecretIsLogged(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	s := secrets{}
	s.add("the secret key", e["MARQUEE_SECRET_KEY"])
	e["MARQUEE_LOG_LEVEL"] = "debug"
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	server, site := fixture.ServeChild(t, e)
	var commands fixture.Output
	run := func(args ...string) map[string]string {
		stdout, stderr, err := fixture.Execute(t, e, args...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		_, _ = commands.Write([]byte(stderr))
		var printed map[string]string
		if err := json.Unmarshal([]byte(stdout), &printed); err != nil {
			t.Fatalf("%v: %v: %s", args, err, stdout)
		}
		return printed
	}

	app := run("app", "create", "--name", "player", "--role", "admin")
	s.add("the app's secret", app["consumer_secret"])
	token := run("token", "create", "--user", "ann", "--app", "player", "--role", "admin")
	site.Token = s.add("a bearer token", token["token"])
	s.add("an OAuth token's secret", token["oauth_token_secret"])

	site.Post(t, "/2.0/genres", `{"genre":{"name":"Sea"}}`)
	for name, header := range map[string]string{
		"an unknown bearer token": "Bearer mq_NOBODYKNOWSTHISTOKEN", "a malformed bearer token": "Bearer {malformed token}",
		"a password": "Basic YW5uOmEgbG9uZyBwYXNzd29yZA==", "a bearer token of another scheme": "OAuth mq_TOKENOFANOTHERSCHEME",
		"a bearer token as a parameter": `OAuth mq_TOKENASAPARAMETER%zz=""`,
	} {
		scheme, value, _ := strings.Cut(header, " ")
		s.add(name, strings.TrimSuffix(value, `%zz=""`))
		want := map[bool]int{true: http.StatusForbidden, false: http.StatusUnauthorized}[scheme == "OAuth"]
		if a, err := site.Public().Send(t.Context(), http.MethodGet, "/2.0/movies", "", "Authorization", header); err != nil || a.Status != want {
			t.Errorf("%s: got %+v, %v; want %d", name, a, err, want)
		}
	}
	s.signatures(t, site, fixture.Credentials{Key: app["consumer_key"], Secret: app["consumer_secret"], Token: token["oauth_token"], TokenSecret: token["oauth_token_secret"]})
	s.givesAccess(t, site, app)

	made := site.Post(t, "/2.0/apps", `{"app":{"name":"other"}}`)
	s.add("the secret of an app made over HTTP", made.At(t, "app.consumer_secret"))
	rotated := site.Do(t, http.MethodPost, made.Header.Get("Location")+"/rotate", "", http.StatusOK)
	s.add("a secret rotated over HTTP", rotated.At(t, "app.consumer_secret"))
	issued := site.Post(t, "/2.0/tokens", `{"token":{"user":"ben","app":"player"}}`)
	s.add("a bearer token made over HTTP", issued.At(t, "token.token"))
	s.add("an OAuth token's secret made over HTTP", issued.At(t, "token.oauth_token_secret"))
	s.add("a rotated secret", run("app", "rotate", "--name", "player")["consumer_secret"])
	s.add("a rotated token", run("token", "rotate", "--id", "1")["token"])
	site.Do(t, http.MethodGet, "/2.0/movies", "", http.StatusUnauthorized) // the token was rotated
	site.Do(t, http.MethodGet, "/livez", "", http.StatusOK)

	log := server.Stderr.String()
	fixture.Contains(t, log, `"level":"DEBUG"`, `"path":"/oauth/request_token","status":200`, `"path":"/oauth/access_token","status":200`, `"path":"/2.0/tokens","status":201`)
	s.absent(t, "the server's log", log)
	s.absent(t, "the server's output", server.Stdout.String())
	s.absent(t, "the commands' log", commands.String())
}

// signatures sends signed requests, valid and invalid, in the header and in the query.
func (s secrets) signatures(t *testing.T, site fixture.Site, c fixture.Credentials) {
	t.Helper()
	const path = "/2.0/genres/sea"
	for name, secret := range map[string]string{"a good signature": c.TokenSecret, "a bad signature": "guess"} {
		var header, query string
		c.TokenSecret = secret
		inQuery := func() (*fixture.Answer, error) {
			return site.Public().Send(t.Context(), http.MethodGet, path+query, "")
		}
		first := fixture.RetryNonce(t, func() (*fixture.Answer, error) {
			header, query = s.signature(t, name, c, strings.Replace(site.Base, "127.0.0.1", "localhost", 1)+path)
			return inQuery()
		})
		if want := map[string]int{"a good signature": http.StatusOK, "a bad signature": http.StatusForbidden}[name]; first.Status != want {
			t.Errorf("%s: got %+v, want %d", name, first, want)
		}
		again := fixture.RetryNonce(t, inQuery) // the nonce is used
		inHeader := fixture.RetryNonce(t, func() (*fixture.Answer, error) {
			return site.Public().Send(t.Context(), http.MethodGet, path, "", "Authorization", header)
		})
		if again.Status != http.StatusForbidden || inHeader.Status != http.StatusForbidden {
			t.Errorf("%s again: got %+v, %+v; want 403", name, again, inHeader)
		}
	}
}

// signature signs a request, and records the signature. It returns the header, and the
// query with the same parameters.
func (s secrets) signature(t *testing.T, name string, c fixture.Credentials, address string) (header, query string) {
	t.Helper()
	client := oauth1.NewConfig(c.Key, c.Secret).Client(t.Context(), oauth1.NewToken(c.Token, c.TokenSecret))
	client.Transport.(*oauth1.Transport).Base = fixture.RoundTrip(func(r *http.Request) (*http.Response, error) {
		header = r.Header.Get("Authorization")
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})
	response, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	_, signature, _ := strings.Cut(header, `oauth_signature="`)
	signature, _, _ = strings.Cut(signature, `"`)
	plain, err := url.PathUnescape(signature)
	if err != nil {
		t.Fatal(err)
	}
	s.add(name, plain)
	return header, strings.NewReplacer("OAuth ", "?", `", `, "&", `"`, "").Replace(header)
}

// givesAccess runs the three steps, with wrong credentials in each.
func (s secrets) givesAccess(t *testing.T, site fixture.Site, app map[string]string) {
	t.Helper()
	base := strings.Replace(site.Base, "127.0.0.1", "localhost", 1)
	config := oauth1.Config{
		ConsumerKey: app["consumer_key"], ConsumerSecret: app["consumer_secret"], CallbackURL: "oob",
		Endpoint: oauth1.Endpoint{RequestTokenURL: base + "/oauth/request_token", AccessTokenURL: base + "/oauth/access_token"},
	}
	var token, secret, access, accessSecret string
	await.Nil(t, func() (err error) { // the check of the nonce may time out
		token, secret, err = config.RequestToken()
		return err
	})
	s.add("a request token's secret", secret)
	guessed := url.Values{"oauth_token": {token}, "decision": {"approve"}, "token": {s.add("a guessed bearer token", "mq_GUESSEDBEARERTOKEN")}}
	postForm(t, base+"/oauth/authorize", guessed, http.StatusForbidden)
	page := postForm(t, base+"/oauth/authorize", url.Values{"oauth_token": {token}, "decision": {"approve"}, "token": {site.Token}}, http.StatusOK)
	_, rest, _ := strings.Cut(page, "<code>")
	verifier, _, _ := strings.Cut(rest, "</code>")
	if _, _, err := config.AccessToken(token, secret, s.add("a guessed verifier", "guessedverifier")); err == nil {
		t.Error("a guessed verifier: got no error, want one")
	}
	s.add("a verifier", verifier)
	await.Nil(t, func() (err error) {
		access, accessSecret, err = config.AccessToken(token, secret, verifier)
		return err
	})
	s.add("a given token's secret", accessSecret)
	await.Nil(t, func() error {
		response, err := config.Client(t.Context(), oauth1.NewToken(access, accessSecret)).Get(fmt.Sprint(base, "/2.0/movies"))
		if err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			err = fmt.Errorf("with the new token: got %d, want 200", response.StatusCode)
		}
		return errors.Join(err, response.Body.Close())
	})
}
