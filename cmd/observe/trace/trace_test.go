package trace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"marquee/api"
	"marquee/cache"
)

// newTestTracer returns a tracer that exports to memory.
func newTestTracer(t *testing.T, sample float64) (*Tracer, *tracetest.InMemoryExporter) {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	g, err := newTracer(exporter, Config{Sample: sample, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close(context.WithoutCancel(t.Context())) })
	return g, exporter
}

// spans returns the spans so far.
func spans(t *testing.T, g *Tracer, exporter *tracetest.InMemoryExporter) tracetest.SpanStubs {
	t.Helper()
	if err := g.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return exporter.GetSpans()
}

func always(yes bool) func(*http.Request) bool { return func(*http.Request) bool { return yes } }

// get sends a request to a handler. headers are names and values in turn.
func get(h http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// A nil Tracer wraps nothing.
func TestNilTracer(t *testing.T) {
	t.Parallel()
	var g *Tracer
	next := http.NewServeMux()
	for _, h := range []http.Handler{g.Handler(always(true), next), g.Origin(next)} {
		if reflect.ValueOf(h).Pointer() != reflect.ValueOf(next).Pointer() {
			t.Error("got a wrapped handler, want the handler itself")
		}
	}
	if g.PostgreSQL() != nil || g.Elasticsearch() != nil || g.Redis(nil) != nil || g.Close(t.Context()) != nil {
		t.Error("got a tracer for a store, want none")
	}
	if ctx, end := g.Indexing(t.Context(), "index batch"); ctx != t.Context() || end == nil {
		t.Error("got another context or no end function for indexing")
	}
	g.Cached(cache.Event{Request: httptest.NewRequest(http.MethodGet, "/", nil)})
	g.Answered(api.Event{Request: httptest.NewRequest(http.MethodGet, "/", nil)})
}

const (
	parent      = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	parentTrace = "0af7651916cd43dd8448eb211c80319c"
)

// The trace of a trusted caller continues, and the caller decides about sampling. The
// trace of a stranger becomes a link, and the share decides.
func TestHandlerContinuesTrustedTraces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		trusted       bool
		sample        float64
		traceparent   string
		traced, joins bool
	}{
		{"trusted and sampled", true, 0, parent, true, true},
		{"trusted and not sampled", true, 1, strings.TrimSuffix(parent, "1") + "0", false, false},
		{"a stranger, none of ours sampled", false, 0, parent, false, false},
		{"a stranger, all of ours sampled", false, 1, parent, true, false},
		{"no caller, all sampled", true, 1, "", true, false},
		{"no caller, none sampled", true, 0, "", false, false},
		{"a malformed caller", true, 1, "00-zz-zz-01", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g, exporter := newTestTracer(t, c.sample)
			get(g.Handler(always(c.trusted), http.NotFoundHandler()), "/2.0/movies", "Traceparent", c.traceparent)
			got := spans(t, g, exporter)
			if len(got) > 1 || (len(got) == 1) != c.traced {
				t.Fatalf("got %d spans, want traced %t", len(got), c.traced)
			}
			if !c.traced {
				return
			}
			if joins := got[0].SpanContext.TraceID().String() == parentTrace; joins != c.joins {
				t.Errorf("got the trace %s, want continued %t", got[0].SpanContext.TraceID(), c.joins)
			}
			if linked := len(got[0].Links) == 1; linked != (!c.trusted) {
				t.Errorf("got the links %v, want one for a stranger only", got[0].Links)
			}
		})
	}
}

// A span has the name of the route in the event of the cache or of the API. An unknown
// path is not part of the name.
func TestSpanNames(t *testing.T) {
	t.Parallel()
	g, exporter := newTestTracer(t, 1)
	get(g.Handler(always(true), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		g.Cached(cache.Event{Request: r, Method: r.Method, Route: "/2.0/movies", Result: cache.Hit})
	})), "/2.0/movies?q=mellon")
	get(g.Handler(always(true), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		g.Answered(api.Event{Request: r, Method: r.Method, Route: "/2.0/movies/{movie_id}"})
	})), "/2.0/movies/1?oauth_token=mellon")
	get(g.Handler(always(true), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		g.Answered(api.Event{Request: r, Method: r.Method})
	})), "/mellon")
	var names []string
	for _, s := range spans(t, g, exporter) {
		names = append(names, s.Name)
		for _, a := range s.Attributes {
			if a.Key != "url.path" && strings.Contains(a.Value.String(), "mellon") {
				t.Errorf("span %s: got %s = %s, want nothing of the query", s.Name, a.Key, a.Value.String())
			}
		}
	}
	if want := []string{"GET /2.0/movies", "GET /2.0/movies/{movie_id}", "GET"}; !slices.Equal(names, want) {
		t.Errorf("got the spans %q, want %q", names, want)
	}
}

// Work on the index begins a trace, for the sampled share. A failed span has no error
// text.
func TestIndexing(t *testing.T) {
	t.Parallel()
	for sample, want := range map[float64]int{0: 0, 1: 2} {
		g, exporter := newTestTracer(t, sample)
		ctx, end := g.Indexing(t.Context(), "index rebuild")
		_, endBatch := g.Indexing(ctx, "index batch")
		endBatch(errors.New("mellon"))
		end(nil)
		got := spans(t, g, exporter)
		if len(got) != want {
			t.Fatalf("share %v: got %d spans, want %d", sample, len(got), want)
		}
		if want == 0 {
			continue
		}
		batch, whole := got[0], got[1]
		if batch.Parent.SpanID() != whole.SpanContext.SpanID() || batch.SpanKind != trace.SpanKindConsumer || batch.Status.Code != codes.Error || whole.Status.Code != codes.Unset {
			t.Errorf("got %+v in %+v, want a failed child", batch, whole)
		}
		if strings.Contains(fmt.Sprint(batch), "mellon") {
			t.Errorf("got the error text in %+v, want none", batch)
		}
	}
}

// Other background work, such as reading the change log, begins no trace.
func TestBackgroundWorkIsNotTraced(t *testing.T) {
	t.Parallel()
	g, exporter := newTestTracer(t, 1)
	_, span := g.tracer.Start(t.Context(), "SELECT", trace.WithSpanKind(trace.SpanKindClient))
	span.End()
	if got := spans(t, g, exporter); len(got) != 0 {
		t.Errorf("got the spans %v, want none", got)
	}
}

// A collector that is down or hangs delays no request, and is logged once.
func TestCollectorDown(t *testing.T) {
	t.Parallel()
	hung := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hung }))
	t.Cleanup(func() { close(hung); hanging.Close() })
	for name, endpoint := range map[string]string{"gone": "http://127.0.0.1:1", "hanging": hanging.URL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			warned := &counting{Handler: slog.DiscardHandler, first: make(chan struct{})}
			g, err := Open(t.Context(), Config{Endpoint: endpoint, Sample: 1, Logger: slog.New(warned), Every: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			h := g.Handler(always(true), http.NotFoundHandler())
			slow := 0
			for range traceQueue + 1024 { // more than the queue and a batch hold
				began := time.Now()
				get(h, "/")
				if time.Since(began) > traceExport/5 {
					slow++
				}
			}
			if slow > 2 { // a busy machine may delay one or two
				t.Errorf("got %d requests of more than %s, want at most 2", slow, traceExport/5)
			}
			if name == "gone" {
				select {
				case <-warned.first:
				case <-time.After(time.Minute):
					t.Error("got no line about the collector, want one")
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_ = g.Close(ctx) // the waiting spans are lost
			if n := warned.lines.Load(); n > 1 {
				t.Errorf("got %d lines about the collector, want 1", n)
			}
		})
	}
}

// counting counts lines, and closes first at the first one.
type counting struct {
	slog.Handler
	lines atomic.Int64
	first chan struct{}
}

func (c *counting) Enabled(context.Context, slog.Level) bool { return true }

func (c *counting) Handle(context.Context, slog.Record) error {
	if c.lines.Add(1) == 1 {
		close(c.first)
	}
	return nil
}

// A URL without a path gets the path of the OTLP specification, section "OTLP/HTTP
// Request".
func TestTracesURL(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"http://a:4318": "http://a:4318/v1/traces", "https://a/": "https://a/v1/traces", "http://a/otlp": "http://a/otlp", "a:4318": "", "": "",
	} {
		if got, err := tracesURL(endpoint); got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %q, %v; want %q", endpoint, got, err, want)
		}
	}
}
