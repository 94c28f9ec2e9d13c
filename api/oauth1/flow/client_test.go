package flow

import (
	"io"
	"net/http"
	"strings"
	"testing"

	client "github.com/dghubble/oauth1"

	"marquee/api/oauth1"
)

// fetch sends a request with a client that signs requests.
func fetch(t *testing.T, client *http.Client, method, address, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// Requests signed by dghubble/oauth1 are accepted, with any query. That client does not
// support repeated names.
func TestGoClient(t *testing.T) {
	t.Parallel()
	_, server := serve(t)
	for name, signer := range map[string]client.Signer{
		"HMAC-SHA1":   nil,
		"HMAC-SHA256": &client.HMAC256Signer{ConsumerSecret: "kd94hf93k423kf44"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := app(server, "")
			c.Signer = signer
			signer := c.Client(t.Context(), client.NewToken("nnch734d00sl2jdk", "pfkkdhi9sl3r4s00"))
			for _, request := range []struct{ method, target, body string }{
				{"GET", "/2.0/movies", ""},
				{"GET", "/2.0/movies?q=a+b%20c%2Bd&sort=-year&fields=title,-id", ""},
				{"GET", "/2.0/movies?q=%E2%98%83~*'()!%3B%3A@&%C3%A9=&empty&x=y=z", ""},
				{"GET", "/2.0/genres/film%20noir?a-b=1&a=2&A=3", ""},
				{"HEAD", "/2.0/movies?limit=1", ""},
				{"POST", "/2.0/movies", `{"movie":{"title":"It"}}`},
				{"PUT", "/2.0/movies/1?x=1", `{"movie":{"title":"&=+%"}}`},
				{"DELETE", "/2.0/movies/1", ""},
			} {
				if status, answer := fetch(t, signer, request.method, server.URL+request.target, request.body); status != http.StatusOK {
					t.Errorf("%s %s: got %d %s, want 200", request.method, request.target, status, answer)
				}
			}
		})
	}
}

// A client gets the reason for a refusal.
func TestGoClientRefusals(t *testing.T) {
	t.Parallel()
	_, server := serve(t)
	for name, c := range map[string]struct {
		change func(*client.Config, *client.Token)
		want   oauth1.Reason
	}{
		"another consumer key":    {func(c *client.Config, _ *client.Token) { c.ConsumerKey = "x" }, oauth1.ConsumerKeyUnknown},
		"another consumer secret": {func(c *client.Config, _ *client.Token) { c.ConsumerSecret = "x" }, oauth1.SignatureInvalid},
		"another token":           {func(_ *client.Config, t *client.Token) { t.Token = "x" }, oauth1.TokenRejected},
		"another token secret":    {func(_ *client.Config, t *client.Token) { t.TokenSecret = "x" }, oauth1.SignatureInvalid},
		"the same nonce":          {func(c *client.Config, _ *client.Token) { c.Noncer = constant{} }, oauth1.NonceUsed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, token := app(server, ""), client.NewToken("nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")
			c.change(config, token)
			signer := config.Client(t.Context(), token)
			var status int
			var answer string
			for range 3 { // of three requests with the same nonce, two are in the same second
				status, answer = fetch(t, signer, "GET", server.URL+"/2.0/movies", "")
				if status != http.StatusOK {
					break
				}
			}
			if status != http.StatusForbidden || strings.TrimSpace(answer) != string(c.want) {
				t.Errorf("got %d %s, want 403 %s", status, answer, c.want)
			}
		})
	}
}

// constant is a source of nonces that always returns the same one.
type constant struct{}

func (constant) Nonce() string { return "once" }
