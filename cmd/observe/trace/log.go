package trace

import (
	"context"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"marquee/cmd/observe/redact"
)

// NewLogger returns a logger of JSON lines. A line about a traced request has the ids
// of its trace and span, in OpenTelemetry's form. Texts and errors are redacted.
func NewLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(traced{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: redact.Attr})})
}

// traced adds the ids of trace and span to lines.
type traced struct{ slog.Handler }

// Handle adds the ids of the span in ctx.
func (h traced) Handle(ctx context.Context, line slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		line = line.Clone() // another handler may hold the record, too
		line.AddAttrs(slog.String("trace_id", s.TraceID().String()), slog.String("span_id", s.SpanID().String()))
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs returns a handler that adds the ids, too.
func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }

// WithGroup returns a handler that adds the ids, too.
func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }
