// Package trace makes spans of requests and of work on the search index, and sends
// them to a collector over OTLP.
package trace

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8"
	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"marquee/cache/plan"
)

const (
	// traceQueue is how many spans wait for the collector; more are dropped. A
	// request makes about ten.
	traceQueue = 4096
	// traceExport bounds sending a batch, with what is tried again.
	traceExport = 5 * time.Second
	// traceValue bounds the bytes of an attribute: the longest statements are lists
	// with many conditions.
	traceValue = 4096
	// serviceName is what the program is called in traces.
	serviceName = "marquee"
)

// Config says where traces go.
type Config struct {
	// Endpoint is the URL of a collector that takes OTLP over HTTP. Without a path,
	// /v1/traces is meant (OTLP specification, section "OTLP/HTTP Request").
	Endpoint string
	// Sample is the share of the requests, and of the work on the search index, that
	// is traced, from 0 to 1, where no trusted caller has decided.
	Sample float64
	// Logger is told when the collector fails.
	Logger *slog.Logger
	// Every is how often waiting spans are sent; 0 means 1 s.
	Every time.Duration
}

// Tracer makes the spans of requests and of indexing, and sends them behind the requests. Close
// must be called. A nil *Tracer traces nothing: its methods change nothing, and
// nothing of it is on the path of a request.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// Open starts tracing. A collector that cannot be reached costs no request
// anything: spans wait in a queue with a bound, and what does not fit is dropped.
func Open(ctx context.Context, c Config) (*Tracer, error) {
	endpoint, err := tracesURL(c.Endpoint)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint), otlptracehttp.WithTimeout(traceExport),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: false})) // what waits is worth less than what comes
	if err != nil {
		return nil, fmt.Errorf("open tracing: %w", err)
	}
	return newTracer(exporter, c)
}

// newTracer traces into an exporter.
func newTracer(exporter sdktrace.SpanExporter, c Config) (*Tracer, error) {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	about, err := resource.Merge(resource.Default(), resource.NewSchemaless(attribute.String("service.name", serviceName), attribute.String("service.version", version)))
	if err != nil {
		return nil, fmt.Errorf("open tracing: %w", err)
	}
	if c.Every <= 0 {
		c.Every = time.Second
	}
	limits := sdktrace.NewSpanLimits()
	limits.AttributeValueLengthLimit = traceValue
	t := &Tracer{provider: sdktrace.NewTracerProvider(
		sdktrace.WithResource(about), sdktrace.WithRawSpanLimits(limits), sdktrace.WithSampler(sampler(c.Sample)),
		sdktrace.WithBatcher(&reporting{SpanExporter: exporter, logger: c.Logger}, sdktrace.WithMaxQueueSize(traceQueue),
			sdktrace.WithExportTimeout(traceExport), sdktrace.WithBatchTimeout(c.Every)),
	)}
	t.tracer = t.provider.Tracer("marquee")
	return t, nil
}

// tracesURL is the address that spans are posted to.
func tracesURL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("open tracing: the collector's address is no URL")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	return u.String(), nil
}

// Close sends what waits, until ctx ends.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Handler traces each request to a handler; see Cached and Answered for the names
// of the spans. Nothing of the query or of bodies is recorded. The trace of a
// caller is continued where trusted says so; that of any other is a link:
// strangers neither decide what is recorded nor what belongs together.
func (t *Tracer) Handler(trusted func(*http.Request) bool, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	named := func(_ string, r *http.Request) string { return known(r.Method) }
	return otelhttp.NewHandler(next, "request", otelhttp.WithTracerProvider(t.provider), otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithPropagators(propagation.TraceContext{}), otelhttp.WithSpanNameFormatter(named),
		otelhttp.WithPublicEndpointFn(func(r *http.Request) bool { return !trusted(r) }))
}

// Origin makes a span of what the cache asks a handler for. It belongs to the
// request that began it, also when others wait for it, or it goes on behind.
func (t *Tracer) Origin(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !plan.FromCache(r.Context()) {
			next.ServeHTTP(w, r)
			return
		}
		ctx, span := t.tracer.Start(r.Context(), "origin")
		defer span.End()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Indexing is for indexer.Config: it makes a span of work on the search index. What
// failed is in the log: reasons may quote documents.
func (t *Tracer) Indexing(ctx context.Context, name string) (context.Context, func(error)) {
	if t == nil {
		return ctx, func(error) {}
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindConsumer))
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// PostgreSQL traces statements with their texts, in which arguments are numbers
// ($1), and without the arguments. It is nil where nothing is traced.
func (t *Tracer) PostgreSQL() pgx.QueryTracer {
	if t == nil {
		return nil
	}
	return otelpgx.NewTracer(otelpgx.WithTracerProvider(t.provider), otelpgx.WithMeterProvider(noop.NewMeterProvider()))
}

// Redis traces the commands of a client by their names, without keys and values.
func (t *Tracer) Redis(client redis.UniversalClient) error {
	if t == nil {
		return nil
	}
	if err := redisotel.InstrumentTracing(client, redisotel.WithTracerProvider(t.provider), redisotel.WithDBStatement(false), redisotel.WithCallerEnabled(false)); err != nil {
		return fmt.Errorf("trace Redis: %w", err)
	}
	return nil
}

// Elasticsearch traces calls by their endpoints, without their bodies. It is nil
// where nothing is traced.
func (t *Tracer) Elasticsearch() elastictransport.Instrumentation {
	if t == nil {
		return nil
	}
	return elasticsearch.NewOpenTelemetryInstrumentation(t.provider, false)
}

// sampler follows the caller's decision where there is a caller, and takes the
// share of requests, and of work on the search index, else. What is below neither,
// such as the polling of the log, is not traced: it would be a trace of one span
// several times a second.
func sampler(share float64) sdktrace.Sampler {
	return sdktrace.ParentBased(rootSampler{share: sdktrace.TraceIDRatioBased(share)})
}

type rootSampler struct{ share sdktrace.Sampler }

// ShouldSample takes the share of what may begin a trace.
func (s rootSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if p.Kind == trace.SpanKindServer || p.Kind == trace.SpanKindConsumer {
		return s.share.ShouldSample(p)
	}
	return sdktrace.NeverSample().ShouldSample(p)
}

// Description names the sampler.
func (s rootSampler) Description() string { return "requests: " + s.share.Description() }
