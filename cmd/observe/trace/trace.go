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
	// traceQueue is the number of spans that may wait for the collector. Further spans
	// are dropped. A request has about ten.
	traceQueue = 4096
	// traceExport bounds the sending of a batch.
	traceExport = 5 * time.Second
	// traceValue bounds an attribute, in bytes. The longest attributes are statements
	// of lists with many conditions.
	traceValue = 4096
	// serviceName is the name of the program in traces.
	serviceName = "marquee"
)

// Config configures tracing.
type Config struct {
	// Endpoint is the URL of a collector that accepts OTLP over HTTP. The default path
	// is /v1/traces (OTLP specification, section "OTLP/HTTP Request").
	Endpoint string
	// Sample is the share of requests, and of work on the search index, that is traced,
	// from 0 to 1. Trusted callers decide for their own requests.
	Sample float64
	// Logger logs failures of the collector.
	Logger *slog.Logger
	// Every is the interval between two batches; 0 means 1 s.
	Every time.Duration
}

// Tracer makes spans of requests and of work on the search index, and sends them in
// the background. Close must be called. A nil *Tracer traces nothing and adds nothing
// to the path of a request.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// Open returns a tracer. A collector that is out of reach delays no request: spans
// wait in a bounded queue, and further spans are dropped.
func Open(ctx context.Context, c Config) (*Tracer, error) {
	endpoint, err := tracesURL(c.Endpoint)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint), otlptracehttp.WithTimeout(traceExport),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: false})) // new spans are worth more than old ones
	if err != nil {
		return nil, fmt.Errorf("open tracing: %w", err)
	}
	return newTracer(exporter, c)
}

// newTracer returns a tracer that sends to an exporter.
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

// tracesURL returns the URL for posting spans.
func tracesURL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("open tracing: the address of the collector must be a URL such as http://127.0.0.1:4318")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	return u.String(), nil
}

// Close sends the waiting spans. It gives up when ctx ends.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Handler traces each request to next. Cached and Answered name the spans. Queries and
// bodies are not recorded. The trace of a trusted caller is continued. The trace of
// another caller becomes a link, so that strangers decide neither what is recorded
// nor what belongs together.
func (t *Tracer) Handler(trusted func(*http.Request) bool, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	named := func(_ string, r *http.Request) string { return known(r.Method) }
	return otelhttp.NewHandler(next, "request", otelhttp.WithTracerProvider(t.provider), otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithPropagators(propagation.TraceContext{}), otelhttp.WithSpanNameFormatter(named),
		otelhttp.WithPublicEndpointFn(func(r *http.Request) bool { return !trusted(r) }))
}

// Origin makes a span of each request of the cache to next, the origin. The span
// belongs to the request that began it, even if others wait for the same read, or if
// the read continues in the background.
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

// Indexing begins a span of work on the search index, and returns the function that
// ends it. It is for indexer.Config. The span has no error text, since errors may
// quote documents; the log has it.
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

// PostgreSQL returns a tracer of statements, nil for a nil t. Spans have the text of
// the statement, with $1 for an argument, and no arguments.
func (t *Tracer) PostgreSQL() pgx.QueryTracer {
	if t == nil {
		return nil
	}
	return otelpgx.NewTracer(otelpgx.WithTracerProvider(t.provider), otelpgx.WithMeterProvider(noop.NewMeterProvider()))
}

// Redis traces the commands of a client. Spans have the names of commands, and no keys
// or values.
func (t *Tracer) Redis(client redis.UniversalClient) error {
	if t == nil {
		return nil
	}
	if err := redisotel.InstrumentTracing(client, redisotel.WithTracerProvider(t.provider), redisotel.WithDBStatement(false), redisotel.WithCallerEnabled(false)); err != nil {
		return fmt.Errorf("trace Redis: %w", err)
	}
	return nil
}

// Elasticsearch returns a tracer of calls, nil for a nil t. Spans have the endpoint,
// and no bodies.
func (t *Tracer) Elasticsearch() elastictransport.Instrumentation {
	if t == nil {
		return nil
	}
	return elasticsearch.NewOpenTelemetryInstrumentation(t.provider, false)
}

// sampler follows the decision of the caller, if there is one. Else it samples a share
// of requests and of work on the search index. Other work, such as polling the change
// log, begins no trace: it would make a trace of one span several times a second.
func sampler(share float64) sdktrace.Sampler {
	return sdktrace.ParentBased(rootSampler{share: sdktrace.TraceIDRatioBased(share)})
}

// rootSampler samples spans without a parent.
type rootSampler struct{ share sdktrace.Sampler }

// ShouldSample samples the share of the spans that may begin a trace.
func (s rootSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if p.Kind == trace.SpanKindServer || p.Kind == trace.SpanKindConsumer {
		return s.share.ShouldSample(p)
	}
	return sdktrace.NeverSample().ShouldSample(p)
}

// Description names the sampler.
func (s rootSampler) Description() string { return "requests: " + s.share.Description() }
