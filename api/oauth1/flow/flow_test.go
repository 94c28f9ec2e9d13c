package flow

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	client "github.com/dghubble/oauth1"

	"marquee/api/oauth1"
	"marquee/storage"
)

// app returns a client of the server, with the keys of an app of the RFC's examples.
func app(server *httptest.Server, callback string) *client.Config {
	return &client.Config{
		ConsumerKey: "dpf43f3p2l4k3l03", ConsumerSecret: "kd94hf93k423kf44", CallbackURL: callback,
		Endpoint: client.Endpoint{
			RequestTokenURL: server.URL + RequestTokenPath, AuthorizeURL: server.URL + AuthorizePath, AccessTokenURL: server.URL + AccessTokenPath,
		},
		Realm: "Marquee", HTTPClient: server.Client(),
	}
}

// response is a response with its body.
type response struct {
	status int
	header http.Header
	body   string
}

// browse sends a request as a browser would, and does not follow redirects.
func browse(t *testing.T, method, address string, form url.Values) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header, string(body)}
}

// decide sends the form of the page.
func decide(t *testing.T, server *httptest.Server, token, decision, bearer string) response {
	t.Helper()
	return browse(t, "POST", server.URL+AuthorizePath, url.Values{"oauth_token": {token}, "decision": {decision}, "token": {bearer}})
}

// requestToken gets a request token.
func requestToken(t *testing.T, c *client.Config) (token, secret string) {
	t.Helper()
	token, secret, err := c.RequestToken()
	if err != nil {
		t.Fatal(err)
	}
	return token, secret
}

func TestThreeLeggedFlow(t *testing.T) {
	t.Parallel()
	_, server := serve(t)
	c := app(server, "https://printer.example.com/ready?user=7")
	token, secret := requestToken(t, c)

	address, err := c.AuthorizationURL(token)
	if err != nil {
		t.Fatal(err)
	}
	page := browse(t, "GET", address.String(), nil)
	for _, want := range []string{"Prints &lt;b&gt;&amp;&lt;/b&gt; More", "https://printer.example.com", `value="` + token + `"`, "create, change and delete"} {
		if page.status != http.StatusOK || !strings.Contains(page.body, want) {
			t.Errorf("got %d %s, want 200 and %s", page.status, page.body, want)
		}
	}
	if strings.Contains(page.body, "manage apps") {
		t.Error("the page says that an editor's app may manage apps")
	}

	back := decide(t, server, token, "approve", " mq_jane\n")
	location := back.header.Get("Location")
	callback, err := http.NewRequestWithContext(t.Context(), http.MethodGet, location, nil)
	if err != nil || back.status != http.StatusSeeOther || !strings.HasPrefix(location, "https://printer.example.com/ready?user=7&oauth_token="+token+"&oauth_verifier=") {
		t.Fatalf("got %v, %d %s; want 303 to the callback with a verifier", err, back.status, location)
	}
	got, verifier, err := client.ParseAuthorizationCallback(callback)
	if err != nil || got != token {
		t.Fatalf("got %v, %s; want %s", err, got, token)
	}

	if _, _, err := c.AccessToken(token, secret, verifier+"x"); err == nil || !strings.Contains(err.Error(), string(oauth1.VerifierInvalid)) {
		t.Errorf("another verifier: got %v, want %s", err, oauth1.VerifierInvalid)
	}
	access, accessSecret, err := c.AccessToken(token, secret, verifier)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.AccessToken(token, secret, verifier); err == nil || !strings.Contains(err.Error(), string(oauth1.TokenRejected)) {
		t.Errorf("the second exchange: got %v, want %s", err, oauth1.TokenRejected)
	}
	signer := c.Client(t.Context(), client.NewToken(access, accessSecret))
	if status, body := fetch(t, signer, "GET", server.URL+"/2.0/movies?q=a+b", ""); status != http.StatusOK || !strings.Contains(body, `"jane"`) {
		t.Errorf("with the token: got %d %s, want 200 for jane", status, body)
	}
	if again := browse(t, "GET", address.String(), nil); again.status != http.StatusNotFound {
		t.Errorf("the page of an exchanged token: got %d, want 404", again.status)
	}
}

// A request token that is not approved gives no access.
func TestRequestTokenGivesNoAccess(t *testing.T) {
	t.Parallel()
	_, server := serve(t)
	c := app(server, OutOfBand)
	token, secret := requestToken(t, c)
	if _, _, err := c.AccessToken(token, secret, "guess"); err == nil || !strings.Contains(err.Error(), string(oauth1.VerifierInvalid)) {
		t.Errorf("an exchange before the approval: got %v, want %s", err, oauth1.VerifierInvalid)
	}
	signer := c.Client(t.Context(), client.NewToken(token, secret))
	if status, body := fetch(t, signer, "GET", server.URL+"/2.0/movies", ""); status != http.StatusForbidden || !strings.Contains(body, string(oauth1.TokenRejected)) {
		t.Errorf("used as a token: got %d %s, want 403 %s", status, body, oauth1.TokenRejected)
	}
	other := app(server, OutOfBand)
	other.ConsumerKey, other.ConsumerSecret = "9djdj82h48djs9d2", "j49sk3j29djd"
	if _, _, err := other.AccessToken(token, secret, "guess"); err == nil || !strings.Contains(err.Error(), string(oauth1.TokenRejected)) {
		t.Errorf("an exchange by another app: got %v, want %s", err, oauth1.TokenRejected)
	}
}

func TestApproveOutOfBand(t *testing.T) {
	t.Parallel()
	f, server := serve(t)
	c := app(server, OutOfBand)
	token, secret := requestToken(t, c)
	page := decide(t, server, token, "approve", "mq_jane")
	verifier := f.store.requests[token].verifier
	if page.status != http.StatusOK || verifier == "" || !strings.Contains(page.body, "<code>"+verifier+"</code>") {
		t.Fatalf("got %d %s, want 200 and the verifier %s", page.status, page.body, verifier)
	}
	if _, _, err := c.AccessToken(token, secret, verifier); err != nil {
		t.Error(err)
	}
}

func TestDeny(t *testing.T) {
	t.Parallel()
	_, server := serve(t)
	c := app(server, "http://127.0.0.1:8000/cb?")
	token, secret := requestToken(t, c)
	back := decide(t, server, token, "deny", "")
	if want := "http://127.0.0.1:8000/cb?oauth_token=" + token + "&oauth_problem=user_refused"; back.status != http.StatusSeeOther || back.header.Get("Location") != want {
		t.Errorf("got %d %s, want 303 %s", back.status, back.header.Get("Location"), want)
	}
	if late := decide(t, server, token, "approve", "mq_jane"); late.status != http.StatusNotFound {
		t.Errorf("an approval after the denial: got %d, want 404", late.status)
	}
	if _, _, err := c.AccessToken(token, secret, "x"); err == nil {
		t.Error("an exchange after the denial: got no error, want one")
	}
	token, _ = requestToken(t, app(server, OutOfBand))
	if page := decide(t, server, token, "deny", ""); page.status != http.StatusOK || !strings.Contains(page.body, "Denied") {
		t.Errorf("out of band: got %d %s, want 200 and Denied", page.status, page.body)
	}
}

// A form that is not a decision of a known user about an undecided request changes
// nothing.
func TestDecideRefusesForms(t *testing.T) {
	t.Parallel()
	_, server := serve(t)
	token, _ := requestToken(t, app(server, OutOfBand))
	for name, c := range map[string]struct {
		form url.Values
		want int
	}{
		"an unknown user":    {url.Values{"oauth_token": {token}, "decision": {"approve"}, "token": {"mq_joe"}}, http.StatusForbidden},
		"no user":            {url.Values{"oauth_token": {token}, "decision": {"approve"}}, http.StatusForbidden},
		"no decision":        {url.Values{"oauth_token": {token}, "token": {"mq_jane"}}, http.StatusBadRequest},
		"another decision":   {url.Values{"oauth_token": {token}, "token": {"mq_jane"}, "decision": {"yes"}}, http.StatusBadRequest},
		"no request":         {url.Values{"token": {"mq_jane"}, "decision": {"approve"}}, http.StatusNotFound},
		"an unknown request": {url.Values{"oauth_token": {"x"}, "token": {"mq_jane"}, "decision": {"approve"}}, http.StatusNotFound},
		"NUL":                {url.Values{"oauth_token": {"\x00"}, "token": {"mq_jane"}, "decision": {"approve"}}, http.StatusNotFound},
		"too much":           {url.Values{"oauth_token": {token}, "token": {strings.Repeat("a", maxForm)}}, http.StatusBadRequest},
	} {
		if got := browse(t, "POST", server.URL+AuthorizePath, c.form); got.status != c.want || !strings.Contains(got.body, "<h1>") {
			t.Errorf("%s: got %d %s, want the page with %d", name, got.status, got.body, c.want)
		}
	}
	// A link cannot decide.
	query := url.Values{"oauth_token": {token}, "token": {"mq_jane"}, "decision": {"approve"}}.Encode()
	if got := browse(t, "POST", server.URL+AuthorizePath+"?"+query, url.Values{}); got.status != http.StatusNotFound {
		t.Errorf("a decision in the query: got %d, want 404", got.status)
	}
	if got := browse(t, "GET", server.URL+AuthorizePath+"?oauth_token="+token, nil); got.status != http.StatusOK {
		t.Errorf("the request token afterwards: got %d, want 200", got.status)
	}
}

// late is a store in which another decision comes first.
type late struct{ *fakeStore }

var errDecided = storage.Errorf(storage.NotFound, "decided")

func (late) ApproveRequestToken(context.Context, string, string) (string, error) {
	return "", errDecided
}

func (late) DenyRequestToken(context.Context, string) error { return errDecided }

// A decision after another one is answered with the page for 404.
func TestDecideAfterAnotherDecision(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "https://api.example.com")
	flow, err := New(f.verifier, late{f.store}, f.store)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := f.store.CreateRequestToken(t.Context(), "dpf43f3p2l4k3l03", "https://printer.example.com/", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, decision := range []string{"approve", "deny"} {
		form := url.Values{"oauth_token": {token}, "token": {"mq_jane"}, "decision": {decision}}
		r := httptest.NewRequest(http.MethodPost, AuthorizePath, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if err := flow.Decide(w, r); err != nil || w.Code != http.StatusNotFound || w.Header().Get("Location") != "" {
			t.Errorf("%s: got %v, %d, Location %q; want 404 without a redirect", decision, err, w.Code, w.Header().Get("Location"))
		}
	}
}

// All replies of the page have the security headers.
func TestPageHasSecurityHeaders(t *testing.T) {
	t.Parallel()
	_, server := serve(t)
	token, _ := requestToken(t, app(server, "https://printer.example.com:8443/ready"))
	for _, got := range []response{
		browse(t, "GET", server.URL+AuthorizePath+"?oauth_token="+token, nil),
		decide(t, server, token, "approve", "wrong"),
		browse(t, "GET", server.URL+AuthorizePath, nil),
		decide(t, server, token, "deny", ""),
	} {
		policy := got.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("got the policy %q, want %s in it", policy, part)
			}
		}
		if strings.Contains(got.body, "<form") && !strings.HasSuffix(policy, "form-action 'self' https://printer.example.com:8443") {
			t.Errorf("got the policy %q, want the callback in form-action", policy)
		}
		for name, want := range map[string]string{"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
			if got.header.Get(name) != want {
				t.Errorf("%s: got %q, want %q", name, got.header.Get(name), want)
			}
		}
		if strings.Contains(got.body, "<script") {
			t.Error("the page has a script")
		}
	}
}

func TestCheckCallback(t *testing.T) {
	t.Parallel()
	for callback, want := range map[string]oauth1.Reason{
		"oob": "", "https://printer.example.com": "", "http://localhost:8000/cb?a=b": "", "http://127.0.0.1:1/": "", "https://xn--bcher-kva.example/é?q=ü": "",
		"":                             oauth1.ParameterAbsent,
		"OOB":                          oauth1.ParameterRejected,
		"/ready":                       oauth1.ParameterRejected,
		"//printer.example.com/ready":  oauth1.ParameterRejected,
		"printer.example.com":          oauth1.ParameterRejected,
		"javascript:alert(1)":          oauth1.ParameterRejected,
		"data:text/html,x":             oauth1.ParameterRejected,
		"myapp://ready":                oauth1.ParameterRejected,
		"https:///ready":               oauth1.ParameterRejected,
		"https://u:p@example.com/":     oauth1.ParameterRejected,
		"https://example.com/#top":     oauth1.ParameterRejected,
		"https://example.com/#":        oauth1.ParameterRejected,
		"https://a;script-src/x":       oauth1.ParameterRejected,
		"https://a'b/":                 oauth1.ParameterRejected,
		"https://a,b/":                 oauth1.ParameterRejected,
		"https://*.example.com/":       oauth1.ParameterRejected,
		"https://example.com:port/":    oauth1.ParameterRejected,
		"https://exa mple.com/":        oauth1.ParameterRejected,
		"https://example.com/%zz":      oauth1.ParameterRejected,
		"https://[::1]/":               oauth1.ParameterRejected,
		"https://bücher.example/ready": oauth1.ParameterRejected,
	} {
		if got := reason(t, checkCallback(callback)); got != want {
			t.Errorf("%q: got %q, want %q", callback, got, want)
		}
	}
	for callback, want := range map[string]string{
		"https://a/b": "https://a/b?x", "https://a/b?": "https://a/b?x", "https://a/b?c": "https://a/b?c&x", "https://a/b?c&": "https://a/b?c&x",
	} {
		if got := addQuery(callback, "x"); got != want {
			t.Errorf("%s: got %s, want %s", callback, got, want)
		}
	}
}

// The signed steps refuse requests without their parameters and with a bad signature,
// and return the errors of their stores.
func TestStepsRefuse(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "https://api.example.com")
	alone := func(more map[string]string) *http.Request { return signed("/oauth/x", "j49sk3j29djd", "", more) }
	withToken := func(more map[string]string) *http.Request {
		more["oauth_token"] = "kkk9d7dh3k39sjv7"
		return signed("/oauth/x", "j49sk3j29djd", "dh893hdasih9", more)
	}
	step := func(do func(http.ResponseWriter, *http.Request) error, r *http.Request) error {
		w := httptest.NewRecorder()
		err := do(w, r)
		if err != nil && w.Body.Len() > 0 {
			t.Errorf("got the error %v and a response: %s", err, w.Body)
		}
		return err
	}
	callback := map[string]string{"oauth_callback": OutOfBand}
	for name, c := range map[string]struct {
		do      func(http.ResponseWriter, *http.Request) error
		request *http.Request
		want    oauth1.Reason
	}{
		"with a token":         {f.Initiate, withToken(map[string]string{"oauth_callback": OutOfBand}), oauth1.ParameterRejected},
		"without a callback":   {f.Initiate, alone(nil), oauth1.ParameterAbsent},
		"a bad callback":       {f.Initiate, alone(map[string]string{"oauth_callback": "x"}), oauth1.ParameterRejected},
		"a long callback":      {f.Initiate, alone(map[string]string{"oauth_callback": "http://a/" + strings.Repeat("a", 2048)}), oauth1.ParameterRejected},
		"a bad signature":      {f.Initiate, signed("/oauth/x", "x", "", callback), oauth1.SignatureInvalid},
		"alone":                {f.Initiate, alone(callback), ""},
		"without a verifier":   {f.Exchange, withToken(map[string]string{}), oauth1.ParameterAbsent},
		"without a token":      {f.Exchange, alone(map[string]string{"oauth_verifier": "v"}), oauth1.ParameterAbsent},
		"with another's token": {f.Exchange, withToken(map[string]string{"oauth_verifier": "v"}), oauth1.TokenRejected},
	} {
		if got := reason(t, step(c.do, c.request)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	if got := reason(t, step(f.Initiate, alone(callback))); got != oauth1.NonceUsed {
		t.Errorf("a replay: got %q, want %q", got, oauth1.NonceUsed)
	}
	f.store.down = storage.Errorf(storage.Unavailable, "connection refused")
	if err := step(f.Initiate, alone(callback)); storage.CodeOf(err) != storage.Unavailable {
		t.Errorf("the store down: got %v, want Unavailable", err)
	}
	if err := f.Ask(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/oauth/authorize?oauth_token=x", nil)); err != nil {
		t.Errorf("an unknown token: got %v, want a page", err)
	}
}

// A request token expires after ten minutes.
func TestRequestTokenExpires(t *testing.T) {
	t.Parallel()
	clock := now
	f := newFixtureAt(t, "https://api.example.com", func() time.Time { return clock })
	w := httptest.NewRecorder()
	if err := f.Initiate(w, signed(RequestTokenPath, "j49sk3j29djd", "", map[string]string{"oauth_callback": OutOfBand})); err != nil {
		t.Fatal(err)
	}
	answer, err := url.ParseQuery(w.Body.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{10*time.Minute - time.Second, http.StatusOK}, {10 * time.Minute, http.StatusNotFound}} {
		clock = now.Add(c.after)
		w := httptest.NewRecorder()
		if err := f.Ask(w, httptest.NewRequest(http.MethodGet, AuthorizePath+"?oauth_token="+answer.Get("oauth_token"), nil)); err != nil || w.Code != c.want {
			t.Errorf("after %s: got %v, %d; want %d", c.after, err, w.Code, c.want)
		}
	}
}

// Secrets are only sent with TLS or to a loopback address.
func TestNewNeedsTLS(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]bool{
		"https://api.example.com": true, "http://localhost:8080": true, "http://127.0.0.1": true, "http://[::1]:8080": true,
		"http://api.example.com": false, "http://10.0.0.1": false, "http://localhost.example.com": false,
	} {
		store := newStore()
		v := newVerifier(t, public, store, time.Now)
		if _, err := New(v, store, store); (err == nil) != want {
			t.Errorf("%s: got %v, want success %t", public, err, want)
		}
	}
}
