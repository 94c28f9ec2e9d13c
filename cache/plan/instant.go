package plan

import (
	"context"
	"time"
)

// instantKey is the context key of a time.Time.
type instantKey struct{}

// WithInstant returns a context in which the origin answers as it would at an instant.
// The cache passes it with the requests that prepare answers. Nothing in a client's
// request can set it.
func WithInstant(ctx context.Context, instant time.Time) context.Context {
	return context.WithValue(ctx, instantKey{}, instant)
}

// Instant returns the instant at which the request with this context is answered, if
// that is not now.
func Instant(ctx context.Context) (instant time.Time, ok bool) {
	instant, ok = ctx.Value(instantKey{}).(time.Time)
	return instant, ok
}
