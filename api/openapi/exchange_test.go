package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// answer is a reply that was held against the document.
type answer struct {
	t      testing.TB
	name   string
	status int
	header http.Header
	body   []byte
	// refused is what the document says against the request, nil when nothing.
	refused error
}

// do sends a request and holds the reply against the document.
func (s *service) do(method, target, body string, pairs ...string) *answer {
	s.t.Helper()
	return s.send(request(method, target, body, pairs...))
}

func (s *service) send(r *http.Request) *answer {
	s.t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	target := r.URL.RequestURI()
	a := &answer{t: s.t, name: r.Method + " " + target[:min(len(target), 200)]}
	input, found := s.find(r, body, a)
	r.Body = io.NopCloser(bytes.NewReader(body))
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	a.status, a.header, a.body = w.Code, w.Header(), w.Body.Bytes()
	if found {
		s.hold(input, a)
	} else {
		s.holdProblem(s.doc.Components.Responses[map[int]string{405: "MethodNotAllowed", 404: "NotFound"}[a.status]], a)
	}
	return a
}

// find looks the operation up and validates the request, on copies, since the
// validator writes into what it is given.
func (s *service) find(r *http.Request, body []byte, a *answer) (*openapi3filter.RequestValidationInput, bool) {
	s.t.Helper()
	c := r.Clone(r.Context())
	c.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := s.router.FindRoute(c)
	if errors.Is(err, routers.ErrMethodNotAllowed) || errors.Is(err, routers.ErrPathNotFound) {
		a.refused = err
		return nil, false
	}
	if err != nil {
		s.t.Fatalf("%s: %v", a.name, err)
	}
	input := &openapi3filter.RequestValidationInput{Request: c, PathParams: params, Route: route, Options: &openapi3filter.Options{
		SkipSettingDefaults: true, AuthenticationFunc: authenticated, RejectWhenRequestBodyNotSpecified: true,
	}}
	a.refused = openapi3filter.ValidateRequest(r.Context(), input)
	return input, true
}

// authenticated holds that a token is sent where the document wants one.
func authenticated(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	if in.RequestValidationInput.Request.Header.Get("Authorization") == "" {
		return errors.New("no credentials")
	}
	return nil
}

// hold validates a reply: its status is documented by itself, its headers are
// those of the document and no others, its body has the form.
func (s *service) hold(input *openapi3filter.RequestValidationInput, a *answer) {
	s.t.Helper()
	ref := input.Route.Operation.Responses.Status(a.status)
	if ref == nil {
		s.t.Errorf("%s: status %d is not documented", a.name, a.status)
		return
	}
	s.holdHeaders(ref.Value, a)
	if a.status >= http.StatusBadRequest && input.Request.Method != http.MethodHead {
		s.holdProblem(ref, a)
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true}
	if a.status == http.StatusCreated && a.header.Get("Preference-Applied") == "return=minimal" {
		options.ExcludeResponseBody = true
	}
	if (options.ExcludeResponseBody || len(ref.Value.Content) == 0) && len(a.body) > 0 {
		s.t.Errorf("%s: %d has a body: %s", a.name, a.status, a.body)
	}
	err := openapi3filter.ValidateResponse(s.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.status, Header: a.header,
		Body: io.NopCloser(bytes.NewReader(a.body)), Options: options,
	})
	if err != nil {
		s.t.Errorf("%s: %d is not as documented: %v\n%s", a.name, a.status, err, a.body)
	}
}

// plain are the headers that need no words in the document.
var plain = []string{"Access-Control-Expose-Headers", "Connection", "Content-Length", "Content-Type", "Vary"}

// holdHeaders also covers the replies of which the validator looks at nothing:
// those to HEAD and 304.
func (s *service) holdHeaders(response *openapi3.Response, a *answer) {
	s.t.Helper()
	documented := map[string]bool{}
	for name, h := range response.Headers {
		name = http.CanonicalHeaderKey(name)
		documented[name] = true
		if h.Value.Required && a.header.Get(name) == "" {
			s.t.Errorf("%s: %d lacks the header %s", a.name, a.status, name)
		}
	}
	for name := range a.header {
		if !documented[name] && !slices.Contains(plain, name) {
			s.t.Errorf("%s: %d has the header %s, which is not documented", a.name, a.status, name)
		}
	}
}

// holdProblem compares type and title with the documented examples.
func (s *service) holdProblem(ref *openapi3.ResponseRef, a *answer) {
	s.t.Helper()
	if ref == nil || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
		if a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), `"not ready"`) {
			s.t.Errorf("%s: %d %s is no problem: %s", a.name, a.status, a.header.Get("Content-Type"), a.body)
		}
		return
	}
	media := ref.Value.Content["application/problem+json"]
	samples := []any{media.Example}
	for _, e := range media.Examples {
		samples = append(samples, e.Value.Value)
	}
	var got map[string]any
	if err := json.Unmarshal(a.body, &got); err != nil {
		s.t.Fatalf("%s: %v", a.name, err)
	}
	if err := media.Schema.Value.VisitJSON(got); err != nil {
		s.t.Errorf("%s: %d: %v\n%s", a.name, a.status, err, a.body)
	}
	if got["status"] != float64(a.status) || !slices.ContainsFunc(samples, func(v any) bool {
		m, _ := v.(map[string]any)
		return m["type"] == got["type"] && m["title"] == got["title"]
	}) {
		s.t.Errorf("%s: %d is told as %v, %v, which no example shows", a.name, a.status, got["type"], got["title"])
	}
}

// want fails unless the reply has the status and the document took the request.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.refused != nil {
		a.t.Errorf("%s: the document does not take the request: %v", a.name, a.refused)
	}
	return a.got(status)
}

// wrong fails unless the reply has the status and the document refuses the
// request too.
func (a *answer) wrong(status int) *answer {
	a.t.Helper()
	if a.refused == nil {
		a.t.Errorf("%s: the document takes the request", a.name)
	}
	return a.got(status)
}

func (a *answer) got(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d\n%s", a.name, a.status, status, a.body)
	}
	return a
}

// member decodes the body and returns one of its members.
func (a *answer) member(name string) map[string]any {
	a.t.Helper()
	var body map[string]any
	if err := json.Unmarshal(a.body, &body); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.name, err, a.body)
	}
	m, ok := body[name].(map[string]any)
	if !ok {
		a.t.Fatalf("%s: no object %s in %s", a.name, name, a.body)
	}
	return m
}
