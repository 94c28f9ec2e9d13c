package observe_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// collector is an OpenTelemetry collector that accepts spans as OTLP over HTTP.
type collector struct {
	*httptest.Server
	mutex sync.Mutex
	spans map[string][]span // by trace
	text  strings.Builder   // of all requests, to search for secrets
}

// span is a span with its instrumentation scope.
type span struct {
	*tracepb.Span
	scope string
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{spans: map[string][]span{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := c.take(r); err != nil {
			t.Error(err)
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) take(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.URL.Path != "/v1/traces" {
		return fmt.Errorf("%s: %w", r.URL.Path, err)
	}
	var sent collectorpb.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &sent); err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	fmt.Fprintln(&c.text, &sent)
	for _, resource := range sent.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				id := hex.EncodeToString(s.TraceId)
				c.spans[id] = append(c.spans[id], span{s, scope.Scope.Name})
			}
		}
	}
	return nil
}

// trace returns the spans of a trace so far.
func (c *collector) trace(id string) []span {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.spans[id]
}

// named returns the traces so far whose root span has a name.
func (c *collector) named(name string) (traces [][]span) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, trace := range c.spans {
		if slices.ContainsFunc(trace, func(s span) bool { return len(s.ParentSpanId) == 0 && s.Name == name }) {
			traces = append(traces, slices.Clone(trace))
		}
	}
	return traces
}

func (c *collector) sent() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.text.String()
}

// caller is a trace of a client.
type caller struct{ trace, span string }

func newCaller() caller {
	return caller{fmt.Sprintf("%016x%016x", rand.Uint64()|1, rand.Uint64()), fmt.Sprintf("%016x", rand.Uint64()|1)}
}

func (c caller) header() string { return "00-" + c.trace + "-" + c.span + "-01" }

// The scopes of the instrumentation of a request.
const (
	httpScope    = "otelhttp"
	originScope  = "marquee"
	sqlScope     = "otelpgx"
	redisScope   = "redisotel"
	elasticScope = "elastic"
)

// whole returns an error unless a trace has spans of all scopes, and all spans are below
// the span of the request or the work, which is below the span of the caller, if any.
func whole(spans []span, from caller, name string, kind tracepb.Span_SpanKind, scopes ...string) error {
	byID := map[string]span{}
	var root string
	for _, s := range spans {
		id := hex.EncodeToString(s.SpanId)
		byID[id] = s
		if hex.EncodeToString(s.ParentSpanId) == from.span {
			root = id
		}
	}
	if root == "" || byID[root].Name != name || byID[root].Kind != kind {
		return fmt.Errorf("got %d spans, want %q below the span of the caller", len(spans), name)
	}
	for _, scope := range scopes {
		found := false
		for _, s := range spans {
			found = found || strings.Contains(s.scope, scope)
		}
		if !found {
			return fmt.Errorf("got %v, want a span of %s", spans, scope)
		}
	}
	for _, s := range spans {
		for hex.EncodeToString(s.SpanId) != root {
			above, known := byID[hex.EncodeToString(s.ParentSpanId)]
			if !known {
				return fmt.Errorf("span %q of %s: its parent is not in the trace", s.Name, s.scope)
			}
			s = above
		}
	}
	return nil
}

// A search is one trace through all servers, with the name of its route. It has neither
// the query nor credentials.
func TestTraceOfSearch(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	fixture.Run(t, e, "import", "ndjson", fixture.FilmFile(t, "Night Ferry"))
	fixture.Run(t, e, "reindex")
	token := fixture.NewToken(t, e)
	spans := newCollector(t)
	p := fixture.StartProcess(t, e, "api", "--otlp-endpoint", spans.URL, "--trace-sample", "0", "--trusted-proxies", "127.0.0.1", "--admin-listen", "")
	attempt := 0
	for _, c := range []struct {
		who    fixture.Site
		scopes []string
	}{
		{fixture.Site{Base: p.Base, Token: token}, []string{httpScope, originScope, sqlScope, redisScope, elasticScope}}, // looks up the user, and counts the request
		{p.Public(), []string{httpScope, originScope, redisScope, elasticScope}},                                         // reads the cache
	} {
		await.Nil(t, func() error {
			attempt++ // another target, which is not cached yet, until the index is in use
			from := newCaller()
			a, err := c.who.Send(t.Context(), http.MethodGet, fmt.Sprintf("/2.0/movies?q=mellon&limit=%d", attempt%100+1), "", "Traceparent", from.header())
			if err != nil || a.Status != http.StatusOK {
				return fmt.Errorf("search: got %+v, %w", a, err)
			}
			await.Nil(t, func() error { // spans are sent every second
				if len(spans.trace(from.trace)) == 0 {
					return errors.New("got no spans of the trace")
				}
				return nil
			})
			return whole(spans.trace(from.trace), from, "GET /2.0/movies", tracepb.Span_SPAN_KIND_SERVER, c.scopes...)
		})
	}
	signed, err := p.Send(t.Context(), http.MethodGet, "/2.0/movies?oauth_consumer_key=k&oauth_signature=mellon-signature", "", "Traceparent", newCaller().header())
	if err != nil || signed.Status != http.StatusForbidden {
		t.Errorf("a bad signature: got %+v, %v; want 403", signed, err)
	}
	p.End() // sends the waiting spans
	fixture.Lacks(t, spans.sent(), "mellon", token)
	fixture.Contains(t, spans.sent(), "http.route")
	for _, values := range spans.spans {
		for _, s := range values {
			noQuery(t, s)
		}
	}
}

// Building an index, and each batch of the change log, is a trace through both stores.
func TestTraceOfIndexing(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	fixture.Run(t, e, "import", "ndjson", fixture.FilmFile(t, "Night Ferry"))
	spans := newCollector(t)
	fixture.StartProcess(t, e, "indexer", "--otlp-endpoint", spans.URL, "--trace-sample", "1", "--admin-listen", "")
	traced := func(name string) {
		t.Helper()
		await.Nil(t, func() error {
			err := fmt.Errorf("got no trace %q", name)
			for _, trace := range spans.named(name) {
				if err = whole(trace, caller{}, name, tracepb.Span_SPAN_KIND_CONSUMER, sqlScope, elasticScope); err == nil {
					break
				}
			}
			return err
		})
	}
	traced("index rebuild")
	fixture.Run(t, e, "import", "ndjson", fixture.FilmFile(t, "The Last Ferry"))
	traced("index batch")
	fixture.Lacks(t, spans.sent(), "The Last Ferry")
}

// noQuery checks that no attribute has a query string or credentials.
func noQuery(t *testing.T, s span) {
	t.Helper()
	for _, a := range s.Attributes {
		text, isText := a.Value.Value.(*commonpb.AnyValue_StringValue)
		if isText && a.Key != "db.query.text" && (strings.Contains(text.StringValue, "oauth_") || strings.Contains(strings.ToLower(text.StringValue), "bearer")) {
			t.Errorf("span %s: got %s = %s, want no credentials", s.Name, a.Key, text.StringValue)
		}
	}
}
