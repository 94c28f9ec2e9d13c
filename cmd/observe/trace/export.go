package trace

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// reporting tells the log that a collector fails, and when it is back: once each,
// since a batch is sent every second.
type reporting struct {
	sdktrace.SpanExporter
	logger  *slog.Logger
	failing atomic.Bool
}

// ExportSpans sends a batch. It returns no error: whoever called would only print
// it to standard error.
func (e *reporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	began := time.Now()
	err := e.SpanExporter.ExportSpans(ctx, spans)
	switch failed := err != nil; {
	case !e.failing.CompareAndSwap(!failed, failed):
	case failed:
		e.logger.Warn("the collector of traces fails; spans are dropped until it is back", "err", err, "spans", len(spans), "after", time.Since(began))
	default:
		e.logger.Info("the collector of traces is back")
	}
	return nil
}
