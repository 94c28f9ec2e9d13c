package access_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dghubble/oauth1"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// Two processes accept requests signed for their public URL, until the token is revoked.
// A nonce can be used once, on one of them.
func TestSignedRequests(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	e["MARQUEE_PUBLIC_URL"] = fixture.PublicURL
	e["MARQUEE_LOG_LEVEL"] = "debug" // then the log has the users
	c := fixture.NewApp(t, e, "ann")
	first, second := fixture.Serve(t, e), fixture.Start(t, e, "api", "--listen", "127.0.0.1:0")

	first.Signed(t, c, "POST", "/2.0/genres", `{"genre":{"name":"Sea"}}`, http.StatusCreated, "")
	a, header := first.SignedBy(t, c, "GET", "/2.0/genres/sea", "", http.StatusOK, "")
	if got := a.Header.Get("Cache-Control"); !strings.Contains(got, "private") {
		t.Errorf("got Cache-Control %q, want private", got)
	}
	problem := func(a *fixture.Answer, reason string) {
		t.Helper()
		fixture.Contains(t, a.Header.Get("WWW-Authenticate"), "OAuth ", `oauth_problem="`+reason+`"`)
	}
	problem(second.Signed(t, c, "GET", "/2.0/genres/sea", "", http.StatusForbidden, header), "nonce_used")
	problem(second.Signed(t, c, "GET", "/2.0/genres", "", http.StatusForbidden, c.Sign(t, "GET", "/2.0/genres/sea")), "signature_invalid")
	unknown := c
	unknown.Key = "nobody"
	problem(first.Signed(t, unknown, "GET", "/2.0/genres", "", http.StatusForbidden, ""), "consumer_key_unknown")
	app := fixture.Credentials{Key: c.Key, Secret: c.Secret}
	second.Signed(t, app, "DELETE", "/2.0/genres/sea", "", http.StatusNoContent, "")

	fixture.Contains(t, first.Stderr.String(), `"status":201`, `"user":"ann"`)
	fixture.Contains(t, second.Stderr.String(), `"status":204`, `"user":"app:player"`)
	fixture.Run(t, e, "token", "revoke", "--id", "1")
	problem(second.Signed(t, c, "GET", "/2.0/genres", "", http.StatusForbidden, ""), "token_revoked")
}

// Of a hundred copies of a signed request, sent at once to two processes, one is
// accepted. On a busy machine the check of a nonce may time out. Then the request is
// refused, and the test tries another one.
func TestConcurrentReplaysOnTwoProcesses(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	e["MARQUEE_PUBLIC_URL"] = fixture.PublicURL
	c := fixture.NewApp(t, e, "ann")
	var processes [2]fixture.Site
	for i := range processes {
		_, processes[i] = fixture.ServeChild(t, e, "--log-level", "error")
	}
	var made int64
	inOneAttempt(t, func(int) error {
		accepted, unchecked := replay(t, processes, c)
		made += accepted
		if accepted != 1 || unchecked > copies/2 {
			return fmt.Errorf("got %d of %d copies accepted and %d not checked, want 1 accepted", accepted, copies, unchecked)
		}
		return nil
	})
	if n := processes[1].Total(t, "/2.0/movies"); n != made {
		t.Errorf("got %d films, want %d as accepted", n, made)
	}
}

// copies is the number of concurrent copies of a request.
const copies = 100

// replay sends copies of a signed request to the processes. It returns the numbers of
// accepted copies and of copies whose nonce was not checked.
func replay(t *testing.T, processes [2]fixture.Site, c fixture.Credentials) (accepted, unchecked int64) {
	t.Helper()
	header := c.Sign(t, http.MethodPost, "/2.0/movies")
	answers := make(chan string, copies)
	begin := make(chan struct{})
	for i := range copies {
		go func() {
			<-begin
			a, err := processes[i%2].Send(t.Context(), http.MethodPost, "/2.0/movies", `{"movie":{"title":"Once"}}`, "Authorization", header)
			if err != nil {
				answers <- err.Error()
				return
			}
			_, problem, _ := strings.Cut(a.Header.Get("WWW-Authenticate"), "oauth_problem=")
			answers <- fmt.Sprint(a.Status, problem)
		}()
	}
	close(begin)
	got := map[string]int64{}
	for range copies {
		got[<-answers]++
	}
	accepted, unchecked = got["201"], got["503"]
	if accepted > 1 || accepted+unchecked == 0 || accepted+unchecked+got[`403"nonce_used"`] != copies {
		t.Errorf("got the replies %v, want one 201, 503 and nonce_used", got)
	}
	return accepted, unchecked
}

// After the three steps, an app writes in the name of a user.
func TestThreeSteps(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	app := fixture.RunJSON[map[string]string](t, e, "app", "create", "--name", "player")
	bearer := fixture.NewToken(t, e)
	s := fixture.Serve(t, e, "--log-level", "debug")
	base := strings.Replace(s.Base, "127.0.0.1", "localhost", 1) // the default public URL
	config := oauth1.Config{
		ConsumerKey: app["consumer_key"], ConsumerSecret: app["consumer_secret"], CallbackURL: "oob",
		Endpoint: oauth1.Endpoint{RequestTokenURL: base + "/oauth/request_token", AccessTokenURL: base + "/oauth/access_token"},
	}
	token, secret, err := config.RequestToken()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := config.AccessToken(token, secret, "guess"); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("an exchange before the approval: got %v, want 403", err)
	}
	form := url.Values{"oauth_token": {token}, "decision": {"approve"}, "token": {bearer}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/oauth/authorize", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("approve: got %d, %v: %s", resp.StatusCode, err, page)
	}
	_, rest, _ := strings.Cut(string(page), "<code>")
	verifier, _, _ := strings.Cut(rest, "</code>")
	access, accessSecret, err := config.AccessToken(token, secret, verifier)
	if err != nil {
		t.Fatalf("exchange with the verifier %q of %s: %v", verifier, page, err)
	}
	client := config.Client(t.Context(), oauth1.NewToken(access, accessSecret))
	posted, err := client.Post(base+"/2.0/genres", "application/json", strings.NewReader(`{"genre":{"name":"Sea"}}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = posted.Body.Close()
	if posted.StatusCode != http.StatusCreated {
		t.Errorf("the write of the app: got %d, want 201", posted.StatusCode)
	}
	fixture.Contains(t, s.Stderr.String(), `"status":201`, `"user":"ed"`)
	s.Do(t, http.MethodPut, "/oauth/authorize", "", http.StatusMethodNotAllowed)
	s.Do(t, http.MethodOptions, "/oauth/request_token", "", http.StatusNoContent)
}

// Without TLS in the public URL, the three steps do not exist.
func TestNoStepsWithoutTLS(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	s := fixture.Serve(t, e, "--public-url", "http://films.example")
	s.Do(t, http.MethodPost, "/oauth/request_token", "", http.StatusNotFound)
	fixture.Contains(t, s.Stderr.String(), "--public-url", "https")
}

// A rate limit counts the requests of both processes. A refusal is 429, or 503 for
// signed requests.
func TestLimitsAreShared(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	e["MARQUEE_PUBLIC_URL"] = fixture.PublicURL
	e["MARQUEE_LIMIT_ADDRESS"], e["MARQUEE_LIMIT_USER"] = "9", "15"
	c := fixture.NewApp(t, e, "ann")
	processes := [2]fixture.Site{fixture.Serve(t, e).Public(), fixture.Serve(t, e).Public()}
	inOneAttempt(t, func(i int) error { return addressShared(t, processes, i) })
	inOneAttempt(t, func(i int) error { return userShared(t, e, processes, c, fmt.Sprint("ann", i)) })
}

// addressShared returns an error unless an address, which has three units, spends them
// at both processes. The genres are different for each address, so that they are not
// cached.
func addressShared(t *testing.T, processes [2]fixture.Site, address int) error {
	t.Helper()
	from := []string{"X-Forwarded-For", fmt.Sprint("192.0.2.", address)}
	// The reply to a bad request is not shared, so it has RateLimit.
	if err := processes[0].Expect(t, http.MethodGet, "/2.0/movies?limit=0", "", from, http.StatusBadRequest, `"address";q=9;w=60`, `"address";r=1;t=`); err != nil {
		return err
	}
	if err := processes[1].Expect(t, http.MethodGet, fmt.Sprint("/2.0/genres/action-", address), "", from, http.StatusNotFound); err != nil {
		return err
	}
	return processes[1].Expect(t, http.MethodGet, fmt.Sprint("/2.0/genres/drama-", address), "", from, http.StatusTooManyRequests,
		"/problems/too-many-requests", "9 units a minute", "Retry-After: ", "X-Request-Id: ")
}

// userShared is addressShared for a user, who has units for one write.
func userShared(t *testing.T, e fixture.Env, processes [2]fixture.Site, c fixture.Credentials, user string) error {
	t.Helper()
	c = c.For(t, e, user)
	write := func(process, status int, parts ...string) error {
		signature := []string{"Authorization", c.Sign(t, http.MethodPost, "/2.0/genres")}
		return processes[process].Expect(t, http.MethodPost, "/2.0/genres", fmt.Sprintf(`{"genre":{"name":"%s %d"}}`, user, process), signature, status, parts...)
	}
	if err := write(0, http.StatusCreated); err != nil {
		return err
	}
	return write(1, http.StatusServiceUnavailable, `"user";r=0;t=`, "Retry-After: ")
}

// The refusal of a write over the quota has the used and the allowed bytes.
func TestOverQuota(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	s := fixture.Serve(t, e, "--quota", "1000")
	s.Token = fixture.NewToken(t, e)
	film := fmt.Sprintf(`{"movie":{"title":"Long","description":%q}}`, strings.Repeat("long ", 300))
	a := s.Do(t, http.MethodPost, "/2.0/movies", film, http.StatusInsufficientStorage)
	fixture.Contains(t, string(a.Body), "/problems/storage-quota", "stored 0 of 1000 bytes", `"allowed":"1000"`)
	s.Do(t, http.MethodPost, "/2.0/genres", `{"genre":{"name":"Sea"}}`, http.StatusCreated)
}

func TestAccessFlags(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	for _, c := range []struct{ args, named []string }{
		{[]string{"--limit-user=-1"}, []string{"limit-user", "negative"}},
		{[]string{"--public-url", "films.example"}, []string{"public-url", "http[s]"}},
		{[]string{"--trusted-proxies", "10.0.0.0/99"}, []string{"trusted-proxies", "10.0.0.0/99"}},
		{[]string{"--proxy-header", "X-Real-IP"}, []string{"X-Real-IP", "X-Forwarded-For"}},
		{[]string{"--nonce-redis-url", "http://x"}, []string{"nonce-redis-url"}},
	} {
		fixture.Contains(t, fixture.Fail(t, e, append(fixture.AnyPort, c.args...)...), c.named...)
	}
}
