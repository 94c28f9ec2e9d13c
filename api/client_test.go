package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"marquee/api"
	"marquee/deploy/devstack"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// quiet drops the log.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func newAPI(t testing.TB, c api.Catalogue) http.Handler {
	t.Helper()
	versions, _ := c.(api.Versions)
	views, _ := c.(api.Views)
	return api.New(api.Config{Catalogue: c, Versions: versions, Views: views, Logger: quiet()})
}

// client sends requests to a handler.
type client struct {
	t       testing.TB
	handler http.Handler
	token   string
}

// answer is an answer of the handler.
type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   []byte
}

// do sends a request. headers are alternately names and values.
func (c *client) do(method, target, body string, headers ...string) *answer {
	c.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	return c.send(r)
}

func (c *client) send(r *http.Request) *answer {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	a := &answer{t: c.t, what: r.Method + " " + r.RequestURI, status: w.Code, header: w.Result().Header, body: w.Body.Bytes()}
	a.checkAlways(r)
	return a
}

// checkAlways checks what every answer must have.
func (a *answer) checkAlways(r *http.Request) {
	a.t.Helper()
	fromCache := a.header.Get("Cache-Status") != "" && a.status < http.StatusBadRequest
	if a.header.Get("X-Request-Id") == "" && !fromCache || a.header.Get("Access-Control-Allow-Origin") != "*" {
		a.t.Errorf("%s: headers of every answer are missing: %v", a.what, a.header)
	}
	if a.status == http.StatusInternalServerError {
		a.t.Errorf("%s: got %s", a.what, a.body)
	}
	if len(a.body) > 0 && !json.Valid(a.body) {
		a.t.Errorf("%s: the body is not JSON: %s", a.what, a.body)
	}
	wantType := "application/json"
	if a.status >= 400 {
		wantType = "application/problem+json"
	}
	if len(a.body) > 0 && a.header.Get("Content-Type") != wantType && !strings.HasSuffix(r.URL.Path, "z") {
		a.t.Errorf("%s: Content-Type: got %q, want %q", a.what, a.header.Get("Content-Type"), wantType)
	}
}

func (c *client) get(target string, headers ...string) *answer {
	c.t.Helper()
	return c.do(http.MethodGet, target, "", headers...)
}

// write sends a request with the client's token.
func (c *client) write(method, target, body string, headers ...string) *answer {
	c.t.Helper()
	return c.do(method, target, body, append([]string{"Authorization", "Bearer " + c.token}, headers...)...)
}

// post creates an object and returns its id.
func (c *client) post(target, body string) string {
	c.t.Helper()
	a := c.write(http.MethodPost, target, body).want(http.StatusCreated)
	location, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		c.t.Fatal(err)
	}
	return location.Path[strings.LastIndex(location.Path, "/")+1:]
}

// want fails the test unless the answer has the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.status, status, a.body)
	}
	return a
}

// json decodes the body.
func (a *answer) json() map[string]any {
	a.t.Helper()
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.body)
	}
	return m
}

// at returns a value inside the decoded body.
func (a *answer) at(path ...string) any {
	a.t.Helper()
	var v any = a.json()
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// problem is the wire form of an error.
type problem struct {
	Meta struct {
		RequestID string `json:"request_id"`
	}
	Type, Title, Detail, Corrected string
	Status                         int
	Errors                         []struct {
		Parameter, Value, Reason, Allowed, Nearest string
		Pointer                                    *string
	}
}

// refused checks the status and returns the problem.
func (a *answer) refused(status int) problem {
	a.t.Helper()
	a.want(status)
	var p problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.body)
	}
	if p.Status != status || p.Meta.RequestID != a.header.Get("X-Request-Id") || !strings.HasPrefix(p.Type, "/problems/") || p.Title == "" || p.Detail == "" {
		a.t.Errorf("%s: the problem is incomplete: %s", a.what, a.body)
	}
	return p
}

// places returns the parameters and pointers of the faults.
func (p problem) places() []string {
	var out []string
	for _, e := range p.Errors {
		if e.Pointer != nil {
			out = append(out, *e.Pointer)
		} else {
			out = append(out, e.Parameter)
		}
	}
	return out
}

// ids returns the ids of a list's objects.
func (a *answer) ids(plural string) []string {
	a.t.Helper()
	list, _ := a.at(plural).([]any)
	out := []string{}
	for _, o := range list {
		out = append(out, o.(map[string]any)["id"].(string))
	}
	return out
}
