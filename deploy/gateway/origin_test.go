package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/deploy/devstack"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// patience bounds every wait. The longest one, for the end of a slow client's
// connection, takes 5 s.
const patience = time.Minute

// origin replaces an API process: it answers as a test wants, and records its
// requests.
type origin struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	asked  []*http.Request // with their bodies read
}

func newOrigin(t *testing.T, answer http.HandlerFunc) *origin {
	t.Helper()
	o := &origin{answer: answer}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a client that is gone is part of the test
		o.mu.Lock()
		o.asked = append(o.asked, r)
		answer := o.answer
		o.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *origin) address() string { return o.Listener.Addr().String() }

// become changes the answer.
func (o *origin) become(answer http.HandlerFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = answer
}

// requests returns the requests so far.
func (o *origin) requests() []*http.Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]*http.Request(nil), o.asked...)
}

// public answers a text that shared caches may store, as lifetime says.
func public(lifetime, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=0, "+lifetime)
		w.Header().Set("Cache-Status", "Marquee; hit")
		w.Header().Set("ETag", `"`+url.QueryEscape(text)+`"`)
		w.Header().Set("Vary", "Accept-Encoding")
		_, _ = io.WriteString(w, text) // a client that is gone is part of the test
	}
}

// says answers a status with no-store.
func says(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
	}
}

// reply is an answer of the gateway, read to its end.
type reply struct {
	*http.Response
	body string
}

// own returns the gateway's member of Cache-Status.
func (r *reply) own() string {
	lines := r.Header.Values("Cache-Status")
	if len(lines) == 0 {
		return ""
	}
	return strings.TrimPrefix(lines[len(lines)-1], "Gateway; ")
}

// send sends a request; fields are names and values of its headers. It may be called
// from any goroutine: without an answer it fails the test and returns an empty one.
func send(t *testing.T, c *http.Client, method, url, body string, fields ...string) *reply {
	t.Helper()
	r, err := exchange(t, c, method, url, body, fields...)
	if err != nil {
		t.Errorf("%s %.200s: %v", method, url, err)
		return &reply{Response: &http.Response{Header: http.Header{}}}
	}
	return r
}

// exchange sends a request and reads the answer to its end.
func exchange(t *testing.T, c *http.Client, method, url, body string, fields ...string) (*reply, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(fields); i += 2 {
		request.Header.Add(fields[i], fields[i+1])
	}
	response, err := c.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	return &reply{Response: response, body: string(b)}, err
}

func get(t *testing.T, c *http.Client, url string, fields ...string) *reply {
	t.Helper()
	return send(t, c, http.MethodGet, url, "", fields...)
}
