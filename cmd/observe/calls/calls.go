// Package calls adds the times of calls of the stores to the requests that make them.
// The stores know nothing of it: it hooks into their clients.
package calls

import (
	"context"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"marquee/cache/timing"
)

// PostgreSQL returns a tracer that times statements, and waits for connections of the
// pool. It calls next, too, unless that is nil.
func PostgreSQL(next pgx.QueryTracer) pgx.QueryTracer {
	if next == nil {
		return statements{}
	}
	return multitracer.New(next, statements{})
}

// statements times statements and batches. Each method that begins returns the context
// which the method that ends gets.
type statements struct{}

// TraceQueryStart begins a statement.
func (statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	timing.Begin(ctx, timing.PostgreSQL)
	return ctx
}

// TraceQueryEnd ends a statement.
func (statements) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	timing.End(ctx, timing.PostgreSQL)
}

// TraceBatchStart begins a batch of statements.
func (statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	timing.Begin(ctx, timing.PostgreSQL)
	return ctx
}

// TraceBatchQuery does nothing: the statements of a batch have no times of their own.
func (statements) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd ends a batch.
func (statements) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) {
	timing.End(ctx, timing.PostgreSQL)
}

// TraceAcquireStart begins to wait for a connection.
func (statements) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	timing.Begin(ctx, timing.Connection)
	return ctx
}

// TraceAcquireEnd ends waiting for a connection.
func (statements) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireEndData) {
	timing.End(ctx, timing.Connection)
}

// Redis times the commands of a client.
func Redis(client redis.UniversalClient) { client.AddHook(commands{}) }

// commands times commands and pipelines, with the connecting that they need.
type commands struct{}

// DialHook changes nothing.
func (commands) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return next(ctx, network, address)
	}
}

// ProcessHook times a command.
func (commands) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		timing.Begin(ctx, timing.Redis)
		defer timing.End(ctx, timing.Redis)
		return next(ctx, command)
	}
}

// ProcessPipelineHook times a pipeline.
func (commands) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		timing.Begin(ctx, timing.Redis)
		defer timing.End(ctx, timing.Redis)
		return next(ctx, commands)
	}
}

// Elasticsearch begins the time of a call, and returns the function that ends it. It is
// for elastic.Config.
func Elasticsearch(ctx context.Context) (end func()) {
	timing.Begin(ctx, timing.Elasticsearch)
	return func() { timing.End(ctx, timing.Elasticsearch) }
}
