package contract_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/devstack"
	"marquee/storage/secret"
)

// contract is a running program, the document that it serves, and what a client knows.
type contract struct {
	*values
	t      *testing.T
	env    fixture.Env
	site   fixture.Site
	doc    *openapi3.T
	router routers.Router
	// tag is the entity tag of the last answer that had one.
	tag string
	// faults counts the reports.
	faults int
	// statuses counts the answers by status.
	statuses map[int]int
}

// newContract starts a program and reads its document.
func newContract(t *testing.T, e fixture.Env) *contract {
	t.Helper()
	e.WithoutLimits()
	server := fixture.Serve(t, e, "--log-level", "error")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of the program: %s", server.Stderr.String())
		}
	})
	c := &contract{
		values: &values{Rand: load.Seeded(t), known: map[string][]string{}}, t: t, env: e, statuses: map[int]int{}, site: server.Site,
	}
	c.site.Token = fixture.NewToken(t, e, "--role", "admin")
	loader := openapi3.NewLoader()
	var err error
	if c.doc, err = loader.LoadFromData(c.site.Public().Get(t, "/openapi.json").Body); err != nil {
		t.Fatal(err)
	}
	if err := c.doc.Validate(loader.Context); err != nil {
		t.Fatal(err)
	}
	c.doc.Servers = openapi3.Servers{{URL: c.site.Base}}
	if c.router, err = gorillamux.NewRouter(c.doc); err != nil {
		t.Fatal(err)
	}
	return c
}

// operations returns all operations, short paths first: these create the parents of others.
func (c *contract) operations() (all []*operation) {
	paths := sorted(c.doc.Paths.Map())
	slices.SortStableFunc(paths, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	for _, path := range paths {
		item := c.doc.Paths.Value(path)
		for _, method := range sorted(item.Operations()) {
			all = append(all, &operation{method, path, item, item.GetOperation(method)})
		}
	}
	return all
}

// run sends requests to every operation, with all operations in turn. The first round sends
// the examples of creations.
func (c *contract) run(rounds int) {
	c.t.Helper()
	operations := c.operations()
	for _, o := range operations {
		if o.method == http.MethodPost && o.RequestBody != nil {
			for media, content := range o.RequestBody.Value.Content {
				r := &sent{method: o.method, header: http.Header{"Content-Type": {media}, "Authorization": {"Bearer " + c.site.Token}}, wholesome: true}
				r.target, r.body = c.path(o, r), written(media, content.Example, func() any { return map[string]any{} })
				c.send(o, r)
			}
		}
	}
	for round := range rounds {
		for _, o := range operations {
			if round%every(o.method) == 0 {
				c.sendAgain(o, c.send(o, c.request(o)))
			}
		}
	}
	c.site.Public().Get(c.t, "/readyz")
	c.t.Logf("%d operations; answers by status: %v", len(operations), c.statuses)
	for _, status := range []int{200, 201, 204, 304, 400, 401, 404, 409, 412, 415} {
		if c.statuses[status] == 0 && rounds > 8 { // the rarest come once in two rounds
			c.t.Errorf("got no answer with status %d, want some", status)
		}
	}
}

// every returns in how many rounds an operation is sent once. Deletions are rarer than
// creations, so that there are objects to read.
func every(method string) int {
	switch method {
	case http.MethodHead, http.MethodOptions:
		return 8
	case http.MethodDelete:
		return 4
	}
	return 1
}

// reply is an answer, with the request for reports.
type reply struct {
	*fixture.Answer
	*contract
	request *sent
}

// fault reports a difference from the contract. Some of them are enough.
func (a *reply) fault(format string, args ...any) {
	a.t.Helper()
	a.t.Errorf("%s\n%d %s\n%.2000s\n"+format, append([]any{a.request, a.Status, a.Header.Get("Content-Type"), a.Body}, args...)...)
	if a.faults++; a.faults > 20 {
		a.t.FailNow()
	}
}

// client does not follow redirects.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

const (
	// streamTime is how long a stream of events is read, which has no end.
	streamTime = 200 * time.Millisecond
	// eventStream is the media type of such a stream.
	eventStream = "text/event-stream"
)

// send sends a request to an operation and checks the reply.
func (c *contract) send(o *operation, s *sent) *reply {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), fixture.Patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, s.method, c.site.Base+s.target, strings.NewReader(s.body))
	if err != nil {
		c.t.Fatalf("%s: %v", s, err)
	}
	r.Header = s.header.Clone()
	response, err := client.Do(r)
	if err != nil {
		c.t.Fatalf("%s: %v", s, err)
	}
	defer response.Body.Close()
	if strings.HasPrefix(response.Header.Get("Content-Type"), eventStream) {
		time.AfterFunc(streamTime, cancel)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil && !errors.Is(err, context.Canceled) {
		c.t.Fatalf("%s: %v", s, err)
	}
	a := &reply{&fixture.Answer{Status: response.StatusCode, Header: response.Header, Body: body}, c, s}
	c.statuses[a.Status]++
	a.check(o)
	c.learn(a)
	return a
}

// sendAgain sends some reads again, with the tag of their answer.
func (c *contract) sendAgain(o *operation, a *reply) {
	c.t.Helper()
	if tag := a.Header.Get("Etag"); tag != "" && o.method == http.MethodGet && c.chance(4) {
		again := *a.request
		again.header = a.request.header.Clone()
		again.header.Set("If-None-Match", tag)
		c.send(o, &again)
	}
}

// learn remembers the ids and the tag in an answer, forgets ids that are gone, and replaces a
// token that was revoked.
func (c *contract) learn(a *reply) {
	c.t.Helper()
	if tag := a.Header.Get("Etag"); tag != "" {
		c.tag = tag
	}
	if a.request.method == http.MethodDelete && a.Status < http.StatusMultipleChoices {
		c.forget(a.request.target)
	}
	if a.Status == http.StatusUnauthorized && a.request.header.Get("Authorization") == "Bearer "+c.site.Token {
		c.site.Token = fixture.NewToken(c.t, c.env, "--role", "admin")
	}
	location := a.Header.Get("Location")
	if a.Status != http.StatusCreated || location == "" {
		return
	}
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodOptions, c.site.Base+location, http.NoBody)
	if err != nil {
		a.fault("Location: %v", err)
		return
	}
	_, variables, err := c.router.FindRoute(r)
	if err != nil {
		a.fault("Location: %v", err)
	}
	c.places = append(c.places[max(0, len(c.places)-63):], variables)
	for name, id := range variables {
		if ids := c.known[name]; !slices.Contains(ids, id) {
			c.known[name] = append(ids[max(0, len(ids)-7):], id) // the last eight
		}
	}
}

// forget forgets the object with a path.
func (c *contract) forget(target string) {
	path, _, _ := strings.Cut(target, "?")
	id := path[strings.LastIndex(path, "/")+1:]
	c.places = slices.DeleteFunc(c.places, func(place map[string]string) bool {
		for name, v := range place {
			if v == id && strings.Contains(path, strings.TrimSuffix(name, "_id")) {
				return true
			}
		}
		return false
	})
}

// check compares an answer with the document.
func (a *reply) check(o *operation) {
	a.t.Helper()
	unreached := a.Status == http.StatusServiceUnavailable && a.request.header.Get(minVersion) != ""
	if a.Status >= http.StatusInternalServerError && !unreached {
		a.fault("want no server error")
		return
	}
	input := a.input()
	if input == nil || input.Route.Path != o.path { // an id led to another path
		if a.Status < http.StatusBadRequest && a.Status != http.StatusNoContent {
			a.fault("want a refusal, because the document has no such path")
		}
		return
	}
	ref := o.Responses.Status(a.Status)
	if ref == nil {
		a.fault("the document has no such status for %s", o)
		return
	}
	a.checkBody(ref.Value)
	switch {
	case o.method == http.MethodOptions: // it does not read the request
	case a.Status < http.StatusBadRequest:
		a.checkAccepted(input)
	case o.method != http.MethodHead:
		a.checkProblem()
	}
}

// input returns the request for the validator, nil if the document does not have its path.
func (a *reply) input() *openapi3filter.RequestValidationInput {
	s := a.request
	r, err := http.NewRequestWithContext(a.t.Context(), s.method, a.site.Base+s.target, strings.NewReader(s.body))
	if err != nil {
		a.t.Fatalf("%s: %v", s, err)
	}
	r.Header = s.header.Clone()
	route, variables, err := a.router.FindRoute(r)
	if err != nil {
		return nil
	}
	return &openapi3filter.RequestValidationInput{Request: r, PathParams: variables, Route: route, Options: &openapi3filter.Options{
		SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
	}}
}

// checkAccepted checks that the document allows a request that was accepted.
func (a *reply) checkAccepted(input *openapi3filter.RequestValidationInput) {
	a.t.Helper()
	if media, _, _ := mime.ParseMediaType(a.request.header.Get("Content-Type")); media != "" && openapi3filter.RegisteredBodyDecoder(media) == nil {
		input.Options.ExcludeRequestBody = true
	}
	if err := openapi3filter.ValidateRequest(a.t.Context(), input); err != nil {
		a.fault("the document does not allow this request: %v", err)
	}
}

// checkBody compares the media type and the body of an answer with the document.
func (a *reply) checkBody(documented *openapi3.Response) {
	a.t.Helper()
	if len(a.Body) == 0 {
		minimal := a.Header.Get("Preference-Applied") == "return=minimal"
		if len(documented.Content) > 0 && !minimal && a.request.method != http.MethodHead {
			a.fault("want a body")
		}
		return
	}
	media, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	content := documented.Content[media]
	switch {
	case content == nil:
		a.fault("the document has the media types %v", sorted(documented.Content))
	case strings.HasSuffix(media, "json"):
		var v any
		if err := json.Unmarshal(a.Body, &v); err != nil {
			a.fault("%v", err)
		} else if err := content.Schema.Value.VisitJSON(v, openapi3.VisitAsResponse()); err != nil {
			a.fault("the body does not match the document: %v", err)
		}
	case media == eventStream:
		if !bytes.HasPrefix(a.Body, []byte("event: ")) && !bytes.HasPrefix(a.Body, []byte(":")) && !bytes.HasPrefix(a.Body, []byte("id: ")) {
			a.fault("the body is no stream of events")
		}
	}
}

// checkProblem checks that a refusal says what is wrong, and where.
func (a *reply) checkProblem() {
	a.t.Helper()
	var p struct {
		Type, Detail, Corrected string
		Status                  int
		Errors                  []struct {
			Parameter, Reason string
			Pointer           *string
		}
	}
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json") { // the pages of the OAuth flow, and probes
		return
	}
	if err := json.Unmarshal(a.Body, &p); err != nil {
		a.fault("%v", err)
		return
	}
	if p.Status != a.Status || p.Detail == "" {
		a.fault("want the status and what is wrong")
	}
	named := slices.Contains([]string{"/problems/invalid-parameter", "/problems/invalid-header", "/problems/invalid-body"}, p.Type)
	if named && len(p.Errors) == 0 {
		a.fault("want the faults")
	}
	for _, e := range p.Errors {
		if e.Reason == "" || e.Parameter == "" && e.Pointer == nil {
			a.fault("want a reason and a place of each fault")
		}
	}
	if p.Corrected != "" && a.request.method == http.MethodGet {
		var headers []string
		if credentials := a.request.header.Get("Authorization"); credentials != "" {
			headers = []string{"Authorization", credentials}
		}
		if b, err := a.site.Public().Send(a.t.Context(), http.MethodGet, p.Corrected, "", headers...); err != nil {
			a.fault("%s: %v", p.Corrected, err)
		} else if b.Status != http.StatusOK {
			a.fault("the corrected request %s: got %d, want 200: %s", p.Corrected, b.Status, b.Body)
		}
	}
}

// rounds returns how many requests each operation gets: MARQUEE_CONTRACT_ROUNDS if it is set.
func rounds(t *testing.T, otherwise int) int {
	t.Helper()
	given := os.Getenv("MARQUEE_CONTRACT_ROUNDS")
	if given == "" {
		return otherwise
	}
	n, err := strconv.Atoi(given)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every answer is in the document: it is no server error, its status and media type are
// documented, and its body matches the schema. A refusal names the place of each fault. A
// request that the document does not allow is refused.
func TestEveryAnswerIsInTheContract(t *testing.T) {
	t.Parallel()
	newContract(t, fixture.WithSecretKey(t)).run(rounds(t, 12))
}

// The same, with an index and a cache that processes share.
func TestEveryAnswerOfAnIndexIsInTheContract(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	e["MARQUEE_REDIS_URL"], e["MARQUEE_SECRET_KEY"] = devstack.Redis(t), strings.Repeat("ab", secret.KeySize)
	newContract(t, e).run(rounds(t, 4))
}
