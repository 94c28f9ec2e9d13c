package trace

import (
	"context"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// NewLogger writes JSON lines. Those about a request that is traced have the ids
// of its trace and span, as OpenTelemetry writes them.
func NewLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(traced{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})})
}

// traced adds to each line which trace it belongs to.
type traced struct{ slog.Handler }

// Handle adds the ids of the context's span.
func (h traced) Handle(ctx context.Context, line slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		line = line.Clone() // another handler may have the record too
		line.AddAttrs(slog.String("trace_id", s.TraceID().String()), slog.String("span_id", s.SpanID().String()))
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs keeps adding the ids.
func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }

// WithGroup keeps adding the ids.
func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }
