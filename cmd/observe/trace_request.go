package observe

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
func (t *Tracing) Cached(e cache.Event) {
	if t != nil && e.Request != nil {
		name(e.Request.Context(), e.Method, e.Route, attribute.String("marquee.cache", e.Result.String()))
	}
}

// Answered is for api.Config: it names the spans of requests that did not come
// through the cache.
func (t *Tracing) Answered(e api.Event) {
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
	span.SetName(methods[methodIndex(method)] + " " + route)
	span.SetAttributes(append(more, attribute.String("http.route", route))...)
}

// OwnRequestIDs has only trusted callers give a request its id: an id is how lines
// in logs are found, and a stranger could give one that is another's.
func OwnRequestIDs(trusted func(*http.Request) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["X-Request-Id"] != nil && !trusted(r) {
			r.Header.Del("X-Request-Id")
		}
		next.ServeHTTP(w, r)
	})
}
