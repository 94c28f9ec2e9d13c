package trace

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"marquee/api"
	"marquee/cache"
)

// Cached is for cache.Config: it names the span of a request for its route, and
// notes what became of it. The route is known to who answered, and not matched
// again.
func (t *Tracer) Cached(e cache.Event) {
	if t != nil && e.Request != nil {
		name(e.Request.Context(), e.Method, e.Route, attribute.String("marquee.cache", e.Result.String()))
	}
}

// Answered is for api.Config: it names the spans of requests that did not come
// through the cache.
func (t *Tracer) Answered(e api.Event) {
	if t != nil && !e.Kept {
		name(e.Request.Context(), e.Method, e.Route)
	}
}

// name names a request's span. A path at which nothing stands has no route.
func name(ctx context.Context, method, route string, more ...attribute.KeyValue) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() || route == "" {
		return
	}
	span.SetName(known(method) + " " + route)
	span.SetAttributes(append(more, attribute.String("http.route", route))...)
}

// known is the method, or other for one that the API does not have: clients do not
// name spans.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
