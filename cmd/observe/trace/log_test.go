package trace

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

// lines returns the lines of a log.
func lines(t *testing.T, out *bytes.Buffer) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, fields)
	}
	return all
}

// A line about a traced request has the ids of trace and span, also with a logger that
// has attributes.
func TestLoggerAddsTraceIDs(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := NewLogger(&out, slog.LevelInfo).With("part", "x")
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	logger.InfoContext(trace.ContextWithSpanContext(t.Context(), span), "traced")
	logger.InfoContext(t.Context(), "plain")
	got := lines(t, &out)
	if got[0]["trace_id"] != span.TraceID().String() || got[0]["span_id"] != span.SpanID().String() || got[0]["part"] != "x" {
		t.Errorf("got the traced line %v, want the ids and the attribute", got[0])
	}
	if _, has := got[1]["trace_id"]; has {
		t.Errorf("got the plain line %v, want no trace_id", got[1])
	}
}
