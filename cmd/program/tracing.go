package program

import (
	"context"
	"net/http"
	"time"

	"github.com/spf13/pflag"

	"marquee/api"
	"marquee/api/forwarded"
	"marquee/cache"
	"marquee/cmd/observe/metric"
	"marquee/cmd/observe/requestlog"
	"marquee/cmd/observe/trace"
)

const (
	// defaultTraceSample is enough to see where time goes, and costs one of ten
	// requests some 20 microseconds.
	defaultTraceSample = 0.1
	// defaultSlowRequest is as long as a person waits without doubt.
	defaultSlowRequest = time.Second
	// traceCloseTimeout bounds sending the spans that wait at the end.
	traceCloseTimeout = 3 * time.Second
)

// traceConfig says what is told of single requests.
type traceConfig struct {
	endpoint string
	sample   float64
	slow     time.Duration
}

func (c *traceConfig) flags(f *pflag.FlagSet) {
	c.export(f)
	f.DurationVar(&c.slow, "slow-request", defaultSlowRequest, "how long a request takes that is logged as slow; 0 logs none")
}

// export declares what is traced, and where that goes.
func (c *traceConfig) export(f *pflag.FlagSet) {
	f.StringVar(&c.endpoint, "otlp-endpoint", "", "collector that takes traces as OTLP over HTTP, such as http://127.0.0.1:4318; empty traces nothing")
	f.Float64Var(&c.sample, "trace-sample", defaultTraceSample, "share of requests, and of the work on the search index, that is traced, from 0 to 1, where no trusted proxy has decided")
}

// startTracing traces where a collector is given. The function that is
// returned sends what waits, and ends it.
func (p *Program) startTracing(ctx context.Context, c traceConfig) (end func(), err error) {
	if c.endpoint == "" {
		return func() {}, nil
	}
	p.tracing, err = trace.Open(ctx, trace.Config{Endpoint: c.endpoint, Sample: c.sample, Logger: p.logger})
	if err != nil {
		return nil, err
	}
	p.database.tracer = p.tracing.PostgreSQL()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), traceCloseTimeout)
		defer cancel()
		if err := p.tracing.Close(ctx); err != nil {
			p.logger.Warn("the last spans were not sent", "err", err)
		}
	}, nil
}

// openRedis prepares a Redis, with its commands traced.
func (p *Program) openRedis(address, prefix string) (*cache.Redis, error) {
	s, err := cache.OpenRedis(address, prefix, p.logger)
	if err == nil {
		err = p.tracing.Redis(s.Client())
	}
	return s, err
}

// front puts what every request goes through before the cache, outermost first.
// Ids of strangers are dropped before anything could log them. A span is around
// all that takes time, and in the context of all that logs; where nothing is traced
// there is none. What counts and logs requests is told of them by who answers
// (observers), so that a hit passes nothing else.
func (p *Program) front(c accessConfig, next http.Handler) (http.Handler, error) {
	proxies, err := forwarded.NewProxies(c.proxies, c.proxyHeader)
	if err != nil {
		return nil, err
	}
	return requestlog.DropForeignIDs(proxies.Trusts, p.tracing.Handler(proxies.Trusts, next)), nil
}

// observers are told of every answer: who counts, who logs, who names spans.
type observers struct {
	requests *metric.Requests
	log      *requestlog.Log
	tracing  *trace.Tracer
}

// Answered is for api.Config.
func (o *observers) Answered(e api.Event) {
	o.requests.Answered(e)
	o.log.Answered(e)
	o.tracing.Answered(e)
}

// Cached is for cache.Config.
func (o *observers) Cached(e cache.Event) {
	o.requests.Cached(e)
	o.log.Cached(e)
	o.tracing.Cached(e)
}
