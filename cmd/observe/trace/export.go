package trace

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// reporting logs when a collector starts to fail, and when it works again. It does
// not log every batch, since there is one each second.
type reporting struct {
	sdktrace.SpanExporter
	logger  *slog.Logger
	failing atomic.Bool
}

// ExportSpans sends a batch. It returns no error, because the caller would print it
// to standard error.
func (e *reporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	began := time.Now()
	err := e.SpanExporter.ExportSpans(ctx, spans)
	switch failed := err != nil; {
	case !e.failing.CompareAndSwap(!failed, failed):
	case failed:
		e.logger.Warn("trace collector failed, dropping spans", "err", err, "spans", len(spans), "after", time.Since(began))
	default:
		e.logger.Info("trace collector is back")
	}
	return nil
}
