package trace

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"marquee/api"
	"marquee/cache"
)

// Cached names the span of a request by its route, and records the result of the
// cache. It is for cache.Config, whose events have the route.
func (t *Tracer) Cached(e cache.Event) {
	if t != nil && e.Request != nil {
		name(e.Request.Context(), e.Method, e.Route, e.ID, attribute.String("marquee.cache", e.Result.String()))
	}
}

// Answered names the span of a request that did not come through the cache. It is for
// api.Config.
func (t *Tracer) Answered(e api.Event) {
	if t != nil && !e.FromCache {
		name(e.Request.Context(), e.Method, e.Route, e.ID)
	}
}

// name names the span of a request, and records the id under which the log has it. An
// unknown path has no route, and a hit mostly no id.
func name(ctx context.Context, method, route, id string, more ...attribute.KeyValue) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() || route == "" {
		return
	}
	span.SetName(known(method) + " " + route)
	if id != "" {
		more = append(more, attribute.String("marquee.request_id", id))
	}
	span.SetAttributes(append(more, attribute.String("http.route", route))...)
}

// known returns the method, or "other" for one that the API does not have, so that
// clients cannot choose names of spans.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
