package access_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/dghubble/oauth1"

	"marquee/cmd/test/fixture"
)

// read reads genres under a URL with a signature of a public client library, and returns
// the status.
func read(t *testing.T, c fixture.Credentials, base string) int {
	t.Helper()
	client := oauth1.NewConfig(c.Key, c.Secret).Client(t.Context(), oauth1.NewToken(c.Token, c.TokenSecret))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/2.0/genres?limit=5", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// port returns the port of a URL.
func port(t *testing.T, base string) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

// Without a public URL, a client signs whichever name of this machine it uses, with the
// port that is listened on.
func TestSignedForThisMachine(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	c := fixture.NewApp(t, e, "ann")
	s := fixture.Start(t, e, "api", "--listen", ":0")
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
		if got := read(t, c, "http://"+host+":"+port(t, s.Base)); got != http.StatusOK {
			t.Errorf("signed for %s: got %d, want 200", host, got)
		}
	}
	if got := read(t, c, "http://127.0.0.2:"+port(t, s.Base)); got != http.StatusForbidden {
		t.Errorf("signed for another address: got %d, want 403", got)
	}
}

// With a public URL, only signatures for that are accepted.
func TestSignedForPublicURLOnly(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	e["MARQUEE_PUBLIC_URL"] = fixture.PublicURL
	c := fixture.NewApp(t, e, "ann")
	s := fixture.Serve(t, e)
	for _, host := range []string{"localhost", "127.0.0.1"} {
		if got := read(t, c, "http://"+host+":"+port(t, s.Base)); got != http.StatusForbidden {
			t.Errorf("signed for %s: got %d, want 403", host, got)
		}
	}
	s.Signed(t, c, http.MethodGet, "/2.0/genres", "", http.StatusOK, "")
}
