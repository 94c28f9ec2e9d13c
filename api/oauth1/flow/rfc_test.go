package flow

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// The headers of the first two requests of RFC 5849, section 1.2, in one line each.
const (
	initiate = `OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", ` +
		`oauth_nonce="wIjqoS", oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"`
	exchange = `OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="hh5s93j4hdidpola", oauth_signature_method="HMAC-SHA1", ` +
		`oauth_timestamp="137131201", oauth_nonce="walatlh", oauth_verifier="hfdp7dh39dks9884", oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"`
)

// printed returns a POST with a header from the RFC.
func printed(target, header string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, nil)
	r.Header.Set("Authorization", header)
	return r
}

// TestWalkThrough sends the requests of section 1.2. For the second one, the store has
// the secrets that the RFC's server answered.
func TestWalkThrough(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "https://photos.example.net")
	w := httptest.NewRecorder()
	if err := f.Initiate(w, printed("/initiate", initiate)); err != nil {
		t.Fatal(err)
	}
	answer, err := url.ParseQuery(w.Body.String())
	if err != nil || answer.Get("oauth_callback_confirmed") != "true" || w.Header().Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Fatalf("got %v, %s %s; want a confirmed callback in a form", err, w.Header().Get("Content-Type"), w.Body)
	}
	q := f.store.requests[answer.Get("oauth_token")]
	if q.callback != "http://printer.example.com/ready" || q.secret != answer.Get("oauth_token_secret") {
		t.Fatalf("the store has %+v, the client got %v; want the same secret", q, answer)
	}

	q.secret, q.verifier, q.user = "hdhd0244k9j7ao03", "hfdp7dh39dks9884", f.store.users["mq_jane"]
	f.store.requests["hh5s93j4hdidpola"] = q
	w = httptest.NewRecorder()
	if err := f.Exchange(w, printed("/token", exchange)); err != nil {
		t.Fatal(err)
	}
	if answer, err = url.ParseQuery(w.Body.String()); err != nil || f.store.tokens[answer.Get("oauth_token")].secret != answer.Get("oauth_token_secret") {
		t.Fatalf("got %v, %s; want a token of the store", err, w.Body)
	}
}

// The parameters are appended to the query of the callback (section 2.2).
func TestCallbackExample(t *testing.T) {
	t.Parallel()
	want := "http://client.example.net/cb?x=1&oauth_token=hdk48Djdsa&oauth_verifier=473f82d3"
	if got := addQuery("http://client.example.net/cb?x=1", "oauth_token=hdk48Djdsa&oauth_verifier=473f82d3"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
