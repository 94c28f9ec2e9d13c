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

// answer is a reply that was compared with the document.
type answer struct {
	t      testing.TB
	name   string
	status int
	header http.Header
	body   []byte
	// refused is the reason why the document does not allow the request, nil if it does.
	refused error
}

// do sends a request and compares the reply with the document.
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
		s.checkReply(input, a)
	} else {
		s.checkProblem(s.doc.Components.Responses[map[int]string{405: "MethodNotAllowed", 404: "NotFound"}[a.status]], a)
	}
	return a
}

// find returns the operation of a request and validates the request. It works on a
// copy, since the validator changes requests.
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

// authenticated returns an error if the document requires credentials and the request
// has none.
func authenticated(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	if in.RequestValidationInput.Request.Header.Get("Authorization") == "" {
		return errors.New("no credentials")
	}
	return nil
}

// checkReply validates a reply. The document must have its status and exactly its
// headers, and its body must match the schema.
func (s *service) checkReply(input *openapi3filter.RequestValidationInput, a *answer) {
	s.t.Helper()
	ref := input.Route.Operation.Responses.Status(a.status)
	if ref == nil {
		s.t.Errorf("%s: got status %d, which the document does not have", a.name, a.status)
		return
	}
	s.checkHeaders(ref.Value, a)
	if a.status >= http.StatusBadRequest && input.Request.Method != http.MethodHead {
		s.checkProblem(ref, a)
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true}
	if a.status == http.StatusCreated && a.header.Get("Preference-Applied") == "return=minimal" {
		options.ExcludeResponseBody = true
	}
	if (options.ExcludeResponseBody || len(ref.Value.Content) == 0) && len(a.body) > 0 {
		s.t.Errorf("%s: got %d with the body %s, want no body", a.name, a.status, a.body)
	}
	err := openapi3filter.ValidateResponse(s.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.status, Header: a.header,
		Body: io.NopCloser(bytes.NewReader(a.body)), Options: options,
	})
	if err != nil {
		s.t.Errorf("%s: the reply %d does not match the document: %v\n%s", a.name, a.status, err, a.body)
	}
}

// undocumented are headers that the document omits.
var undocumented = []string{"Access-Control-Expose-Headers", "Connection", "Content-Length", "Content-Type", "Vary", "X-Accel-Buffering"}

// checkHeaders also checks the replies that the validator ignores: those to HEAD, and
// 304.
func (s *service) checkHeaders(response *openapi3.Response, a *answer) {
	s.t.Helper()
	documented := map[string]bool{}
	for name, h := range response.Headers {
		name = http.CanonicalHeaderKey(name)
		documented[name] = true
		if h.Value.Required && a.header.Get(name) == "" {
			s.t.Errorf("%s: the reply %d has no header %s, which the document requires", a.name, a.status, name)
		}
	}
	for name := range a.header {
		if !documented[name] && !slices.Contains(undocumented, name) {
			s.t.Errorf("%s: the reply %d has the header %s, which the document does not have", a.name, a.status, name)
		}
	}
}

// checkProblem compares the type and title of an error with the examples.
func (s *service) checkProblem(ref *openapi3.ResponseRef, a *answer) {
	s.t.Helper()
	if ref == nil || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
		if a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), `"not ready"`) {
			s.t.Errorf("%s: got %d %s, want a problem: %s", a.name, a.status, a.header.Get("Content-Type"), a.body)
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
		s.t.Errorf("%s: got %d with %v, %v, which is in no example", a.name, a.status, got["type"], got["title"])
	}
}

// want checks that the document allows the request, and the status of the reply.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.refused != nil {
		a.t.Errorf("%s: the document does not allow the request: %v", a.name, a.refused)
	}
	return a.wantStatus(status)
}

// wantInvalid checks that the document does not allow the request, and the status of
// the reply.
func (a *answer) wantInvalid(status int) *answer {
	a.t.Helper()
	if a.refused == nil {
		a.t.Errorf("%s: the document allows the request, want that it does not", a.name)
	}
	return a.wantStatus(status)
}

// wantStatus checks the status of the reply.
func (a *answer) wantStatus(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: got %d, want %d\n%s", a.name, a.status, status, a.body)
	}
	return a
}

// member returns a member of the body.
func (a *answer) member(name string) map[string]any {
	a.t.Helper()
	var body map[string]any
	if err := json.Unmarshal(a.body, &body); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.name, err, a.body)
	}
	m, ok := body[name].(map[string]any)
	if !ok {
		a.t.Fatalf("%s: got %s, want an object %s in it", a.name, a.body, name)
	}
	return m
}
