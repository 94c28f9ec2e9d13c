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

// tracing is one into memory.
func tracing(t *testing.T, sample float64) (*Tracer, *tracetest.InMemoryExporter) {
	t.Helper()
	kept := tracetest.NewInMemoryExporter()
	g, err := newTracer(kept, Config{Sample: sample, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close(context.WithoutCancel(t.Context())) })
	return g, kept
}

// spans are what was traced so far.
func spans(t *testing.T, g *Tracer, kept *tracetest.InMemoryExporter) tracetest.SpanStubs {
	t.Helper()
	if err := g.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return kept.GetSpans()
}

func always(yes bool) func(*http.Request) bool { return func(*http.Request) bool { return yes } }

// get asks a handler; headers are names and values in turn.
func get(h http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Where nothing is traced, nothing is in the way of anything.
func TestWithoutTracing(t *testing.T) {
	t.Parallel()
	var g *Tracer
	next := http.NewServeMux()
	for _, h := range []http.Handler{g.Handler(always(true), next), g.Origin(next)} {
		if reflect.ValueOf(h).Pointer() != reflect.ValueOf(next).Pointer() {
			t.Error("a handler is wrapped")
		}
	}
	if g.PostgreSQL() != nil || g.Elasticsearch() != nil || g.Redis(nil) != nil || g.Close(t.Context()) != nil {
		t.Error("something is traced")
	}
	if ctx, end := g.Indexing(t.Context(), "index batch"); ctx != t.Context() || end == nil {
		t.Error("indexing is traced")
	}
	g.Cached(cache.Event{Request: httptest.NewRequest(http.MethodGet, "/", nil)})
	g.Answered(api.Event{Request: httptest.NewRequest(http.MethodGet, "/", nil)})
}

const (
	parent      = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	parentTrace = "0af7651916cd43dd8448eb211c80319c"
)

// A trusted caller's trace goes on, sampled as it says; a stranger's is a link from
// one of ours, sampled as we say.
func TestCallersTraces(t *testing.T) {
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
			g, kept := tracing(t, c.sample)
			get(g.Handler(always(c.trusted), http.NotFoundHandler()), "/2.0/movies", "Traceparent", c.traceparent)
			got := spans(t, g, kept)
			if len(got) > 1 || (len(got) == 1) != c.traced {
				t.Fatalf("%d spans", len(got))
			}
			if !c.traced {
				return
			}
			if joins := got[0].SpanContext.TraceID().String() == parentTrace; joins != c.joins {
				t.Errorf("the trace is %s", got[0].SpanContext.TraceID())
			}
			if linked := len(got[0].Links) == 1; linked != (!c.trusted) {
				t.Errorf("it has the links %v", got[0].Links)
			}
		})
	}
}

// A span is called for the route that the cache or the API tells; a path at which
// nothing stands does not make a name.
func TestSpanNames(t *testing.T) {
	t.Parallel()
	g, kept := tracing(t, 1)
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
	for _, s := range spans(t, g, kept) {
		names = append(names, s.Name)
		for _, a := range s.Attributes {
			if a.Key != "url.path" && strings.Contains(a.Value.String(), "mellon") {
				t.Errorf("%s has %s = %s", s.Name, a.Key, a.Value.String())
			}
		}
	}
	if want := []string{"GET /2.0/movies", "GET /2.0/movies/{movie_id}", "GET"}; !slices.Equal(names, want) {
		t.Errorf("the spans are %q, want %q", names, want)
	}
}

// Work on the index begins a trace, in the share that is asked for; what fails says
// so, and not why.
func TestIndexingIsTraced(t *testing.T) {
	t.Parallel()
	for sample, want := range map[float64]int{0: 0, 1: 2} {
		g, kept := tracing(t, sample)
		ctx, end := g.Indexing(t.Context(), "index rebuild")
		_, endBatch := g.Indexing(ctx, "index batch")
		endBatch(errors.New("mellon"))
		end(nil)
		got := spans(t, g, kept)
		if len(got) != want {
			t.Fatalf("%d spans of a share of %v", len(got), sample)
		}
		if want == 0 {
			continue
		}
		batch, whole := got[0], got[1]
		if batch.Parent.SpanID() != whole.SpanContext.SpanID() || batch.SpanKind != trace.SpanKindConsumer || batch.Status.Code != codes.Error || whole.Status.Code != codes.Unset {
			t.Errorf("got %+v below %+v", batch, whole)
		}
		if strings.Contains(fmt.Sprint(batch), "mellon") {
			t.Errorf("the reason is in %+v", batch)
		}
	}
}

// What no request asks for, such as reading the log, begins no trace.
func TestWorkBehindIsNotTraced(t *testing.T) {
	t.Parallel()
	g, kept := tracing(t, 1)
	_, span := g.tracer.Start(t.Context(), "SELECT", trace.WithSpanKind(trace.SpanKindClient))
	span.End()
	if got := spans(t, g, kept); len(got) != 0 {
		t.Errorf("traced %v", got)
	}
}

// A collector that is gone or hangs keeps no request waiting, and is told of once.
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
			if slow > 2 { // a busy machine may hold up one or two
				t.Errorf("%d requests took more than %s", slow, traceExport/5)
			}
			if name == "gone" {
				select {
				case <-warned.first:
				case <-time.After(time.Minute):
					t.Error("no line says that the collector fails")
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_ = g.Close(ctx) // what waits is lost
			if n := warned.lines.Load(); n > 1 {
				t.Errorf("%d lines say that the collector fails", n)
			}
		})
	}
}

// counting counts lines, and closes first with the first one.
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

// The path is OTLP's own where the address has none (OTLP specification, section
// "OTLP/HTTP Request").
func TestTracesURL(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"http://a:4318": "http://a:4318/v1/traces", "https://a/": "https://a/v1/traces", "http://a/otlp": "http://a/otlp", "a:4318": "", "": "",
	} {
		if got, err := tracesURL(endpoint); got != want || (err != nil) != (want == "") {
			t.Errorf("%q becomes %q, %v", endpoint, got, err)
		}
	}
}
