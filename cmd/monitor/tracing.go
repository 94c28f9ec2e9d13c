package monitor

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"marquee/cmd/command"
	"marquee/cmd/observe/calls"
	"marquee/cmd/observe/trace"
)

const (
	// defaultTraceSample shows where time is spent, and costs one of ten requests about
	// 20 microseconds.
	defaultTraceSample = 0.1
	// defaultSlowRequest is how long people wait without noticing.
	defaultSlowRequest = time.Second
	// traceCloseTimeout bounds sending the last spans.
	traceCloseTimeout = 3 * time.Second
)

// TraceConfig is the settings of traces and of the log of slow requests.
type TraceConfig struct {
	endpoint string
	sample   float64
	Slow     time.Duration
}

// Flags declares the flags.
func (c *TraceConfig) Flags(f *pflag.FlagSet) {
	c.Export(f)
	f.DurationVar(&c.Slow, "slow-request", defaultSlowRequest, "duration from which a request is logged as slow; 0 logs none")
}

// Export declares the flags of traces only.
func (c *TraceConfig) Export(f *pflag.FlagSet) {
	f.StringVar(&c.endpoint, "otlp-endpoint", "", "collector of traces, as OTLP over HTTP, such as http://127.0.0.1:4318; empty traces nothing")
	f.Float64Var(&c.sample, "trace-sample", defaultTraceSample, "share of requests, and of the work on the search index, that is traced, from 0 to 1, unless a trusted proxy has decided")
}

// StartTracing starts to trace if a collector is configured, and to time statements for the
// request log. The returned function sends the last spans and ends tracing.
func StartTracing(ctx context.Context, e *command.Env, c TraceConfig) (tracing *trace.Tracer, end func(), err error) {
	e.Database.Tracer = calls.PostgreSQL(nil)
	if c.endpoint == "" {
		return nil, func() {}, nil
	}
	tracing, err = trace.Open(ctx, trace.Config{Endpoint: c.endpoint, Sample: c.sample, Logger: e.Logger})
	if err != nil {
		return nil, nil, err
	}
	e.Database.Tracer = calls.PostgreSQL(tracing.PostgreSQL())
	return tracing, func() {
		ctx, cancel := context.WithTimeout(context.Background(), traceCloseTimeout)
		defer cancel()
		if err := tracing.Close(ctx); err != nil {
			e.Logger.Warn("the last spans were not sent", "err", err)
		}
	}, nil
}
