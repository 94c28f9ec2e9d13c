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

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"marquee/deploy/devstack"
)

// collector stands in for one of OpenTelemetry's: it takes spans as OTLP over HTTP.
type collector struct {
	*httptest.Server
	mutex sync.Mutex
	spans map[string][]span // by trace
	text  strings.Builder   // all that was sent, for what must not be in it
}

// span is one with what made it.
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

// trace are the spans of a trace that have come so far.
func (c *collector) trace(id string) []span {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.spans[id]
}

// named are the traces whose first span is called so, as far as they have come.
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

// caller is a trace that a client has begun.
type caller struct{ trace, span string }

func newCaller() caller {
	return caller{fmt.Sprintf("%016x%016x", rand.Uint64()|1, rand.Uint64()), fmt.Sprintf("%016x", rand.Uint64()|1)}
}

func (c caller) header() string { return "00-" + c.trace + "-" + c.span + "-01" }

// The scopes of what traces the parts of a request.
const (
	httpScope    = "otelhttp"
	originScope  = "marquee"
	sqlScope     = "otelpgx"
	redisScope   = "redisotel"
	elasticScope = "elastic"
)

// whole fails unless a trace has spans of all the parts, all of them below that of
// the request or the work, which is below the caller's, if there is one.
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
		return fmt.Errorf("no span %q below the caller's among %d", name, len(spans))
	}
	for _, scope := range scopes {
		found := false
		for _, s := range spans {
			found = found || strings.Contains(s.scope, scope)
		}
		if !found {
			return fmt.Errorf("no span of %s among %v", scope, spans)
		}
	}
	for _, s := range spans {
		for hex.EncodeToString(s.SpanId) != root {
			above, known := byID[hex.EncodeToString(s.ParentSpanId)]
			if !known {
				return fmt.Errorf("the span %q of %s hangs in the air", s.Name, s.scope)
			}
			s = above
		}
	}
	return nil
}

// A search is one trace through all servers, named for its route, and neither the
// query nor a credential is in any of it.
func TestTraceOfASearch(t *testing.T) {
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
		{fixture.Site{Base: p.Base, Token: token}, []string{httpScope, originScope, sqlScope, redisScope, elasticScope}}, // the user is looked up, and counted
		{p.Public(), []string{httpScope, originScope, redisScope, elasticScope}},                                         // what is kept is looked for
	} {
		await.Nil(t, func() error {
			attempt++ // another answer, which is not kept yet, while the index is not looked at yet
			from := newCaller()
			a, err := c.who.Send(t.Context(), http.MethodGet, fmt.Sprintf("/2.0/movies?q=mellon&limit=%d", attempt%100+1), "", "Traceparent", from.header())
			if err != nil || a.Status != http.StatusOK {
				return fmt.Errorf("%+v, %w", a, err)
			}
			await.Nil(t, func() error { // spans are sent every second
				if len(spans.trace(from.trace)) == 0 {
					return errors.New("the trace has not come")
				}
				return nil
			})
			return whole(spans.trace(from.trace), from, "GET /2.0/movies", tracepb.Span_SPAN_KIND_SERVER, c.scopes...)
		})
	}
	signed, err := p.Send(t.Context(), http.MethodGet, "/2.0/movies?oauth_consumer_key=k&oauth_signature=mellon-signature", "", "Traceparent", newCaller().header())
	if err != nil || signed.Status != http.StatusForbidden {
		t.Errorf("%+v, %v", signed, err)
	}
	p.End() // what waits is sent
	fixture.Lacks(t, spans.sent(), "mellon", token)
	fixture.Contains(t, spans.sent(), "http.route")
	for _, values := range spans.spans {
		for _, s := range values {
			noQuery(t, s)
		}
	}
}

// What an indexer does to the index is a trace through both stores: building it, and
// each batch of the log.
func TestTraceOfIndexing(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	fixture.Run(t, e, "import", "ndjson", fixture.FilmFile(t, "Night Ferry"))
	spans := newCollector(t)
	fixture.StartProcess(t, e, "indexer", "--otlp-endpoint", spans.URL, "--trace-sample", "1", "--admin-listen", "")
	traced := func(name string) {
		t.Helper()
		await.Nil(t, func() error {
			err := fmt.Errorf("there is no trace %q", name)
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

// noQuery checks that no attribute holds a query string or a credential's name.
func noQuery(t *testing.T, s span) {
	t.Helper()
	for _, a := range s.Attributes {
		text, isText := a.Value.Value.(*commonpb.AnyValue_StringValue)
		if isText && a.Key != "db.query.text" && (strings.Contains(text.StringValue, "oauth_") || strings.Contains(strings.ToLower(text.StringValue), "bearer")) {
			t.Errorf("%s has %s = %s", s.Name, a.Key, text.StringValue)
		}
	}
}
